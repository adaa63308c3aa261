"""A thin notation for ONNX graphs: every call adds a node and gives the name of its output."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8
_TYPES = {"int64": TensorProto.INT64, "float": TensorProto.FLOAT}


class Graph:
    """Nodes and constants of a graph in the making."""

    def __init__(self):
        self._nodes = []
        self._constants = {}
        self._initializers = []

    def constant(self, value, dtype=None):
        """A tensor of the model; equal ones are stored once."""
        array = np.ascontiguousarray(value, dtype)
        key = (str(array.dtype), array.shape, array.tobytes())
        if key not in self._constants:
            name = f"c{len(self._constants)}"
            self._constants[key] = name
            self._initializers.append(numpy_helper.from_array(array.reshape(array.shape), name))
        return self._constants[key]

    def floats(self, *values):
        """A vector of floats, or a scalar when there is one."""
        return self.constant(values[0] if len(values) == 1 else values, np.float32)

    def axes(self, *values):
        """A vector of 64-bit integers."""
        return self.constant(list(values), np.int64)

    def node(self, kind, *inputs, output=None, **attributes):
        """Adds a node with one output."""
        name = output or f"{kind.lower()}{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def nodes(self, kind, *inputs, count, **attributes):
        """Adds a node with several outputs."""
        names = [f"{kind.lower()}{len(self._nodes)}_{i}" for i in range(count)]
        self._nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names

    def cast(self, value, kind):
        """Converts to `float` or `int64`."""
        return self.node("Cast", value, to=_TYPES[kind])

    def table(self, values, ids, bits=8):
        """Rows of a table of floats by id; the table is held in 8 bits with a scale for each row."""
        codes, scales = quantise(values, bits)
        rows = self.cast(self.node("Gather", self.constant(codes), ids), "float")
        scale = self.node("Gather", self.constant(scales[:, None], np.float32), ids)
        return self.node("Mul", rows, scale)

    def weights(self, values, bits=8):
        """A matrix of floats, transposed, held in 8 bits with a scale for each row of `values`."""
        codes, scales = quantise(values, bits)
        rows = self.node("Mul", self.cast(self.constant(codes), "float"), self.constant(scales[:, None], np.float32))
        return self.node("Transpose", rows, perm=[1, 0])

    def unit(self, vectors):
        """Vectors of length one along the last axis; zero stays zero."""
        length = self.node("ReduceL2", vectors, axes=[-1], keepdims=1)
        return self.node("Div", vectors, self.node("Max", length, self.floats(1e-6)))

    def save(self, path, name, inputs, outputs, description, floats=()):
        """Checks and writes the model.

        Inputs are names of int64 [batch, tokens], or (name, shape); outputs and further inputs in
        `floats` are (name, shape) of floats.
        """
        graph = helper.make_graph(
            self._nodes,
            name,
            [
                helper.make_tensor_value_info(n, TensorProto.INT64, shape)
                for n, shape in ((i, ["batch", "tokens"]) if isinstance(i, str) else i for i in inputs)
            ]
            + [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in floats],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in outputs],
            self._initializers,
        )
        model = helper.make_model(
            graph,
            producer_name="trident-training",
            doc_string=description,
            opset_imports=[helper.make_opsetid("", OPSET)],
        )
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model, full_check=True)
        path.write_bytes(model.SerializeToString(deterministic=True))


def quantise(values, bits=8):
    """Codes in 8-bit integers and a scale for each row."""
    most = 2 ** (bits - 1) - 1
    scales = np.maximum(np.abs(values).max(1), 1e-12) / most
    return np.rint(values / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def dequantised(values, bits=8):
    """What is left of values after quantisation."""
    codes, scales = quantise(values, bits)
    return codes.astype(np.float32) * scales[:, None]
