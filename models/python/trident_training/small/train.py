"""Step 4: trains the student.

    python3 -m trident_training.small.train JAR WORK NAME CHUNK [--minutes 40] [--layers 0,1,2,3,4,5]

A batch holds queries of one source, for each its passage and a hard negative; a query chooses among
all texts of the batch. Half of what it should choose is its passage, the other half is what the
teacher's vectors say, so that a text that answers too is not pushed away. All three
representations learn from the same choice. A chunk that the teacher has not read is taught by
passages alone. Several runs from the same start, each with a chunk of its own, are averaged
afterwards (`soup.py`). The state is written every `SAVE_EVERY` steps, and a run that is broken off
goes on from there.
"""

import argparse
import pathlib
import time

import numpy as np
import torch
from torch.nn import functional

from trident_training import backbone, families
from trident_training.small import data, student, teach

SEED = 20251202
QUERIES_OF_A_BATCH = 16
TEACHER_TEMPERATURE, TEMPERATURE, LATE_TEMPERATURE = 0.03, 0.04, 0.025
SPARSE_TEMPERATURE = 2.0
GUESS_LOSS, SPREAD_LOSS = 0.1, 0.02
RATES = {"backbone": 8e-5, "late": 3e-4, "rotation": 2e-4, "share": 1e-2}
HEAD_RATE = 2e-3
WARM_UP, SAVE_EVERY, LOG_EVERY = 10, 25, 10
START_TEXTS = 1_500
FROZEN = 2


class Batches:
    """Draws batches of one source from a chunk and those after it."""

    def __init__(self, work, chunk):
        self.work, self.stored = work, np.load(work / "train.npz")
        self.texts, self.queries = data.rows(self.stored, "texts"), data.rows(self.stored, "queries")
        self.negative, self.waiting, self.chunk = teach.drawn(self.stored), [], chunk

    def _next_chunk(self):
        path = self.work / f"teacher-{self.chunk}.npz"
        names = ("query", "passage", "negative")
        self.taught = {name: np.load(path)[name].astype(np.float32) for name in names} if path.exists() else None
        base = self.chunk * teach.CHUNK
        rng = np.random.default_rng([SEED, self.chunk])
        rows = rng.permutation(min(teach.CHUNK, len(self.stored["query"]) - base))
        rows = rows[np.argsort(self.stored["source"][base + rows], kind="stable")]
        batches = [rows[i : i + QUERIES_OF_A_BATCH] for i in range(0, len(rows), QUERIES_OF_A_BATCH)]
        self.waiting = [(base, batches[i]) for i in rng.permutation(len(batches))]
        self.chunk += 1

    def draw(self):
        """Queries, texts (passages, then negatives) and the teacher's similarities, if there are."""
        if not self.waiting:
            self._next_chunk()
        base, rows = self.waiting.pop()
        numbers = base + rows
        texts = [self.texts[i] for i in (*self.stored["passage"][numbers], *self.negative[numbers])]
        queries = [self.queries[i] for i in self.stored["query"][numbers]]
        if self.taught is None:
            return queries, texts, None
        found = np.concatenate([self.taught["passage"][rows], self.taught["negative"][rows]])
        return queries, texts, torch.tensor(self.taught["query"][rows] @ found.T)


def choice(scores, wanted):
    """Cross-entropy of scores [queries, texts] with wanted shares."""
    return -(wanted * scores.log_softmax(1)).sum(1).mean()


class Losses:
    """What a batch costs, by representation."""

    def __init__(self, model, vocabulary):
        self.model = model
        self.spoken = torch.tensor(~families.silent(vocabulary))
        self.spoken[: backbone.FIRST_WORD] = False
        self.punctuation = torch.tensor([not any(c.isalnum() for c in t) for t in vocabulary])

    def of(self, queries, texts, similar, rng):
        """The losses and some figures of a batch."""
        model = self.model
        wanted = torch.eye(len(queries), len(texts))
        if similar is not None:
            wanted = 0.5 * wanted + 0.5 * (similar / TEACHER_TEMPERATURE).softmax(1)
        query_ids, query_mask = backbone.batch(queries, teach.QUERY_TOKENS)
        ids, mask = backbone.batch(texts, teach.TEXT_TOKENS)
        with torch.autocast("cpu", torch.bfloat16):
            asked, states = model.states(query_ids, query_mask), model.states(ids, mask)
            losses = {**self.dense(asked, query_mask, states, mask, wanted, rng)}
            losses["late"] = self.late(asked, query_ids, query_mask, states, ids, mask, wanted)
            losses.update(self.sparse(queries, states, ids, mask, wanted))
        return losses

    def dense(self, asked, query_mask, states, mask, wanted, rng):
        query, found = self.model.dense(asked, query_mask), self.model.dense(states, mask)
        losses = {}
        for name, width in (("dense", backbone.WIDTH), ("prefix", rng.choice(student.PREFIXES))):
            a, b = (functional.normalize(v[:, :width], dim=-1) for v in (query, found))
            losses[name] = choice((a @ b.T).float() / TEMPERATURE, wanted)
        losses["prefix"] = losses["prefix"] * 0.5
        return losses

    def late(self, asked, query_ids, query_mask, states, ids, mask, wanted):
        query, found = self.model.tokens(asked), self.model.tokens(states)
        words = (query_mask > 0) & (query_ids != backbone.CLS) & (query_ids != backbone.SEP)
        others = (mask > 0) & (ids != backbone.CLS) & (ids != backbone.SEP) & ~self.punctuation[ids]
        best = torch.einsum("qik,djk->qdij", query, found).float()
        best = best.masked_fill(~others[None, :, None, :], -1).amax(3)
        scores = (best * words[:, None, :]).sum(2) / words.sum(1).clamp(min=1)[:, None]
        return choice(scores / LATE_TEMPERATURE, wanted)

    def sparse(self, queries, states, ids, mask, wanted):
        frequency, family = self.model.spoken(states, ids, mask)
        logits = self.model.guesses(states, mask)
        guesses = student.guessed(logits)
        weights, terms = self.model.asked(), [torch.tensor(np.unique(q)).long() for q in queries]
        scores = []
        for query in terms:
            query = query[self.spoken[query]]
            met = self.model.family[query][:, None, None] == family[None]
            own = (met * frequency[None]).amax(2)
            scores.append((torch.maximum(own, guesses[:, query].T) * weights[query][:, None]).sum(0))
        rows = torch.zeros(len(queries), logits.shape[1])
        for row, query in zip(rows, terms):
            row[query[self.spoken[query]]] = 1
        rows = rows * self.model.idf
        rows = rows / rows.sum(1, keepdim=True).clamp(min=1)
        spread = guesses.mean(0)
        return {
            "sparse": choice(torch.stack(scores) / SPARSE_TEMPERATURE, wanted),
            "guess": GUESS_LOSS * -(rows * logits[: len(queries)].log_softmax(1)).sum(1).mean(),
            "spread": SPREAD_LOSS * (spread * spread).sum(),
        }


def groups(model):
    """Parameters with their highest rates."""
    found = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            found.setdefault(name.split(".")[0], []).append(parameter)
    return [{"params": part, "most": RATES.get(name, HEAD_RATE)} for name, part in found.items()]


def run(work, model, vocabulary, minutes, name, chunk):
    """Trains for so many minutes in all, warm-up and decay by time."""
    batches, losses = Batches(work, chunk), Losses(model, vocabulary)
    optimiser = torch.optim.AdamW(groups(model), weight_decay=0.01)
    state, number, spent = work / f"{name}.pt", 0, 0.0
    if state.exists():
        saved = torch.load(state)
        number, spent = saved["number"], saved["spent"]
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
    seen, begin = {}, time.time() - spent
    while (done := (time.time() - begin) / (60 * minutes)) < 1:
        rng = np.random.default_rng([SEED, number])
        parts = losses.of(*batches.draw(), rng)
        number += 1
        for group in optimiser.param_groups:
            group["lr"] = group["most"] * min(number / WARM_UP, 1 - done + 0.02)
        optimiser.zero_grad()
        sum(parts.values()).backward()
        torch.nn.utils.clip_grad_norm_([p for g in optimiser.param_groups for p in g["params"]], 5.0)
        optimiser.step()
        for part, value in parts.items():
            seen.setdefault(part, []).append(value.item())
        if number % LOG_EVERY == 0:
            print(
                f"step {number}, {done:.2f}: "
                + " ".join(f"{part} {np.mean(values):.3f}" for part, values in seen.items()),
                flush=True,
            )
            seen = {}
        if number % SAVE_EVERY == 0:
            save(state, model, optimiser, number, time.time() - begin)
    save(state, model, optimiser, number, time.time() - begin)


def save(state, model, optimiser, number, spent):
    part = state.with_suffix(".part")
    torch.save(
        {"number": number, "spent": spent, "model": model.state_dict(), "optimiser": optimiser.state_dict()}, part
    )
    part.replace(state)


def begun(jar, work, first, layers=None):
    """The student before any training; `first` keeps it."""
    torch.manual_seed(SEED)
    kept = [int(layer) for layer in layers.split(",")] if layers else None
    module = backbone.load(jar, kept)
    model = student.Student(module, np.load(work / "lexicon.npz"), min(FROZEN, len(module.layers) - 1))
    if first.exists():
        model.load_state_dict(torch.load(first))
        return model
    texts = data.rows(np.load(work / "train.npz"), "texts")
    rng = np.random.default_rng(SEED)
    student.start(model, [texts[i] for i in rng.choice(len(texts), START_TEXTS, replace=False)])
    torch.save(model.state_dict(), first)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jar")
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("name")
    parser.add_argument("chunk", type=int)
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--layers")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = begun(args.jar, args.work, args.work / "student-0.pt", args.layers)
    run(args.work, model, backbone.tokenizer(args.jar).vocabulary, args.minutes, args.name, args.chunk)


if __name__ == "__main__":
    main()
