"""Published encoders of BERT's shape as PyTorch modules, read from the ONNX graphs in jars.

The jars are those of langchain4j-embeddings on Maven Central: all-MiniLM-L6-v2 in 32-bit floats,
bge-small-en-v1.5 and e5-small-v2 in 8 bits, which are read as floats. Run the module under
`torch.autocast("cpu", torch.bfloat16)`: on processors with AMX that is several times as fast.
"""

import json
import re
import zipfile

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional

from trident_training import wordpiece

WIDTH = 384
HEADS = 12
INNER = 1536
POSITIONS = 512
PAD, CLS, SEP, MASK = 0, 101, 102, 103
EPSILON = 1e-12
# [PAD], [UNK], [CLS], [SEP] and [MASK], and the tokens without a use between and before them.
FIRST_WORD = 999


class Layer(nn.Module):
    """Attention and the network after it, each added to its input and normalised."""

    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.attended = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.after_attention = nn.LayerNorm(WIDTH, EPSILON)
        self.inner, self.outer = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.after_network = nn.LayerNorm(WIDTH, EPSILON)

    def forward(self, x, hidden):
        """`hidden` [batch, 1, tokens] is minus infinity where there is only padding."""
        batch, tokens, _ = x.shape

        def heads(linear):
            split = linear(x).view(batch, tokens, HEADS, WIDTH // HEADS).transpose(1, 2)
            return split.reshape(batch * HEADS, tokens, WIDTH // HEADS)

        query, key, value = heads(self.query), heads(self.key), heads(self.value)
        weights = torch.bmm(query, key.transpose(1, 2)) * (WIDTH // HEADS) ** -0.5
        weights = (weights.view(batch, HEADS, tokens, tokens) + hidden[:, None]).softmax(-1)
        read = torch.bmm(weights.view(batch * HEADS, tokens, tokens), value)
        read = read.view(batch, HEADS, tokens, -1).transpose(1, 2).reshape(batch, tokens, WIDTH)
        x = self.after_attention(x + self.attended(read))
        return self.after_network(x + self.outer(functional.gelu(self.inner(x))))


class Backbone(nn.Module):
    """States [batch, tokens, 384] of ids and mask."""

    def __init__(self, layers, vocabulary=30_522):
        super().__init__()
        self.words = nn.Embedding(vocabulary, WIDTH)
        self.positions = nn.Embedding(POSITIONS, WIDTH)
        self.types = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))

    def embed(self, ids, types=None):
        """What the first layer reads."""
        places = torch.arange(ids.shape[1])
        kinds = torch.zeros_like(ids) if types is None else types
        return self.norm(self.words(ids) + self.positions(places) + self.types(kinds))

    def forward(self, ids, mask, types=None, first=0):
        """The last states; with `first`, `ids` are the states that that layer reads."""
        x = ids if first else self.embed(ids, types)
        hidden = torch.zeros(mask.shape).masked_fill(mask == 0, -1e4)[:, None]
        if torch.is_autocast_cpu_enabled():
            hidden = hidden.bfloat16()
        for layer in self.layers[first:]:
            x = layer(x, hidden)
        return x


def read(jar):
    """The graph in a jar."""
    with zipfile.ZipFile(jar) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".onnx"))
        return onnx.load_model_from_string(archive.read(name)).graph


def tokenizer(jar):
    """The tokenizer in a jar: all three have that of BERT, lower case."""
    with zipfile.ZipFile(jar) as archive:
        name = next(n for n in archive.namelist() if n.endswith("tokenizer.json"))
        ids = json.loads(archive.read(name))["model"]["vocab"]
    return wordpiece.WordPiece(sorted(ids, key=ids.get))


def _floats(graph):
    """All weights as float arrays by the names that they have in PyTorch."""
    tensors = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    found = {}
    for name, value in tensors.items():
        if name.endswith("_quantized"):
            base = name[: -len("_quantized")]
            value = tensors[base + "_scale"] * (
                value.astype(np.float32) - tensors[base + "_zero_point"].astype(np.float32)
            )
            name = base
        found[name] = value
    for node in graph.node:
        # A product's matrix has a number for a name; that of the node says what it is.
        module = re.fullmatch(r"/(encoder/.*)/MatMul(_quant)?", node.name)
        if module and node.input[1].startswith("onnx::"):
            matrix = found[re.sub("_quantized$", "", node.input[1])]
            found[module[1].replace("/", ".") + ".weight"] = matrix.T
    return found


_PARTS = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "attended",
    "attention.output.LayerNorm": "after_attention",
    "intermediate.dense": "inner",
    "output.dense": "outer",
    "output.LayerNorm": "after_network",
}
_TABLES = {
    "word_embeddings": "words",
    "position_embeddings": "positions",
    "token_type_embeddings": "types",
    "LayerNorm": "norm",
}


def load(jar, kept=None):
    """The module of a jar, with all layers or those whose numbers are `kept`."""
    weights = _floats(read(jar))
    count = 1 + max(int(m[1]) for m in (re.match(r"encoder\.layer\.(\d+)", n) for n in weights) if m)
    kept = range(count) if kept is None else kept
    state = {}
    for part in ("weight", "bias"):
        for theirs, ours in _TABLES.items():
            if f"embeddings.{theirs}.{part}" in weights:
                state[f"{ours}.{part}"] = weights[f"embeddings.{theirs}.{part}"]
        for number, source in enumerate(kept):
            for theirs, ours in _PARTS.items():
                state[f"layers.{number}.{ours}.{part}"] = weights[f"encoder.layer.{source}.{theirs}.{part}"]
    module = Backbone(len(kept))
    module.load_state_dict({name: torch.tensor(np.array(value)) for name, value in state.items()})
    return module


def batch(texts, most):
    """ids and mask of lists of ids with [CLS] and [SEP] around them, each cut to so many ids."""
    rows = [[CLS, *text[: most - 2], SEP] for text in texts]
    ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
    return torch.from_numpy(ids), torch.from_numpy(
        (np.arange(ids.shape[1])[None] < np.array([len(r) for r in rows])[:, None]).astype(np.int64)
    )
