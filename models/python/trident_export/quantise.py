"""Dynamic quantisation of a graph to 8 bits, with numpy alone.

What ONNX Runtime's `quantize_dynamic` does to the weights of matrix products: they become int8 with a
scale for each column, and what they are multiplied with is quantised by the graph as it runs. The
rows of embedding tables become int8 with a scale for each row. Everything else stays as it is.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

# A smaller tensor costs more nodes than it saves bytes.
LEAST = 32


def codes_and_scales(values, axis):
    """int8 codes and float scales, one scale for each index of the other axis."""
    scales = np.maximum(np.abs(values).max(axis=axis, keepdims=True), 1e-12) / 127
    return np.rint(values / scales).astype(np.int8), scales.astype(np.float32)


class Quantiser:
    """Replaces the nodes of one graph that read a constant matrix."""

    def __init__(self, graph):
        self.graph = graph
        self.constants = {tensor.name: tensor for tensor in graph.initializer}
        self.added = {}
        self.quantised = {}
        self.nodes = []

    def add(self, name, array):
        """An initializer of the new graph; one of each name."""
        if name not in self.added:
            self.added[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def matrix(self, name):
        """The values of a constant float matrix; None for anything else."""
        tensor = self.constants.get(name)
        if tensor is None or tensor.data_type != TensorProto.FLOAT or len(tensor.dims) != 2:
            return None
        return numpy_helper.to_array(tensor) if np.prod(tensor.dims) >= LEAST else None

    def node(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def product(self, node, weights):
        """x W as integers: both sides in 8 bits, the sum in 32, scaled back."""
        codes, scales = codes_and_scales(weights, axis=0)
        name, out = node.input[1], node.output[0]
        weight = self.add(name + "_int8", codes)
        scale = self.add(name + "_scale", scales[0])
        outputs = [f"{out}_{part}" for part in ("codes", "scale", "zero")]
        self.nodes.append(helper.make_node("DynamicQuantizeLinear", [node.input[0]], outputs))
        sums = self.node("MatMulInteger", [outputs[0], weight, outputs[2]], out + "_sums")
        floats = self.node("Cast", [sums], out + "_floats", to=TensorProto.FLOAT)
        both = self.node("Mul", [outputs[1], scale], out + "_scales")
        self.node("Mul", [floats, both], out)

    def lookup(self, node, table):
        """Rows of a table, scaled back."""
        codes, scales = codes_and_scales(table, axis=1)
        name, out = node.input[0], node.output[0]
        row = self.node("Gather", [self.add(name + "_int8", codes), node.input[1]], out + "_row")
        scale = self.node("Gather", [self.add(name + "_scale", scales), node.input[1]], out + "_scale")
        self.node("Mul", [self.node("Cast", [row], out + "_floats", to=TensorProto.FLOAT), scale], out)

    def run(self):
        """Rewrites the graph, and gives the number of nodes that read 8 bits now."""
        count = 0
        for node in self.graph.node:
            axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
            if node.op_type == "MatMul" and self.matrix(node.input[1]) is not None:
                self.product(node, self.matrix(node.input[1]))
                count += 1
            elif node.op_type == "Gather" and axis == 0 and self.matrix(node.input[0]) is not None:
                self.lookup(node, self.matrix(node.input[0]))
                count += 1
            else:
                self.nodes.append(node)
        del self.graph.node[:]
        self.graph.node.extend(self.nodes)
        read = {name for node in self.nodes for name in node.input}
        kept = [tensor for name, tensor in self.constants.items() if name in read]
        del self.graph.initializer[:]
        self.graph.initializer.extend(kept + list(self.added.values()))
        return count


def quantise(model):
    """Quantises a loaded model in place, and gives the number of nodes that read 8 bits now."""
    return Quantiser(model.graph).run()
