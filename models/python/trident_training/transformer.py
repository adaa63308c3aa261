"""Step 6, with PyTorch: a small transformer before the vectors of the encoder.

The blocks read the embeddings of the static encoder and add to them. Their last matrices start at
zero (Zhang et al., Fixup, ICLR 2019), so that training starts where the static encoder stands. Two
layers, 128 wide. Dense and token vectors are made of what comes out, and so is the emphasis of each
token: for how much it counts in the sparse vector (after DeepCT, Dai and Callan, SIGIR 2020).
Trained on questions and on pairs from the corpus, with what the sparse vectors find beside a
question's passage as hard negatives: softmax over the batch for the dense vector and for MaxSim
(ColBERT, Khattab and Zaharia, SIGIR 2020), over the question's own list for the sparse vector. The
state is written every 50 steps; the same command goes on from it.

    python3 -m trident_training.transformer WORK MODEL_FOLDER COLLECTION... [--steps 1400]
"""

import argparse
import pathlib

import numpy as np
import torch
from torch.nn import functional

from trident_training import corpus, encoder, graph, terms
from trident_training.pairs import Pairs

SEED = 20240305
LAYERS = 2
HEADS = 4
INNER = 512
POSITIONS = encoder.MAX_TOKENS
WIDTH = 128
# Embeddings have length one, so what is added to them must be as small as their parts.
SHARE = WIDTH**-0.5
MAX_EMPHASIS = 4
# Emphasis fits the questions that it was trained on too well; of its powers the fourth root ranked
# the held-out questions best.
EMPHASIS_POWER = 0.25
QUESTIONS_OF_A_BATCH = 24
PAIRS_OF_A_BATCH = 32
NEGATIVES = 3
FOUND = 20
PARTS = 4
TEXT_TOKENS = 180
QUERY_TOKENS = 40
RATE = 1e-3
TABLE_RATE = 1e-4
WARM_UP = 100
TEMPERATURE = 0.06
SPARSE_TEMPERATURE = 5
SAVE_EVERY = 50


class Block(torch.nn.Module):
    """Attention and a feed-forward layer, each added to what it reads, after normalisation."""

    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.mix = (torch.nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.widen, self.narrow = torch.nn.Linear(WIDTH, INNER), torch.nn.Linear(INNER, WIDTH)
        for last in (self.mix, self.narrow):
            torch.nn.init.zeros_(last.weight)
            torch.nn.init.zeros_(last.bias)

    def forward(self, x, positions, away):
        """x [batch, tokens, width]; away [batch, 1, 1, tokens] is low where there is no token."""
        read = normalised(x)
        placed = read + positions

        def heads(y):
            return y.unflatten(-1, (HEADS, -1)).transpose(1, 2)

        query, key, value = heads(self.query(placed)), heads(self.key(placed)), heads(self.value(read))
        shares = torch.softmax(query @ key.transpose(2, 3) / query.shape[-1] ** 0.5 + away, -1)
        x = x + SHARE * self.mix((shares @ value).transpose(1, 2).flatten(2))
        return x + SHARE * self.narrow(torch.relu(self.widen(normalised(x))))

    def build(self, g, x, positions, away):
        """Adds the block to a graph."""

        def heads(y):
            return g.node("Transpose", g.node("Reshape", y, g.axes(0, 0, HEADS, -1)), perm=[0, 2, 1, 3])

        read = build_normalised(g, x)
        placed = g.node("Add", read, positions)
        query, key, value = (
            heads(build_linear(g, y, m)) for y, m in ((placed, self.query), (placed, self.key), (read, self.value))
        )
        scores = g.node("MatMul", query, g.node("Transpose", key, perm=[0, 1, 3, 2]))
        scores = g.node("Mul", scores, g.floats((WIDTH // HEADS) ** -0.5))
        shares = g.node("Softmax", g.node("Add", scores, away), axis=-1)
        mixed = g.node("Transpose", g.node("MatMul", shares, value), perm=[0, 2, 1, 3])
        mixed = build_linear(g, g.node("Reshape", mixed, g.axes(0, 0, WIDTH)), self.mix, SHARE)
        x = g.node("Add", x, mixed)
        inner = g.node("Relu", build_linear(g, build_normalised(g, x), self.widen))
        return g.node("Add", x, build_linear(g, inner, self.narrow, SHARE))


def normalised(x):
    """Vectors of mean 0 and deviation 1."""
    return functional.layer_norm(x, x.shape[-1:])


def build_normalised(g, x):
    """The same in a graph, with a bias, for ONNX Runtime before 1.17 ends the process without."""
    scale, bias = g.constant(np.ones(WIDTH), np.float32), g.constant(np.zeros(WIDTH), np.float32)
    return g.node("LayerNormalization", x, scale, bias, axis=-1)


def build_linear(g, x, linear, share=1):
    """A share of what a linear layer makes, in a graph."""
    product = g.node("MatMul", x, g.weights(share * linear.weight.detach().numpy()))
    return g.node("Add", product, constant(g, share * linear.bias))


def constant(g, parameter):
    """A parameter as a tensor of the graph."""
    return g.constant(parameter.detach().numpy(), np.float32)


class Transformer(torch.nn.Module):
    """Embeddings, blocks and emphasis; the rest of the static encoder stays as it is."""

    def __init__(self, made):
        super().__init__()
        self.made = made
        self.table = torch.nn.Parameter(torch.tensor(made.vectors))
        self.positions = torch.nn.Parameter(torch.randn(POSITIONS, WIDTH) * 0.02)
        self.blocks = torch.nn.ModuleList(Block() for _ in range(LAYERS))
        self.stress = torch.nn.Linear(WIDTH, 1)
        torch.nn.init.zeros_(self.stress.weight)
        # A token counts for one before training.
        torch.nn.init.constant_(self.stress.bias, -np.log(MAX_EMPHASIS - 1))

    def forward(self, embedded, held):
        """Vectors [batch, tokens, width] and emphasis [batch, tokens] of embeddings where held."""
        x, away = embedded, (held[:, None, None, :] - 1) * 1e4
        for block in self.blocks:
            x = block(x, self.positions[: x.shape[1]], away)
        emphasis = MAX_EMPHASIS * torch.sigmoid(self.stress(normalised(x))[:, :, 0])
        return x * held[:, :, None], emphasis * held

    def build(self, g, x, held):
        """The same in a graph."""
        last, columns = g.axes(-1), g.axes(1, 2)
        count = g.node("Slice", g.node("Shape", held), g.axes(1), g.axes(2))
        positions = g.node("Slice", constant(g, self.positions), g.axes(0), count)
        away = g.node("Mul", g.node("Sub", g.node("Unsqueeze", held, columns), g.floats(1)), g.floats(1e4))
        for block in self.blocks:
            x = block.build(g, x, positions, away)
        stress = g.node("Squeeze", build_linear(g, build_normalised(g, x), self.stress), last)
        emphasis = g.node("Mul", g.node("Sigmoid", stress), g.floats(MAX_EMPHASIS))
        return (g.node("Mul", x, g.node("Unsqueeze", held, last)), g.node("Mul", emphasis, held))

    def encode(self, texts):
        """Of lists of ids: dense [n, width], tokens [n, tokens, …], frequencies and families."""
        made, (ids, mask) = self.made, encoder.batch(texts, TEXT_TOKENS)
        held = torch.tensor(mask, dtype=torch.float32)
        share, weight = (torch.tensor(x) for x in made.shares(ids, mask))
        x, emphasis = self(self.table[torch.tensor(ids)] * held[:, :, None], held)
        dense = functional.normalize((x * share[:, :, None]).sum(1), dim=-1, eps=1e-6)
        small = (x * weight[:, :, None]) @ torch.tensor(made.projection)
        width = 2 * made.spread + 1
        around = functional.avg_pool1d(small.transpose(1, 2), width, 1, made.spread)
        tokens = (1 - made.context) * small + made.context * width * around.transpose(1, 2)
        same = torch.tensor(made.same(ids, mask), dtype=torch.float32)
        norm = torch.tensor(made.norm(mask, encoder.SPARSE_K1))
        spoken = encoder.saturated((same @ emphasis[:, :, None])[:, :, 0], norm, encoder.SPARSE_K1)
        family = torch.tensor(np.where(mask > 0, made.family[ids], 0))
        return dense, functional.normalize(tokens, dim=-1, eps=1e-6), held, spoken, family

    def loss(self, queries, passages, owner):
        """Of a batch: `owner` [passages] is the query that a passage comes with, its own first."""
        dense, tokens, held = self.encode(queries)[:3]
        asked, weight = self.asked(queries)
        # Passages of like length are encoded together, so that less of it is padding.
        order = np.argsort([len(text) for text in passages], kind="stable")
        found, late, spoken = [], [], []
        for part in np.array_split(order, PARTS):
            vectors, others, present, frequency, family = self.encode([passages[i] for i in part])
            best = torch.einsum("qik,djk->qdij", tokens, others)
            best = best.masked_fill(present[None, :, None, :] == 0, -1).amax(3)
            late.append((best * held[:, None, :]).sum(2) / held.sum(1)[:, None])
            found.append(vectors)
            met = asked[owner[part]][:, :, None] == family[:, None, :]
            spoken.append(((met * frequency[:, None, :]).amax(2) * weight[owner[part]]).sum(1))
        drawn = torch.tensor(np.argsort(order))
        wanted = torch.tensor(np.unique(owner, return_index=True)[1])
        lists = torch.cat(spoken)[drawn][: QUESTIONS_OF_A_BATCH * (1 + NEGATIVES)]
        lists = lists.view(QUESTIONS_OF_A_BATCH, 1 + NEGATIVES) / SPARSE_TEMPERATURE
        first = torch.zeros(QUESTIONS_OF_A_BATCH, dtype=torch.long)
        late, found = torch.cat(late, 1)[:, drawn], torch.cat(found)[drawn]
        return (
            functional.cross_entropy(lists, first)
            + functional.cross_entropy(dense @ found.T / TEMPERATURE, wanted)
            + functional.cross_entropy(late / TEMPERATURE, wanted)
        )

    def asked(self, queries):
        """Families and weights [queries, tokens] of the distinct tokens of queries."""
        family, weight = np.full((2, len(queries), max(map(len, queries))), -1.0)
        for i, query in enumerate(queries):
            distinct = np.unique(query)
            family[i, : len(distinct)] = self.made.family[distinct]
            weight[i, : len(distinct)] = self.made.idf[distinct]
        weight = np.maximum(weight, 0)
        return torch.tensor(family), torch.tensor(weight, dtype=torch.float32)


class ContextEncoder(encoder.Encoder):
    """The encoder whose vectors read the blocks."""

    def __init__(self, work, transformer):
        super().__init__(work)
        self.transformer = transformer
        self.vectors = graph.dequantised(transformer.table.detach().numpy())
        for layer in transformer.modules():
            if isinstance(layer, torch.nn.Linear):
                kept = graph.dequantised(layer.weight.detach().numpy())
                layer.weight = torch.nn.Parameter(torch.tensor(kept))

    def in_context(self, embedded, mask):
        """What the blocks make of embeddings."""
        with torch.no_grad():
            held = torch.tensor(mask, dtype=torch.float32)
            x, emphasis = self.transformer(torch.tensor(embedded), held)
        return x.numpy(), emphasis.numpy() ** EMPHASIS_POWER

    def build_context(self, g, embedded, held):
        """The same in a graph."""
        embedded = g.node("Mul", embedded, g.node("Unsqueeze", held, g.axes(-1)))
        x, emphasis = self.transformer.build(g, embedded, held)
        return x, g.node("Pow", emphasis, g.floats(EMPHASIS_POWER))


def load(work):
    """The encoder that `main` trained."""
    model = Transformer(encoder.Encoder(work))
    model.load_state_dict(torch.load(work / "transformer.pt")["model"])
    return ContextEncoder(work, model)


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
                query = np.array(made.tokenizer.encode(text)[:QUERY_TOKENS], np.int64)
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
    """Draws queries and passages."""

    def __init__(self, work, made, collections):
        stops = [made.tokenizer.ids[s] for s in ".?!"]
        self.questions, self.pairs = Questions(made, collections), Pairs(np.load(work / "corpus.npz"), stops)

    def draw(self, rng):
        """Queries, passages and the query of each passage."""
        drawn = [self.questions.draw(rng) for _ in range(QUESTIONS_OF_A_BATCH)]
        for passage in rng.integers(len(self.pairs), size=PAIRS_OF_A_BATCH):
            query, text = self.pairs.draw(passage, rng)
            drawn.append((query, [text]))
        passages = [text for _, texts in drawn for text in texts]
        owner = np.repeat(np.arange(len(drawn)), [len(texts) for _, texts in drawn])
        return [query for query, _ in drawn], passages, owner


def train(work, batches, model, steps):
    """Trains up to a number of steps, from the last state that was written."""
    rest = [p for name, p in model.named_parameters() if name != "table"]
    optimiser = torch.optim.Adam([{"params": [model.table], "most": TABLE_RATE}, {"params": rest, "most": RATE}])
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
            group["lr"] = group["most"] * min(number / WARM_UP, 1 - number / (steps + 1))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        if number % SAVE_EVERY == 0 or number == steps:
            part = state.with_suffix(".part")
            torch.save({"number": number, "model": model.state_dict(), "optimiser": optimiser.state_dict()}, part)
            part.replace(state)
            print(f"step {number}: loss {np.mean(losses[-SAVE_EVERY:]):.4f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("collections", nargs="+", help="folders with questions to train on")
    parser.add_argument("--steps", type=int, default=1_400)
    args = parser.parse_args()
    torch.manual_seed(SEED)
    made = encoder.Encoder(args.work)
    model = Transformer(made)
    train(args.work, Batches(args.work, made, args.collections), model, args.steps)
    ContextEncoder(args.work, model).save(args.folder)


if __name__ == "__main__":
    main()
