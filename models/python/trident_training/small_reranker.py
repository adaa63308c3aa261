"""The cross-encoder `trident-small-reranker`: its form and its training.

A pair goes through the six layers of all-MiniLM-L6-v2 together. The score adds what late interaction
would say of the last states (the mean, over the query's tokens, of the best cosine with the
passage's), which ranks from the first step on, and what a linear layer reads off the first state and
the mean. Lists of a query, its passage and what BM25 and MiniLM find beside it are fitted with a
softmax; a share of the target is that of a teacher, by its scores of the same list.
"""

import argparse
import json
import pathlib
import random
import time

import torch
from torch import nn
from torch.nn import functional

from trident_training import backbone

SEED = 20261129
MAX_TOKENS = 256
LONGEST = 144
NEGATIVES = 4
AT_ONCE = 8
FROZEN = 2
KEYWORDS = 0.125
TAUGHT = 0.2
SHARPNESS = 20.0
WARMUP = 20
REPORTED = 20
QUESTION_WORDS = frozenset(
    "a an and are as at be been by can could did do does for from had has have how i in is it its of on or "
    "should that the their there they this to was were what when where which who whose why will with would "
    "you your".split()
)


class CrossEncoder(nn.Module):
    """A score for each pair of ids, mask and types [batch, tokens]."""

    def __init__(self, body):
        super().__init__()
        self.body = body
        self.first = nn.Linear(backbone.WIDTH, 1)
        self.mean = nn.Linear(backbone.WIDTH, 1)
        self.scale = nn.Parameter(torch.tensor([4.0, 4.0]))
        for layer in (self.first, self.mean):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)

    def forward(self, ids, mask, types):
        states = self.body(ids, mask, types).float()
        return score(self, states, mask.float(), types.float())


def score(model, states, mask, types):
    """Scores [batch] of the last states."""
    query, passage = mask * (1 - types), mask * types
    unit = functional.normalize(states, dim=2)
    head = int(query.sum(1).max())
    alike = unit[:, :head] @ unit.transpose(1, 2)
    alike = alike + (passage[:, None] - 1) * 4
    best = (alike.max(2)[0] * query[:, :head]).sum(1) / query.sum(1)
    means = [(states * side[:, :, None]).sum(1) / side.sum(1, keepdim=True) for side in (query, passage)]
    near = functional.cosine_similarity(*means)
    read = model.first(states[:, 0]) + model.mean(means[1])
    return read[:, 0] + model.scale[0] * best + model.scale[1] * near


def rows(query, passages, most=MAX_TOKENS):
    """ids, mask and types of a query's tokens with those of some passages.

    A pair that is too long loses the end of the passage, as the plugin cuts it.
    """
    head = [backbone.CLS, *query[: (most - 3) // 2], backbone.SEP]
    pairs = [[*head, *p[: most - len(head) - 1], backbone.SEP] for p in passages]
    return pairs, [len(head)] * len(pairs)


def padded(pairs, heads):
    """Tensors of rows of pairs."""
    ids = torch.zeros(len(pairs), max(map(len, pairs)), dtype=torch.long)
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    for i, (pair, head) in enumerate(zip(pairs, heads)):
        ids[i, : len(pair)] = torch.tensor(pair)
        mask[i, : len(pair)] = 1
        types[i, head : len(pair)] = 1
    return ids, mask, types


class Lists:
    """Batches of lists of pairs: the relevant passage first, then others that a first stage found."""

    def __init__(self, path, tokenizer, rng):
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        self.lists, self.passages = found["lists"], found["passages"]
        self.tokenizer, self.rng, self.known = tokenizer, rng, {}

    def tokens(self, text):
        """Tokens of a text, split once."""
        if text not in self.known:
            self.known[text] = self.tokenizer.encode(text)[:LONGEST]
        return self.known[text]

    def query(self, text):
        """A question, or one time in eight its words that say something: keywords."""
        if self.rng.random() < KEYWORDS:
            words = [w for w in text.rstrip("?").split() if w.lower() not in QUESTION_WORDS]
            text = " ".join(words) if len(words) > 1 else text
        return self.tokenizer.encode(text)

    def pairs(self, entry):
        """Rows of a list, and the teacher's scores or zeros."""
        others = self.rng.sample(range(1, len(entry["docs"])), min(NEGATIVES, len(entry["docs"]) - 1))
        chosen = [0, *others]
        titled = self.rng.random() < 0.5
        texts = []
        for number in (entry["docs"][i] for i in chosen):
            title, text = self.passages[number]
            texts.append(self.tokens(f"{title} {text}" if titled else text))
        teacher = [entry["dense"][i] for i in chosen] if entry["dense"] else [0.0] * len(chosen)
        return rows(self.query(entry["query"]), texts, LONGEST), teacher

    def batches(self):
        """Without end; lists of like length together."""
        while True:
            order = self.rng.sample(self.lists, len(self.lists))
            for begin in range(0, len(order) - AT_ONCE, AT_ONCE * 8):
                made = [self.pairs(entry) for entry in order[begin : begin + AT_ONCE * 8]]
                made.sort(key=lambda m: max(map(len, m[0][0])))
                groups = [made[i : i + AT_ONCE] for i in range(0, len(made), AT_ONCE)]
                self.rng.shuffle(groups)
                yield from groups


def loss(scores, teacher):
    """Cross-entropy of lists [n, list] with the first, and in a share with the teacher."""
    target = functional.one_hot(torch.zeros(len(scores), dtype=torch.long), scores.shape[1]).float()
    taught = (teacher * SHARPNESS).softmax(1)
    share = TAUGHT * (teacher.abs().sum(1, keepdim=True) > 0)
    target = (1 - share) * target + share * taught
    return -(target * scores.log_softmax(1)).sum(1).mean()


def train(model, lists, seconds, rate, save):
    """Adam with a short rise and a linear fall of the rate over so many seconds.

    `save` is called now and then.
    """
    for part in (
        model.body.words,
        model.body.positions,
        model.body.types,
        model.body.norm,
        *model.body.layers[:FROZEN],
    ):
        part.requires_grad_(False)
    head = [p for n, p in model.named_parameters() if not n.startswith("body.")]
    body = [p for p in model.body.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": body}, {"params": head, "scale": 10.0}], rate, (0.9, 0.98), weight_decay=0.01
    )
    begun, mean, right = time.time(), 0.0, 0.0
    for step, batch in enumerate(lists.batches()):
        left = 1 - (time.time() - begun) / seconds
        if left <= 0:
            break
        share = min((step + 1) / WARMUP, left)
        for group in optimiser.param_groups:
            group["lr"] = rate * share * group.get("scale", 1.0)
        pairs = [pair for (found, _), _ in batch for pair in found]
        heads = [head for (_, found), _ in batch for head in found]
        with torch.autocast("cpu", torch.bfloat16):
            scores = model(*padded(pairs, heads)).view(len(batch), -1)
        found = loss(scores, torch.tensor([teacher for _, teacher in batch]))
        optimiser.zero_grad(set_to_none=True)
        found.backward()
        nn.utils.clip_grad_norm_(body + head, 1.0)
        optimiser.step()
        mean += found.item()
        right += (scores.argmax(1) == 0).float().mean().item()
        if (step + 1) % REPORTED == 0:
            print(
                f"{step + 1}: loss {mean / REPORTED:.3f}, first {right / REPORTED:.3f}, {time.time() - begun:.0f} s",
                flush=True,
            )
            mean = right = 0.0
            save()
    save()


def load(work, jar, names):
    """The model with the mean of some models' weights."""
    states = [torch.load(work / name) for name in names]
    model = CrossEncoder(backbone.load(jar))
    model.load_state_dict({name: sum(state[name] for state in states) / len(states) for name in states[0]})
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("jar", type=pathlib.Path, help="all-MiniLM-L6-v2 in 32-bit floats")
    parser.add_argument("--lists", default="lists.json")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--seconds", type=int, default=2400)
    parser.add_argument("--rate", type=float, default=1.2e-4)
    parser.add_argument("--from", dest="start", help="a model of WORK to go on from")
    parser.add_argument("--to", default="small-reranker.pt")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    model = load(args.work, args.jar, [args.start]) if args.start else CrossEncoder(backbone.load(args.jar))
    lists = Lists(args.work / args.lists, backbone.tokenizer(args.jar), random.Random(args.seed))
    train(model, lists, args.seconds, args.rate, lambda: torch.save(model.state_dict(), args.work / args.to))


if __name__ == "__main__":
    main()
