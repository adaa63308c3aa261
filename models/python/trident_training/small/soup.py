"""Step 5: the mean of the weights of several runs from one start (Wortsman et al., ICML 2022).

python3 -m trident_training.small.soup TARGET.pt STATE.pt...
"""

import argparse
import pathlib

import torch


def mean(states):
    """Means of tensors of the same names."""
    return {name: sum(state[name] for state in states) / len(states) for name in states[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=pathlib.Path)
    parser.add_argument("states", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    loaded = [torch.load(path) for path in args.states]
    torch.save(mean([state.get("model", state) for state in loaded]), args.target)
    print("steps:", [state.get("number") for state in loaded])


if __name__ == "__main__":
    main()
