"""Small models for the tests of the Java side, and what every reading of them gives, by numpy.

    python3 -m trident_fixtures.readings ../src/test/resources/io/trident/models/encoder/readings

An encoder of one attention layer over a vocabulary of a few words, with all the outputs that
published exports have, and a cross-encoder of the same kind. The graphs are ONNX; the values are
computed here in numpy, text by text, without padding and without the graphs.
"""

import argparse
import json
import pathlib
import re
import struct

import numpy as np

from trident_training.graph import Graph

HIDDEN = 8
WIDTH = 6
POSITIONS = 64
MAX_TOKENS = 32
QUERY_LENGTH = 12

VOCABULARY = (
    "[PAD] [unused0] [unused1] [UNK] [CLS] [SEP] [MASK] . , ! ? $ a the of in to is river sea lake "
    "boat sail ##ing ##or ##s water cold deep old man and salt wind yes no query : passage broken"
).split()
IDS = {token: i for i, token in enumerate(VOCABULARY)}

TEXTS = (
    "The river is deep.",
    "Sailing, sailing to the old sea! The salt water of the sea is cold, and the wind is cold",
    "zzz $ lake?",
    "a man in a boat " * 8,
)
QUERIES = ("boats in the wind", "lake", "the old sailor and the sea, the sea and the old old sailor")


def rows(generator, *shape):
    return generator.normal(0, 1, shape).astype(np.float32)


def softmax(values):
    exponents = np.exp(values - values.max(-1, keepdims=True))
    return exponents / exponents.sum(-1, keepdims=True)


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def pieces(text):
    """(id, start, end) of the word pieces of a text, as BERT's tokenizer cuts and lower-cases it."""
    found = []
    for word in re.finditer(r"[a-z]+|\d+|[^\sa-z\d]", text.lower()):
        parts, at = [], 0
        while at < len(word.group()):
            for end in range(len(word.group()), at, -1):
                piece = ("##" if at else "") + word.group()[at:end]
                if piece in IDS:
                    parts.append((IDS[piece], word.start() + at, word.start() + end))
                    at = end
                    break
            else:
                parts = [(IDS["[UNK]"], word.start(), word.end())]
                break
        found += parts
    return found


def open_end(graph, width):
    """A width that is known only when the graph runs: the largest value of the mask is 1."""
    flat = graph.node("Reshape", "attention_mask", graph.axes(-1))
    return graph.node("Mul", graph.node("ReduceMax", flat, axes=[0]), graph.axes(width))


def words(found):
    """(word, number of its first piece) of the pieces of a text."""
    joined = []
    for i, piece in enumerate(found):
        token = VOCABULARY[piece[0]]
        if token.startswith("##"):
            joined[-1] = (joined[-1][0] + token[2:], joined[-1][1])
        else:
            joined.append((token, i))
    return joined


class Layer:
    """One layer of attention: the same arithmetic in numpy and as a graph."""

    def __init__(self, seed):
        generator = np.random.default_rng(seed)
        self.tokens = rows(generator, len(VOCABULARY), HIDDEN)
        self.tokens[IDS["broken"]] = np.nan
        self.types = rows(generator, 2, HIDDEN)
        self.positions = rows(generator, POSITIONS, HIDDEN)
        self.query, self.key, self.value = (rows(generator, HIDDEN, HIDDEN) for _ in range(3))
        self.generator = generator

    def hidden(self, ids, types, attended):
        """[tokens, HIDDEN] of one row; `attended` says which of its tokens the others see."""
        x = self.tokens[ids] + self.types[types] + self.positions[: len(ids)]
        scores = (x @ self.query) @ (x @ self.key).T / np.sqrt(HIDDEN)
        scores = scores + np.where(attended, 0, -1e4)[None, :]
        return np.tanh(x + softmax(scores) @ (x @ self.value))

    def node(self, graph, with_types):
        """Adds the layer and gives the name of its output, [batch, tokens, HIDDEN]."""
        positions = self.positions_node(graph)
        x = graph.node("Add", graph.node("Gather", graph.constant(self.tokens), "input_ids"), positions)
        types = (
            graph.node("Gather", graph.constant(self.types), "token_type_ids")
            if with_types
            else graph.constant(self.types[0])
        )
        x = graph.node("Add", x, types)
        query, key, value = (
            graph.node("MatMul", x, graph.constant(weights)) for weights in (self.query, self.key, self.value)
        )
        scores = graph.node("MatMul", query, graph.node("Transpose", key, perm=[0, 2, 1]))
        scores = graph.node("Div", scores, graph.floats(np.sqrt(HIDDEN)))
        seen = graph.node("Softmax", self.seen_node(graph, scores), axis=-1)
        return graph.node("Tanh", graph.node("Add", x, graph.node("MatMul", seen, value)))

    def positions_node(self, graph):
        """The embeddings of the places 0, 1, ..."""
        length = graph.node("Gather", graph.node("Shape", "input_ids"), graph.axes(1))
        return graph.node("Slice", graph.constant(self.positions), graph.axes(0), length, graph.axes(0))

    def seen_node(self, graph, scores):
        """The scores of attention, very small where a token is not seen."""
        mask = graph.node("Unsqueeze", graph.cast("attention_mask", "float"), graph.axes(1))
        unseen = graph.node("Mul", graph.node("Sub", graph.floats(1.0), mask), graph.floats(-1e4))
        return graph.node("Add", scores, unseen)


class Encoder:
    """Outputs as encoders have them."""

    def __init__(self, seed):
        self.layer = Layer(seed)
        generator = self.layer.generator
        self.vocabulary = rows(generator, HIDDEN, len(VOCABULARY))
        self.weight = rows(generator, HIDDEN, 1)
        self.projection = rows(generator, HIDDEN, WIDTH)

    def save(self, path):
        graph = Graph()
        hidden = self.layer.node(graph, with_types=False)
        graph.node("Identity", hidden, output="last_hidden_state")
        graph.node("Slice", hidden, graph.axes(0), open_end(graph, HIDDEN), graph.axes(2), output="open_state")
        logits = graph.node("MatMul", hidden, graph.constant(self.vocabulary), output="logits")
        weights = graph.node("MatMul", hidden, graph.constant(self.weight), output="token_weights")
        graph.node("Squeeze", weights, graph.axes(2), output="flat_weights")
        graph.node("MatMul", hidden, graph.constant(self.projection), output="colbert_vecs")
        mask = graph.node("Unsqueeze", graph.cast("attention_mask", "float"), graph.axes(2))
        saturated = graph.node("Log", graph.node("Add", graph.node("Relu", logits), graph.floats(1.0)))
        graph.node("ReduceMax", graph.node("Mul", saturated, mask), axes=[1], keepdims=0, output="pooled_logits")
        first = graph.node("Squeeze", graph.node("Gather", hidden, graph.axes(0), axis=1), graph.axes(1))
        graph.node("MatMul", first, graph.constant(self.projection), output="pooler_output")
        tokens = ["batch", "tokens"]
        graph.save(
            path,
            "readings_encoder",
            ["input_ids", "attention_mask"],
            [
                ("last_hidden_state", [*tokens, HIDDEN]),
                ("open_state", [*tokens, "width"]),
                ("logits", [*tokens, len(VOCABULARY)]),
                ("token_weights", [*tokens, 1]),
                ("flat_weights", tokens),
                ("colbert_vecs", [*tokens, WIDTH]),
                ("pooled_logits", ["batch", len(VOCABULARY)]),
                ("pooler_output", ["batch", WIDTH]),
            ],
            "An encoder for tests",
        )

    def hidden(self, ids, attended=None):
        attended = len(ids) if attended is None else attended
        return self.layer.hidden(ids, np.zeros(len(ids), int), np.arange(len(ids)) < attended)

    def row(self, text, marker=None, limit=MAX_TOKENS):
        """ids of a text with what is around it, and its pieces."""
        before = [IDS["[CLS]"]] + ([IDS[marker]] if marker else [])
        kept = pieces(text)[: limit - len(before) - 1]
        return before + [piece[0] for piece in kept] + [IDS["[SEP]"]], kept, len(before)

    def sparse(self, text, reading, top_k=256, threshold=0.0, log=np.log1p, but=(), echo=False):
        if echo:  # the text twice, and only its second copy is read
            kept = [piece[0] for piece in pieces(text)][: (MAX_TOKENS - 2) // 2]
            ids = [IDS["[CLS]"], *kept, *kept, IDS["[SEP]"]]
            hidden = self.hidden(ids)[1 + len(kept) : -1]
        else:
            ids, _, _ = self.row(text)
            hidden = self.hidden(ids)
        if reading == "token_weights":
            weights = np.zeros(len(VOCABULARY))
            for i, weight in list(zip(ids, hidden @ self.weight))[1:-1]:
                weights[i] = max(weights[i], weight[0])
        else:
            saturated = log(np.maximum(hidden @ self.vocabulary, 0))
            weights = saturated.sum(0) if reading == "sum_logits" else saturated.max(0)
        weights[[IDS[token] for token in but]] = 0
        best = [v for v in np.argsort(-weights, kind="stable")[:top_k] if weights[v] > threshold]
        return {VOCABULARY[v]: float(weights[v]) for v in best}

    def word_weights(self, text):
        """The weight of the first piece of each word, as DeepImpact has it."""
        ids, kept, first = self.row(text)
        weights = (self.hidden(ids) @ self.weight)[:, 0]
        largest = {}
        for word, piece in words(kept):
            largest[word] = max(largest.get(word, 0.0), float(weights[first + piece]))
        return {word: weight for word, weight in largest.items() if weight > 0}

    def dense(self, text, pooling, normalize=True, dimension=None, prefix="", mapped=None, precision=None, layer=None):
        ids, _, _ = self.row(prefix + text)
        hidden = self.hidden(ids)
        vector = {
            "cls": hidden[0],
            "mean": hidden.mean(0),
            "last": hidden[-1],
            "none": hidden[0] @ self.projection,
        }[pooling][:dimension]
        vector = vector if mapped is None else mapped @ vector
        if layer is not None:
            vector = np.tanh(layer["linear.weight"] @ vector + layer["linear.bias"])
        vector = unit(vector) if normalize else vector
        if precision == "int8":
            vector = np.floor(vector / np.abs(vector).max() * 127 + 0.5)
        elif precision == "binary":
            vector = np.where(vector > 0, 1.0, -1.0)
        return vector.tolist()

    def tokens(self, text, query, config, layer=None):
        """Vectors as ColBERT makes them: query augmentation, markers, skip list, projection."""
        marker = config.get("query_marker" if query else "document_marker")
        limit = config.get("query_length", 32) if query else MAX_TOKENS
        ids, kept, first = self.row(text, marker, limit)
        length = len(ids)
        augments = query and config.get("augment_queries", False)
        if augments:
            ids = ids + [IDS["[MASK]"]] * (limit - length)
        attended = len(ids) if config.get("attend_to_mask_tokens", False) else length
        hidden = self.hidden(ids, attended)
        vectors = hidden @ self.projection if config["output"] == "colbert_vecs" else hidden
        vectors = vectors if layer is None else vectors @ layer["linear.weight"].T
        vectors = vectors[:, : config.get("dimension")]
        if config.get("normalize", True):
            vectors = unit(vectors)
        gate = np.ones(len(ids)) if query or "gate" not in config else (hidden @ self.weight)[:, 0]
        vectors = vectors * gate[:, None]
        skipped = set(".,!?$") if config.get("skip_punctuation", True) and not query else set()
        skipped |= set() if query else set(config.get("skip_tokens", ()))
        everything = augments or config.get("special_tokens", False)
        places = [
            i
            for i in range(len(ids))
            if (everything or first <= i < first + len(kept)) and VOCABULARY[ids[i]] not in skipped and gate[i] > 0
        ]
        spans = {first + i: piece[1:] for i, piece in enumerate(kept)}
        return {
            "ids": [ids[i] for i in places],
            "spans": [list(spans.get(i, (0, 0))) for i in places],
            "vectors": vectors[places].tolist(),
        }


class Decoder:
    """A cross-encoder as T5 has it: the logits of the token that follows the decoder's first."""

    def __init__(self):
        self.layer = Layer(5)
        generator = self.layer.generator
        self.start = rows(generator, len(VOCABULARY), HIDDEN)
        self.key = rows(generator, HIDDEN, HIDDEN)
        self.vocabulary = rows(generator, HIDDEN, len(VOCABULARY))

    def save(self, path):
        graph = Graph()
        hidden = self.layer.node(graph, with_types=False)
        decoded = graph.node("Gather", graph.constant(self.start), "decoder_input_ids")
        keys = graph.node("Transpose", graph.node("MatMul", hidden, graph.constant(self.key)), perm=[0, 2, 1])
        mask = graph.node("Unsqueeze", graph.cast("attention_mask", "float"), graph.axes(1))
        unseen = graph.node("Mul", graph.node("Sub", graph.floats(1.0), mask), graph.floats(-1e4))
        scores = graph.node("Add", graph.node("MatMul", decoded, keys), unseen)
        seen = graph.node("MatMul", graph.node("Softmax", scores, axis=-1), hidden)
        state = graph.node("Tanh", graph.node("Add", decoded, seen))
        graph.node("MatMul", state, graph.constant(self.vocabulary), output="logits")
        graph.save(
            path,
            "readings_sequence_to_sequence",
            ["input_ids", "attention_mask", ("decoder_input_ids", ["batch", "decoded"])],
            [("logits", ["batch", "decoded", len(VOCABULARY)])],
            "A sequence-to-sequence cross-encoder for tests",
        )

    def score(self, query, text, config):
        query, text = ([piece[0] for piece in pieces(part)] for part in (query, text))
        parts = re.split(r"(\{query\}|\{text\})", config["template"])
        around = sum(len(pieces(part)) for part in parts if part not in ("{query}", "{text}"))
        room = MAX_TOKENS - 2 - around
        query = query[: max(room // 2, room - len(text))] if "{query}" in parts else []
        text = text[: room - len(query)]
        given = {"{query}": query, "{text}": text}
        ids = [i for part in parts for i in given.get(part, [piece[0] for piece in pieces(part)])]
        ids = np.array([IDS["[CLS]"], *ids, IDS["[SEP]"]])
        hidden = self.layer.hidden(ids, np.zeros(len(ids), int), np.ones(len(ids), bool))
        decoded = self.start[IDS[config["decoder_start"]]]
        state = np.tanh(decoded + softmax(decoded @ (hidden @ self.key).T) @ hidden)
        logits = state @ self.vocabulary
        return float(logits[IDS[config.get("yes", "yes")]] - logits[IDS[config.get("no", "no")]])


class QueryGenerator:
    """Predicts queries: an encoder and a decoder, each a graph, as exports of T5 have them."""

    def __init__(self):
        self.layer = Layer(8)
        generator = self.layer.generator
        self.decoded = rows(generator, len(VOCABULARY), HIDDEN)
        self.before = rows(generator, len(VOCABULARY), HIDDEN)
        self.key = rows(generator, HIDDEN, HIDDEN)
        self.vocabulary = rows(generator, HIDDEN, len(VOCABULARY))
        self.bias = np.zeros(len(VOCABULARY), np.float32)
        for token in ("[PAD]", "[unused0]", "[unused1]", "[UNK]", "[CLS]", "[MASK]", "broken"):
            self.bias[IDS[token]] = -100
        self.bias[IDS["[SEP]"]] = 1.5

    def save(self, directory):
        graph = Graph()
        graph.node("Identity", self.layer.node(graph, with_types=False), output="last_hidden_state")
        graph.save(
            directory / "encoder_model.onnx",
            "readings_query_generator_encoder",
            ["input_ids", "attention_mask"],
            [("last_hidden_state", ["batch", "tokens", HIDDEN])],
            "The encoder of a query generator for tests",
        )
        graph = Graph()
        length = graph.node("Gather", graph.node("Shape", "input_ids"), graph.axes(1))
        ordinals = graph.node("Slice", graph.axes(*range(1, POSITIONS)), graph.axes(0), length, graph.axes(0))
        before = graph.node("Gather", graph.constant(self.before), "input_ids")
        count = graph.node("Unsqueeze", graph.cast(ordinals, "float"), graph.axes(1))
        mean = graph.node("Div", graph.node("CumSum", before, graph.constant(1, np.int64)), count)
        decoded = graph.node("Add", graph.node("Gather", graph.constant(self.decoded), "input_ids"), mean)
        hidden = "encoder_hidden_states"
        keys = graph.node("Transpose", graph.node("MatMul", hidden, graph.constant(self.key)), perm=[0, 2, 1])
        graph.node("Identity", keys, output="present.0.encoder.key")
        mask = graph.node("Unsqueeze", graph.cast("encoder_attention_mask", "float"), graph.axes(1))
        unseen = graph.node("Mul", graph.node("Sub", graph.floats(1.0), mask), graph.floats(-1e4))
        scores = graph.node("Add", graph.node("MatMul", decoded, keys), unseen)
        seen = graph.node("MatMul", graph.node("Softmax", scores, axis=-1), hidden)
        state = graph.node("Tanh", graph.node("Add", decoded, seen))
        logits = graph.node("MatMul", state, graph.constant(self.vocabulary))
        graph.node("Add", logits, graph.constant(self.bias), output="logits")
        graph.save(
            directory / "decoder_model.onnx",
            "readings_query_generator_decoder",
            [("encoder_attention_mask", ["batch", "tokens"]), ("input_ids", ["batch", "decoded"])],
            [
                ("logits", ["batch", "decoded", len(VOCABULARY)]),
                ("present.0.encoder.key", ["batch", HIDDEN, "tokens"]),
            ],
            "The decoder of a query generator for tests",
            floats=[(hidden, ["batch", "tokens", HIDDEN])],
        )

    def hidden(self, text, prefix):
        kept = pieces(prefix + text)[: MAX_TOKENS - 2]
        ids = np.array([IDS["[CLS]"], *(piece[0] for piece in kept), IDS["[SEP]"]])
        return self.layer.hidden(ids, np.zeros(len(ids), int), np.ones(len(ids), bool))

    def logits(self, hidden, decoded):
        """Of the token that follows."""
        state = self.decoded[decoded[-1]] + self.before[decoded].mean(0)
        state = np.tanh(state + softmax(state @ (hidden @ self.key).T) @ hidden)
        return state @ self.vocabulary + self.bias

    def likeliest(self, text, prefix, most):
        """The query that greedy decoding gives."""
        hidden = self.hidden(text, prefix)
        decoded = [IDS["[PAD]"]]
        while len(decoded) <= most:
            token = int(np.argmax(self.logits(hidden, decoded)))
            if token == IDS["[SEP]"]:
                break
            decoded.append(token)
        said = " ".join(VOCABULARY[token] for token in decoded[1:]).replace(" ##", "").replace("##", "")
        return re.sub(" ([.,!?])", r"\1", said)

    def first_words(self, text, prefix, top_k):
        """The likeliest first tokens of a query, and how likely each is among them."""
        logits = self.logits(self.hidden(text, prefix), [IDS["[PAD]"]])
        best = np.argsort(-logits)[:top_k]
        return {
            VOCABULARY[i].replace("##", "").replace("[SEP]", ""): p
            for i, p in zip(best, softmax(logits[best]).tolist())
        }

    def score(self, text, prefix):
        """What a judge with the same graphs says: yes less no."""
        logits = self.logits(self.hidden(text, prefix), [IDS["[PAD]"]])
        return float(logits[IDS["yes"]] - logits[IDS["no"]])


class CrossEncoder:
    """Outputs as cross-encoders have them."""

    def __init__(self):
        self.layer = Layer(2)
        generator = self.layer.generator
        self.logit = rows(generator, HIDDEN, 1)
        self.classes = rows(generator, HIDDEN, 2)
        self.vocabulary = rows(generator, HIDDEN, len(VOCABULARY))

    def save(self, path):
        graph = Graph()
        hidden = self.layer.node(graph, with_types=True)
        first = graph.node("Squeeze", graph.node("Gather", hidden, graph.axes(0), axis=1), graph.axes(1))
        logit = graph.node("MatMul", first, graph.constant(self.logit), output="logits")
        graph.node("Squeeze", logit, graph.axes(1), output="scores")
        classes = graph.node("MatMul", first, graph.constant(self.classes), output="class_logits")
        graph.node("Slice", classes, graph.axes(0), open_end(graph, 2), graph.axes(1), output="open_logits")
        graph.node("MatMul", hidden, graph.constant(self.vocabulary), output="token_logits")
        graph.node("MatMul", first, graph.constant(self.vocabulary), output="first_logits")
        graph.save(
            path,
            "readings_cross_encoder",
            ["input_ids", "attention_mask", "token_type_ids"],
            [
                ("logits", ["batch", 1]),
                ("scores", ["batch"]),
                ("class_logits", ["batch", 2]),
                ("open_logits", ["batch", "columns"]),
                ("token_logits", ["batch", "tokens", len(VOCABULARY)]),
                ("first_logits", ["batch", len(VOCABULARY)]),
            ],
            "A cross-encoder for tests",
        )

    def score(self, query, text, config):
        query, text = ([piece[0] for piece in pieces(part)] for part in (query, text))
        if "template" in config:
            before, between, after = (
                [piece[0] for piece in pieces(part)] for part in re.split(r"\{query\}|\{text\}", config["template"])
            )
        else:
            before, between, after = [], [IDS["[SEP]"]], []
        room = MAX_TOKENS - 2 - len(before) - len(between) - len(after)
        query = query[: max(room // 2, room - len(text))]
        text = text[: room - len(query)]
        ids = [IDS["[CLS]"], *before, *query, *between, *text, *after, IDS["[SEP]"]]
        types = [0] * len(ids) if "template" in config else [0] * (len(query) + 2) + [1] * (len(text) + 1)
        hidden = self.layer.hidden(np.array(ids), np.array(types), np.ones(len(ids), bool))
        reading = config.get("reading", "logit")
        if reading == "two_classes":
            no, yes = hidden[0] @ self.classes
            logit = yes - no
        elif reading == "yes_no":
            logits = (hidden[-1] if config["output"] == "token_logits" else hidden[0]) @ self.vocabulary
            logit = logits[IDS[config.get("yes", "yes")]] - logits[IDS[config.get("no", "no")]]
        else:
            logit = (hidden[0] @ self.logit)[0]
        return float(1 / (1 + np.exp(-logit)) if config.get("activation") == "sigmoid" else logit)


def sparse_cases(encoder, idf):
    """(name, part of trident.json, what documents and queries give)."""
    readings = {
        "max of logits": ({"output": "logits", "reading": "max_logits"}, {}),
        "sum of logits": ({"output": "logits", "reading": "sum_logits"}, {}),
        "the heaviest": ({"output": "logits", "reading": "max_logits", "top_k": 5}, {"top_k": 5}),
        "the heavy": ({"output": "logits", "reading": "max_logits", "threshold": 1.0}, {"threshold": 1.0}),
        "logarithm of the logarithm": (
            {"output": "logits", "reading": "max_logits", "saturation": "log_log"},
            {"log": lambda x: np.log1p(np.log1p(x))},
        ),
        "no special tokens": (
            {"output": "logits", "reading": "max_logits", "special_tokens": False, "top_k": 20},
            {"top_k": 20, "but": ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")},
        ),
        "the second copy": ({"output": "logits", "reading": "max_logits", "echo": True}, {"echo": True}),
        "the sum over the second copy": (
            {"output": "logits", "reading": "sum_logits", "echo": True},
            {"echo": True},
        ),
        "weights of tokens": ({"output": "token_weights", "reading": "token_weights"}, {}),
        "weights of tokens without a last dimension": (
            {"output": "flat_weights", "reading": "token_weights"},
            {},
        ),
        "pooled in the graph": ({"output": "pooled_logits", "reading": "vocabulary"}, {}),
    }
    for name, (config, options) in readings.items():
        reading = config["reading"].replace("vocabulary", "max_logits")
        give = [[encoder.sparse(text, reading, **options) for text in side] for side in (TEXTS, QUERIES)]
        yield name, {"sparse": config}, *give
    config = {"output": "logits", "reading": "max_logits", "query": {"reading": "idf", "file": "idf.json"}}
    queries = [
        {
            VOCABULARY[i]: idf[VOCABULARY[i]]
            for i in {piece[0] for piece in pieces(query)}
            if idf.get(VOCABULARY[i], 0) > 0
        }
        for query in QUERIES
    ]
    yield (
        "queries without inference",
        {"sparse": config},
        [encoder.sparse(text, "max_logits") for text in TEXTS],
        queries,
    )
    give = [
        [
            {str(d): value for d, value in enumerate(encoder.dense(text, "none", normalize=False)) if value > 0}
            for text in side
        ]
        for side in (TEXTS, QUERIES)
    ]
    yield "dimensions", {"sparse": {"output": "pooler_output", "reading": "dimensions"}}, *give
    config = {"output": "token_weights", "reading": "word_weights", "query": {"reading": "binary"}}
    yield (
        "weights of words",
        {"sparse": config},
        [encoder.word_weights(text) for text in TEXTS],
        [{word: 1.0 for word, _ in words(pieces(query))} for query in QUERIES],
    )


def dense_cases(encoder, maps, layer):
    config = {
        "output": "last_hidden_state",
        "query_map": "2_Dense/model.safetensors",
        "document_map": "2_Dense/model.safetensors",
    }
    give = [[encoder.dense(t, "mean", layer=layer) for t in side] for side in (TEXTS, QUERIES)]
    yield "a layer outside of the graph", {"dense": config}, *give
    for precision in ("int8", "binary"):
        config = {"output": "last_hidden_state", "precision": precision}
        give = [[encoder.dense(t, "mean", precision=precision) for t in side] for side in (TEXTS, QUERIES)]
        yield precision, {"dense": config}, *give
    config = {
        "output": "last_hidden_state",
        "normalize": False,
        "query_map": "query_map.json",
        "document_map": "document_map.json",
    }
    yield (
        "linear maps",
        {"dense": config},
        [encoder.dense(text, "mean", False, mapped=maps["document_map"]) for text in TEXTS],
        [encoder.dense(text, "mean", False, mapped=maps["query_map"]) for text in QUERIES],
    )
    for pooling in ("cls", "mean", "last"):
        for normalize in (True, False):
            config = {"output": "last_hidden_state", "pooling": pooling, "normalize": normalize}
            give = [[encoder.dense(t, pooling, normalize) for t in side] for side in (TEXTS, QUERIES)]
            yield f"{pooling}, {'unit' if normalize else 'any'} length", {"dense": config}, *give
    config = {"output": "pooler_output", "pooling": "none"}
    give = [[encoder.dense(t, "none") for t in side] for side in (TEXTS, QUERIES)]
    yield "pooled in the graph", {"dense": config}, *give
    config = {"output": "open_state", "pooling": "mean", "dimension": 3}
    give = [[encoder.dense(t, "mean", dimension=3) for t in side] for side in (TEXTS, QUERIES)]
    yield "the first dimensions", {"dense": config}, *give
    config = {
        "output": "last_hidden_state",
        "pooling": "mean",
        "query_prefix": "query: ",
        "document_prefix": "passage: ",
    }
    yield (
        "prefixes",
        {"dense": config},
        [encoder.dense(text, "mean", prefix="passage: ") for text in TEXTS],
        [encoder.dense(text, "mean", prefix="query: ") for text in QUERIES],
    )


def tokens_cases(encoder, layer):
    outside = {"output": "last_hidden_state", "projection": "projection.safetensors"}
    for config in (outside, {**outside, "dimension": 4}):
        give = [
            [encoder.tokens(text, query, config, layer) for text in (QUERIES if query else TEXTS)]
            for query in (False, True)
        ]
        yield f"projected outside of the graph, {config.get('dimension', 'all')}", {"tokens": config}, *give
    marked = {"output": "colbert_vecs", "query_marker": "[unused0]", "document_marker": "[unused1]"}
    filled = {**marked, "query_length": QUERY_LENGTH, "augment_queries": True, "special_tokens": True}
    configs = {
        "of the text alone": {"output": "colbert_vecs"},
        "without a projection, any length": {"output": "last_hidden_state", "normalize": False},
        "the first dimensions": {"output": "colbert_vecs", "dimension": 4},
        "markers": marked,
        "ColBERT": filled,
        "attending to mask tokens": {**filled, "attend_to_mask_tokens": True},
        "with punctuation": {"output": "colbert_vecs", "skip_punctuation": False},
        "skip list": {**filled, "skip_tokens": ["the", "a", "##ing"]},
    }
    for name, config in configs.items():
        give = [
            [encoder.tokens(text, query, config) for text in (QUERIES if query else TEXTS)] for query in (False, True)
        ]
        yield name, {"tokens": config}, *give


def asymmetric_cases(encoder, query_encoder):
    dense = {"output": "last_hidden_state", "pooling": "cls"}
    yield (
        "a graph of their own for queries, dense",
        {"query_graph": "query_encoder.onnx", "dense": dense},
        [encoder.dense(text, "cls") for text in TEXTS],
        [query_encoder.dense(text, "cls") for text in QUERIES],
    )
    sparse = {"output": "logits", "reading": "max_logits"}
    yield (
        "a graph of their own for queries, sparse",
        {"query_graph": "query_encoder.onnx", "sparse": sparse},
        [encoder.sparse(text, "max_logits") for text in TEXTS],
        [query_encoder.sparse(text, "max_logits") for text in QUERIES],
    )


def gate_cases(encoder):
    """Contextualized stop words, as ColBERTer leaves them out."""
    for name, config in {
        "a gate": {"output": "colbert_vecs", "gate": "token_weights"},
        "a gate without a last dimension": {"output": "colbert_vecs", "gate": "flat_weights", "special_tokens": True},
    }.items():
        give = [
            [encoder.tokens(text, query, config) for text in (QUERIES if query else TEXTS)] for query in (False, True)
        ]
        yield name, {"tokens": config}, *give


def query_reading_cases(encoder, query_encoder):
    """Each side its own reading: every pair of some, one of another graph, and of other terms than tokens."""
    documents = {
        "max_logits": {"output": "logits"},
        "sum_logits": {"output": "logits", "threshold": 0.5},
        "token_weights": {"output": "token_weights", "top_k": 6},
        "vocabulary": {"output": "pooled_logits"},
    }
    queries = {
        "max_logits": {"output": "logits", "top_k": 4, "threshold": 0.0},
        "sum_logits": {"output": "logits", "top_k": 256, "threshold": 2.0, "special_tokens": False},
        "token_weights": {"output": "flat_weights", "top_k": 3, "threshold": 0.25},
        "vocabulary": {"output": "pooled_logits", "top_k": 10, "threshold": 0.0},
    }
    signs = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")

    def give(model, texts, reading, config):
        options = {key: config[key] for key in ("top_k", "threshold") if key in config}
        but = () if config.get("special_tokens", True) else signs
        return [model.sparse(text, reading.replace("vocabulary", "max_logits"), but=but, **options) for text in texts]

    for reading, config in documents.items():
        for query_reading, query in queries.items():
            yield (
                f"documents by {reading}, queries by {query_reading}",
                {"sparse": {"reading": reading, **config, "query": {"reading": query_reading, **query}}},
                give(encoder, TEXTS, reading, config),
                give(encoder, QUERIES, query_reading, query),
            )
            own = {"reading": query_reading, **query, "graph": "query_encoder.onnx"}
            yield (
                f"documents by {reading}, queries by {query_reading} of a graph of their own",
                {"sparse": {"reading": reading, **config, "query": own}},
                give(encoder, TEXTS, reading, config),
                give(query_encoder, QUERIES, query_reading, query),
            )
    log_log = {"reading": "max_logits", "saturation": "log_log", "top_k": 5}
    yield (
        "queries by a graph and a saturation of their own, all else as documents",
        {
            "query_graph": "query_encoder.onnx",
            "sparse": {"output": "logits", "threshold": 0.1, "query": log_log},
        },
        [encoder.sparse(text, "max_logits", threshold=0.1) for text in TEXTS],
        [
            query_encoder.sparse(text, "max_logits", top_k=5, threshold=0.1, log=lambda x: np.log1p(np.log1p(x)))
            for text in QUERIES
        ],
    )
    yield (
        "queries once, documents twice",
        {"sparse": {"output": "logits", "echo": True, "query": {"reading": "max_logits", "echo": False}}},
        [encoder.sparse(text, "max_logits", echo=True) for text in TEXTS],
        [encoder.sparse(text, "max_logits") for text in QUERIES],
    )
    words_of = [encoder.word_weights(text) for text in QUERIES]
    yield (
        "the heaviest words of queries",
        {"sparse": {"output": "token_weights", "reading": "word_weights", "query": {"reading": "word_weights", "top_k": 2}}},
        [encoder.word_weights(text) for text in TEXTS],
        [heaviest(weights, 2) for weights in words_of],
    )
    given = [
        [
            {str(d): value for d, value in enumerate(encoder.dense(text, "none", normalize=False)) if value > 0}
            for text in side
        ]
        for side in (TEXTS, QUERIES)
    ]
    yield (
        "the largest dimensions of queries",
        {"sparse": {"output": "pooler_output", "reading": "dimensions", "query": {"reading": "dimensions", "top_k": 2}}},
        given[0],
        [heaviest(weights, 2) for weights in given[1]],
    )


def heaviest(weights, count):
    return dict(sorted(weights.items(), key=lambda entry: -entry[1])[:count])


def pair_cases(encoder):
    for name, config in {
        "one logit": {"output": "logits"},
        "one logit without a last dimension": {"output": "scores"},
        "open columns": {"output": "open_logits", "reading": "two_classes"},
        "two classes": {"output": "class_logits", "reading": "two_classes"},
        "sigmoid": {"output": "logits", "activation": "sigmoid"},
        "sigmoid of two classes": {
            "output": "class_logits",
            "reading": "two_classes",
            "activation": "sigmoid",
        },
        "yes and no of the last token": {
            "output": "token_logits",
            "reading": "yes_no",
            "template": "query: {query} passage: {text} yes!",
        },
        "words of their own for yes and no": {
            "output": "first_logits",
            "reading": "yes_no",
            "yes": "deep",
            "no": "cold",
            "activation": "sigmoid",
        },
        "a template": {"output": "logits", "template": "to {query}: {text}"},
    }.items():
        yield name, config, [[encoder.score(query, text, config) for text in TEXTS] for query in QUERIES]


def decoder_cases(decoder):
    for name, config in {
        "a pair": {"template": "query: {query} passage: {text} yes"},
        "a pair, text first": {"template": "{text}: {query}", "yes": "deep", "no": "cold"},
        "a text alone": {"template": "passage: {text} yes or no"},
    }.items():
        config = {"reading": "yes_no", "decoder_start": "[PAD]", **config}
        yield name, config, [[decoder.score(query, text, config) for text in TEXTS] for query in QUERIES]


def generator_cases(generator):
    decoder = {"decoder_start": "[PAD]", "decoder_end": "[SEP]"}
    for name, prefix in {"a text as it is": "", "a text behind a prompt": "query of passage: "}.items():
        template = {"template": prefix + "{text}"} if prefix else {}
        yield {
            "name": name,
            "config": {**decoder, **template},
            "likeliest": {str(most): [generator.likeliest(text, prefix, most) for text in TEXTS] for most in (3, 12)},
            "first_words": [generator.first_words(text, prefix, 4) for text in TEXTS],
            "judge": {
                "reading": "yes_no",
                "decoder_start": "[PAD]",
                "template": prefix + "{text}",
            },
            "scores": [generator.score(text, prefix) for text in TEXTS],
        }


def rounded(value):
    """Six digits are enough, and keep the file small."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return value


def write_safetensors(path, tensors):
    """Hugging Face's format, with the tensors' own types."""
    header, values = {}, b""
    for name, tensor in tensors.items():
        kind = {"float32": "F32", "float16": "F16"}[str(tensor.dtype)]
        offsets = [len(values), len(values) + tensor.nbytes]
        header[name] = {"dtype": kind, "shape": tensor.shape, "data_offsets": offsets}
        values += tensor.tobytes()
    header = json.dumps(header).encode()
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(header)) + header + values)


def write(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(rounded(value), file, ensure_ascii=False)
        file.write("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=pathlib.Path)
    directory = parser.parse_args().directory
    generator = np.random.default_rng(3)
    idf = {token: float(np.float32(generator.uniform(0, 9))) for token in VOCABULARY[12:]}
    idf["the"] = 0.0
    encoder, query_encoder, cross_encoder, decoder = Encoder(1), Encoder(4), CrossEncoder(), Decoder()
    query_generator = QueryGenerator()
    maps = {
        f"{side}_map": rows(np.random.default_rng(6 + i), 3, HIDDEN) for i, side in enumerate(("query", "document"))
    }
    generator = np.random.default_rng(9)
    layer = {"linear.weight": rows(generator, 3, HIDDEN), "linear.bias": rows(generator, 3)}
    projection = {"linear.weight": rows(generator, 5, HIDDEN).astype(np.float16)}
    write_safetensors(directory / "2_Dense" / "model.safetensors", layer)
    write_safetensors(directory / "projection.safetensors", projection)
    write(directory / "2_Dense" / "config.json", {"activation_function": "torch.nn.modules.activation.Tanh"})
    encoder.save(directory / "encoder.onnx")
    query_encoder.save(directory / "query_encoder.onnx")
    cross_encoder.save(directory / "cross_encoder.onnx")
    decoder.save(directory / "sequence_to_sequence.onnx")
    query_generator.save(directory)
    for name, weights in maps.items():
        write(directory / f"{name}.json", weights.tolist())
    (directory / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    write(directory / "idf.json", idf)
    cases = [
        *sparse_cases(encoder, rounded(idf)),
        *dense_cases(encoder, maps, layer),
        *tokens_cases(encoder, projection),
        *asymmetric_cases(encoder, query_encoder),
        *query_reading_cases(encoder, query_encoder),
        *gate_cases(encoder),
    ]
    write(
        directory / "expected.json",
        {
            "max_tokens": MAX_TOKENS,
            "texts": TEXTS,
            "queries": QUERIES,
            "encoders": [
                {"name": name, "config": config, "documents": documents, "queries": queries}
                for name, config, documents, queries in cases
            ],
            "cross_encoders": [
                {"name": name, "config": config, "scores": scores} for name, config, scores in pair_cases(cross_encoder)
            ],
            "decoders": [
                {"name": name, "config": config, "scores": scores} for name, config, scores in decoder_cases(decoder)
            ],
            "query_generators": list(generator_cases(query_generator)),
        },
    )


if __name__ == "__main__":
    main()
