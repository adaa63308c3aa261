"""In place of step 5, with PyTorch: the encoder with a small transformer before its vectors.

The blocks read the embeddings of the static encoder and add to them. Their last matrices start at
zero (Zhang et al., Fixup, ICLR 2019), so that training starts where the static encoder stands. Two
layers, 128 wide; dense and token vectors are made of what comes out, the sparse vector stays as it
is. Trained on questions and on pairs from the corpus, with what the sparse vectors find beside the
passage as hard negatives: softmax over the batch for the dense vector and for MaxSim (ColBERT,
Khattab and Zaharia, SIGIR 2020), and the cross-encoder's shares of a list as soft targets
(Hofstaetter et al., 2020). The state is written every 50 steps; the same command goes on from it.

    python3 -m trident_training.transformer WORK MODEL_FOLDER COLLECTION... [--steps 2000]
"""

import argparse
import pathlib

import numpy as np
import torch
from torch.nn import functional

from trident_training import corpus, encoder, graph, reranker, terms, wordpiece
from trident_training.pairs import Pairs

SEED = 20240305
LAYERS = 2
HEADS = 4
INNER = 512
POSITIONS = encoder.MAX_TOKENS
QUESTIONS_OF_A_BATCH = 16
PAIRS_OF_A_BATCH = 16
NEGATIVES = 3
FOUND = 20
PARTS = 4
TEXT_TOKENS = 180
RATE = 3e-4
WARM_UP = 200
TEMPERATURE = 0.06
SAVE_EVERY = 50


class Block(torch.nn.Module):
    """Attention and a feed-forward layer, each added to what it reads, after normalisation."""

    def __init__(self, width):
        super().__init__()
        self.query, self.key, self.value, self.mix = (
            torch.nn.Linear(width, width) for _ in range(4)
        )
        self.widen, self.narrow = torch.nn.Linear(width, INNER), torch.nn.Linear(INNER, width)
        for last in (self.mix, self.narrow):
            torch.nn.init.zeros_(last.weight)
            torch.nn.init.zeros_(last.bias)

    def forward(self, x, positions, away):
        """x [batch, tokens, width]; away [batch, 1, 1, tokens] is low where there is no token."""
        read = normalised(x)
        placed = read + positions
        heads = lambda y: y.unflatten(-1, (HEADS, -1)).transpose(1, 2)
        query, key, value = heads(self.query(placed)), heads(self.key(placed)), heads(self.value(read))
        shares = torch.softmax(query @ key.transpose(2, 3) / query.shape[-1] ** 0.5 + away, -1)
        x = x + self.mix((shares @ value).transpose(1, 2).flatten(2))
        return x + self.narrow(torch.relu(self.widen(normalised(x))))

    def build(self, g, x, positions, away):
        """Adds the block to a graph."""
        width = self.mix.weight.shape[0]
        linear = lambda y, m: g.node("Add", g.node("MatMul", y, constant(g, m.weight.T)),
                                     constant(g, m.bias))
        heads = lambda y: g.node("Transpose", g.node("Reshape", y, g.axes(0, 0, HEADS, -1)),
                                 perm=[0, 2, 1, 3])
        read = build_normalised(g, x)
        placed = g.node("Add", read, positions)
        query, key, value = (heads(linear(y, m)) for y, m in (
            (placed, self.query), (placed, self.key), (read, self.value)))
        scores = g.node("MatMul", query, g.node("Transpose", key, perm=[0, 1, 3, 2]))
        scores = g.node("Mul", scores, g.floats((width // HEADS) ** -0.5))
        shares = g.node("Softmax", g.node("Add", scores, away), axis=-1)
        mixed = g.node("Transpose", g.node("MatMul", shares, value), perm=[0, 2, 1, 3])
        mixed = linear(g.node("Reshape", mixed, g.axes(0, 0, width)), self.mix)
        x = g.node("Add", x, mixed)
        inner = g.node("Relu", linear(build_normalised(g, x), self.widen))
        return g.node("Add", x, linear(inner, self.narrow))


def normalised(x):
    """Vectors of mean 0 and deviation 1."""
    x = x - x.mean(-1, keepdim=True)
    return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt()


def build_normalised(g, x):
    """The same in a graph."""
    mean = lambda y: g.node("ReduceMean", y, axes=[-1], keepdims=1)
    x = g.node("Sub", x, mean(x))
    spread = g.node("Add", mean(g.node("Mul", x, x)), g.floats(1e-5))
    return g.node("Div", x, g.node("Sqrt", spread))


def constant(g, parameter):
    """A parameter as a tensor of the graph."""
    return g.constant(parameter.detach().numpy(), np.float32)


class Transformer(torch.nn.Module):
    """Embeddings and blocks; the rest of the static encoder stays as it is."""

    def __init__(self, made):
        super().__init__()
        self.made = made
        self.table = torch.nn.Parameter(torch.tensor(made.vectors))
        width = self.table.shape[1]
        self.positions = torch.nn.Parameter(torch.randn(POSITIONS, width) * 0.02)
        self.blocks = torch.nn.ModuleList(Block(width) for _ in range(LAYERS))

    def forward(self, ids, mask):
        """What the blocks make of the embeddings [batch, tokens, width] of ids and mask."""
        x = self.table[ids] * mask[:, :, None]
        away = (mask[:, None, None, :] - 1) * 1e4
        for block in self.blocks:
            x = block(x, self.positions[: ids.shape[1]], away)
        return x * mask[:, :, None]

    def encode(self, texts):
        """Dense vectors [n, width], token vectors [n, tokens, …] and mask of lists of ids."""
        ids, mask = batch(texts)
        held = torch.tensor(mask, dtype=torch.float32)
        share, weight = (torch.tensor(x) for x in self.made.shares(ids, mask)[1:])
        x = self(torch.tensor(ids), held)
        dense = functional.normalize((x * share[:, :, None]).sum(1), dim=-1, eps=1e-6)
        small = (x * weight[:, :, None]) @ torch.tensor(self.made.projection)
        width = 2 * self.made.spread + 1
        around = functional.avg_pool1d(small.transpose(1, 2), width, 1, self.made.spread)
        tokens = (1 - self.made.context) * small + self.made.context * width * around.transpose(1, 2)
        return dense, functional.normalize(tokens, dim=-1, eps=1e-6), held

    def loss(self, queries, passages, teacher):
        """Of a batch: passage i * (1 + NEGATIVES) is that of query i, then its negatives."""
        dense, tokens, held = self.encode(queries)
        # Passages of like length are encoded together, so that less of it is padding.
        order = np.argsort([len(text) for text in passages], kind="stable")
        found, late = [], []
        for part in np.array_split(order, PARTS):
            vectors, spoken, present = self.encode([passages[i] for i in part])
            best = torch.einsum("qik,djk->qdij", tokens, spoken)
            best = best.masked_fill(present[None, :, None, :] == 0, -1).amax(3)
            late.append((best * held[:, None, :]).sum(2) / held.sum(1)[:, None])
            found.append(vectors)
        drawn = torch.tensor(np.argsort(order))
        found, late = torch.cat(found)[drawn], torch.cat(late, 1)[:, drawn]
        wanted = torch.arange(len(queries)) * (1 + NEGATIVES)
        own = wanted[:, None] + torch.arange(1 + NEGATIVES)
        total = 0
        for scores in (dense @ found.T / TEMPERATURE, late / TEMPERATURE):
            total = total + functional.cross_entropy(scores, wanted)
            shares = torch.log_softmax(scores.gather(1, own), 1)
            total = total + functional.kl_div(shares, teacher, reduction="batchmean")
        return total


def batch(texts):
    """ids and mask of texts with their marks."""
    rows = [[wordpiece.CLS, *text[:TEXT_TOKENS], wordpiece.SEP] for text in texts]
    ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
    mask = np.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)], mask[i, : len(row)] = row, 1
    return ids, mask


class ContextEncoder(encoder.Encoder):
    """The encoder whose dense and token vectors read the blocks."""

    def __init__(self, work, transformer):
        super().__init__(work)
        self.transformer = transformer
        self.vectors = graph.dequantised(transformer.table.detach().numpy())

    def in_context(self, embedded, mask):
        """What the blocks make of embeddings."""
        held = torch.tensor(mask, dtype=torch.float32)
        x, away = torch.tensor(embedded), (held[:, None, None, :] - 1) * 1e4
        with torch.no_grad():
            for block in self.transformer.blocks:
                x = block(x, self.transformer.positions[: x.shape[1]], away)
        return (x * held[:, :, None]).numpy()

    def build_context(self, g, embedded, held):
        """The same in a graph."""
        last, columns = g.axes(-1), g.axes(1, 2)
        x = g.node("Mul", embedded, g.node("Unsqueeze", held, last))
        count = g.node("Slice", g.node("Shape", held), g.axes(1), g.axes(2))
        positions = g.node("Slice", constant(g, self.transformer.positions), g.axes(0), count)
        away = g.node("Mul", g.node("Sub", g.node("Unsqueeze", held, columns), g.floats(1)),
                      g.floats(1e4))
        for block in self.transformer.blocks:
            x = block.build(g, x, positions, away)
        return g.node("Mul", x, g.node("Unsqueeze", held, last))


class Questions:
    """Questions with their passages and what the sparse vectors find beside them."""

    def __init__(self, made, collections):
        self.texts, self.rows = [], []
        for collection in collections:
            documents, questions, judged = corpus.judged(collection)
            numbers = {name: i for i, (name, _) in enumerate(documents)}
            texts = [np.array(made.tokenizer.encode(t)[:TEXT_TOKENS], np.int64) for _, t in documents]
            columns = terms.saturated(texts, made.family, made.mean_length).T.tocsr()
            for name, text in questions:
                if any(map(terms.held_out, judged[name])):
                    continue
                query = np.array(made.tokenizer.encode(text)[: reranker.QUERY_TOKENS], np.int64)
                asked = np.zeros(columns.shape[0], np.float32)
                np.maximum.at(asked, made.family[query], made.idf[query])
                wanted = [numbers[d] for d in judged[name]]
                beside = [d for d in terms.best(columns, asked, FOUND) if d not in wanted]
                if len(beside) >= NEGATIVES:
                    base = len(self.texts)
                    self.rows.append((query, base + wanted[0], base + np.array(beside)))
            self.texts += texts

    def draw(self, rng):
        """A query, its passage and some negatives."""
        query, wanted, beside = self.rows[rng.integers(len(self.rows))]
        others = rng.choice(beside, NEGATIVES, replace=False)
        return query, [self.texts[wanted], *(self.texts[d] for d in others)]


class Batches:
    """Draws queries, passages and the teacher's shares."""

    def __init__(self, work, made, collections):
        stops = [made.tokenizer.ids[s] for s in ".?!"]
        self.questions, self.pairs = Questions(made, collections), Pairs(np.load(work / "corpus.npz"), stops)
        self.features, self.network = reranker.token_features(made), reranker.load(work)

    def draw(self, rng):
        """Queries, passages (each query's own first) and shares [queries, 1 + NEGATIVES]."""
        drawn = [self.questions.draw(rng) for _ in range(QUESTIONS_OF_A_BATCH)]
        for passage in rng.integers(len(self.pairs), size=PAIRS_OF_A_BATCH):
            others = rng.integers(len(self.pairs), size=NEGATIVES)
            query, text = self.pairs.draw(passage, rng)
            drawn.append((query, [text, *(self.pairs.text(o) for o in others)]))
        queries = [query for query, _ in drawn]
        teacher = [reranker.softmax(self.network.scores(self.features.compute(
            *reranker.pair_rows(query, [t[:TEXT_TOKENS] for t in texts])))) for query, texts in drawn]
        passages = [text for _, texts in drawn for text in texts]
        return queries, passages, torch.tensor(np.array(teacher), dtype=torch.float32)


def train(work, batches, model, steps):
    """Trains up to a number of steps, from the last state that was written."""
    optimiser = torch.optim.Adam(model.parameters(), RATE)
    state, number = work / "transformer.pt", 0
    if state.exists():
        saved = torch.load(state)
        number = saved["number"]
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        print(f"goes on from step {number}", flush=True)
    losses = []
    while number < steps:
        # Batches are drawn by the number of the step, so that a run that was broken off is the same.
        loss = model.loss(*batches.draw(np.random.default_rng([SEED, number])))
        number += 1
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(number / WARM_UP, 1 - number / (steps + 1))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        if number % SAVE_EVERY == 0 or number == steps:
            part = state.with_suffix(".part")
            torch.save({"number": number, "model": model.state_dict(),
                        "optimiser": optimiser.state_dict()}, part)
            part.replace(state)
            print(f"step {number}: loss {np.mean(losses[-SAVE_EVERY:]):.4f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("collections", nargs="+", help="folders with questions to train on")
    parser.add_argument("--steps", type=int, default=2_000)
    args = parser.parse_args()
    torch.manual_seed(SEED)
    made = encoder.Encoder(args.work)
    model = Transformer(made)
    train(args.work, Batches(args.work, made, args.collections), model, args.steps)
    trained = ContextEncoder(args.work, model)
    trained.tokenizer_path = args.work / "tokenizer.json"
    trained.save(args.folder)


if __name__ == "__main__":
    main()
