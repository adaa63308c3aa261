"""The ONNX graphs of the two embedded models, over the same table of static token embeddings."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
KERNELS = [0.9, 0.7, 0.5, 0.3, 0.1]
SIGMA = 0.1
K1 = 1.2
B = 0.75


class Graph:
    """Collects nodes and constants under generated names."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, value, kind=np.float32):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def __call__(self, operator, *inputs, name=None, **attributes):
        output = name or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def cast(self, value, kind=TensorProto.FLOAT):
        return self("Cast", value, to=kind)

    def save(self, path, inputs, outputs):
        graph = helper.make_graph(
            self.nodes, "trident",
            [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "tokens"]) for n in inputs],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in outputs],
            self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="trident")
        model.ir_version = 8
        onnx.checker.check_model(model)
        onnx.save(model, path)


def quantise(table):
    """One signed byte a dimension, on a scale of each row's own."""
    scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-9) / 127
    return np.rint(table / scale).astype(np.int8), scale.astype(np.float32)


def embed(g, table, ids):
    codes, scale = quantise(table)
    rows = g.cast(g("Gather", g.constant(codes, np.int8), ids, axis=0))
    return g("Mul", rows, g("Gather", g.constant(scale), ids, axis=0))


def equal_tokens(g, ids):
    """[batch, tokens, tokens]: 1 where two positions hold the same token."""
    return g.cast(g("Equal", g("Unsqueeze", ids, g.constant([2], np.int64)),
                    g("Unsqueeze", ids, g.constant([1], np.int64))))


def encoder(path, table, idf, average_length, token_dimension):
    """sparse: saturated, length-normalised counts; dense: the sum of embeddings; tokens: embeddings mixed with neighbours."""
    g = Graph()
    mask = g.cast("attention_mask")
    rows = g("Mul", embed(g, table, "input_ids"), g("Unsqueeze", mask, g.constant([2], np.int64)))

    content = g("Mul", mask, g.cast(g("Greater", g("Gather", g.constant(idf), "input_ids", axis=0), g.constant(0))))
    counts = g("ReduceSum", g("Mul", equal_tokens(g, "input_ids"), g("Unsqueeze", content, g.constant([1], np.int64))),
               g.constant([2], np.int64), keepdims=0)
    length = g("ReduceSum", content, g.constant([1], np.int64), keepdims=1)
    norm = g("Add", g.constant(K1 * (1 - B)), g("Mul", g.constant(K1 * B / average_length), length))
    saturated = g("Div", g("Mul", counts, g.constant(K1 + 1)), g("Add", counts, norm))
    g("Mul", saturated, content, name="sparse")

    g("ReduceSum", rows, g.constant([1], np.int64), keepdims=0, name="dense")

    narrow = g("Slice", rows, g.constant([0], np.int64), g.constant([token_dimension], np.int64), g.constant([2], np.int64))
    channels = g("Transpose", narrow, perm=[0, 2, 1])
    around = g("Transpose", g("AveragePool", channels, kernel_shape=[5], pads=[2, 2], count_include_pad=1), perm=[0, 2, 1])
    g("Add", narrow, g("Mul", around, g.constant(0.8)), name="tokens")
    g.save(path, ["input_ids", "attention_mask"],
           [("sparse", ["batch", "tokens"]), ("dense", ["batch", table.shape[1]]),
            ("tokens", ["batch", "tokens", token_dimension])])


def cross_encoder(path, table, idf, average_length, head):
    """Kernel pooling over the soft match matrix (K-NRM, Xiong et al., SIGIR 2017), with exact and bigram matches."""
    g = Graph()
    last, middle = g.constant([2], np.int64), g.constant([1], np.int64)
    rows = embed(g, table, "input_ids")
    unit = g("Div", rows, g("Add", g("ReduceL2", rows, axes=[2], keepdims=1), g.constant(1e-9)))
    similarity = g("MatMul", unit, g("Transpose", unit, perm=[0, 2, 1]))
    weight = g("Gather", g.constant(idf), "input_ids", axis=0)
    present = g.cast(g("Greater", weight, g.constant(0)))
    second = g.cast("token_type_ids")
    alive = g("Mul", g.cast("attention_mask"), present)
    text = g("Mul", alive, second)
    query = g("Mul", g("Mul", alive, g("Sub", g.constant(1), second)), weight)
    total = g("Add", g("ReduceSum", query, middle, keepdims=1), g.constant(1e-6))
    in_text = g("Unsqueeze", text, middle)
    equal = g("Mul", equal_tokens(g, "input_ids"), in_text)

    def pooled(value):
        return g("Div", g("ReduceSum", g("Mul", query, value), middle, keepdims=1), total)

    counts = g("ReduceSum", equal, last, keepdims=0)
    length = g("ReduceSum", text, middle, keepdims=1)
    norm = g("Add", g.constant(K1 * (1 - B)), g("Mul", g.constant(K1 * B / average_length), length))
    features = [pooled(g("Div", g("Mul", counts, g.constant(K1 + 1)), g("Add", counts, norm)))]
    follows = g("Mul", g("Slice", equal, g.constant([0, 0], np.int64), g.constant([-1, -1], np.int64), g.constant([1, 2], np.int64)),
                g("Slice", equal, g.constant([1, 1], np.int64), g.constant([2**31, 2**31], np.int64), g.constant([1, 2], np.int64)))
    bigrams = g("ReduceMax", follows, axes=[2], keepdims=0)
    features.append(pooled(g("Pad", bigrams, g.constant([0, 0, 0, 1], np.int64))))
    for mu in KERNELS:
        gap = g("Sub", similarity, g.constant(mu))
        kernel = g("Exp", g("Mul", g("Mul", gap, gap), g.constant(-1 / (2 * SIGMA * SIGMA))))
        mass = g("ReduceSum", g("Mul", kernel, in_text), last, keepdims=0)
        features.append(pooled(g("Log", g("Add", mass, g.constant(1)))))
    g("MatMul", g("Concat", *features, axis=1), g.constant(head.reshape(-1, 1)), name="logits")
    g.save(path, ["input_ids", "attention_mask", "token_type_ids"], [("logits", ["batch", 1])])


def unit_rows(matrix):
    return matrix / (np.linalg.norm(matrix, axis=-1, keepdims=True) + 1e-9)


def cross_features(table, idf, average_length, query, text):
    """What cross_encoder computes before its head, for one pair of id arrays."""
    weight = idf[query]
    total = weight.sum() + 1e-6
    alive = idf[text] > 0
    length = alive.sum()
    equal = (query[:, None] == text[None, :]) & alive[None, :]
    counts = equal.sum(1)
    norm = K1 * (1 - B) + K1 * B / average_length * length
    follows = (equal[:-1, :-1] & equal[1:, 1:]).max(1, initial=False) if len(query) > 1 and len(text) > 1 else np.zeros(max(len(query) - 1, 0))
    features = [(weight * (counts * (K1 + 1) / (counts + norm))).sum() / total,
                (weight[:len(follows)] * follows).sum() / total]
    similarity = unit_rows(table[query]) @ unit_rows(table[text]).T
    for mu in KERNELS:
        mass = (np.exp(-((similarity - mu) ** 2) / (2 * SIGMA * SIGMA)) * alive[None, :]).sum(1)
        features.append((weight * np.log1p(mass)).sum() / total)
    return np.array(features, np.float32)
