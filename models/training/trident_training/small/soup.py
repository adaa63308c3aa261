"""Step 5: the mean of the weights of several runs from one start (Wortsman et al., ICML 2022).

    python3 -m trident_training.small.soup TARGET.pt STATE.pt... [--shares FIRST.npz SECOND.npz]

With --shares the shares of words that queries weigh are those of the second lexicon, changed as training
changed those of the first.
"""

import argparse
import pathlib

import numpy as np
import torch


def mean(states):
    """Means of tensors of the same names."""
    return {name: sum(state[name] for state in states) / len(states) for name in states[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=pathlib.Path)
    parser.add_argument("states", nargs="+", type=pathlib.Path)
    parser.add_argument("--shares", nargs=2, type=pathlib.Path)
    args = parser.parse_args()
    loaded = [torch.load(path) for path in args.states]
    found = mean([state.get("model", state) for state in loaded])
    if args.shares:
        first, second = (np.log(np.load(path)["share"]) for path in args.shares)
        found["share"] += torch.tensor(second - first, dtype=torch.float32)
    torch.save(found, args.target)
    print("steps:", [state.get("number") for state in loaded])


if __name__ == "__main__":
    main()
