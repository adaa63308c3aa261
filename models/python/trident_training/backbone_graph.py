"""A backbone as nodes of a graph, in 8 bits or in floats.

Matrix products read 8 bits: weights with a scale for each column, what they multiply quantised as
the graph runs (`DynamicQuantizeLinear`, `MatMulInteger`). Tables hold 8 bits with a scale for each
row.
"""

import numpy as np
import torch

from trident_training import backbone, graph


class Writer:
    """Writes the modules of a backbone."""

    def __init__(self, g, floats=False):
        self.g, self.floats = g, floats

    def values(self, parameter):
        """A parameter as a constant of floats."""
        return self.g.constant(parameter.detach().numpy(), np.float32)

    def product(self, x, weight, bias=None):
        """x W^T + bias, for a weight [out, in]."""
        g, weight = self.g, weight.detach().numpy()
        if self.floats:
            y = g.node("MatMul", x, g.constant(weight.T, np.float32))
        else:
            codes, scales = graph.quantise(weight)
            y = self.integers(x, g.constant(codes.T), scales)
        return y if bias is None else g.node("Add", y, self.values(bias))

    def integers(self, x, codes, scales):
        """x times codes, each column of which has a scale."""
        g = self.g
        quantised, scale, zero = g.nodes("DynamicQuantizeLinear", x, count=3)
        sums = g.cast(g.node("MatMulInteger", quantised, codes, zero), "float")
        return g.node("Mul", sums, g.node("Mul", scale, g.constant(scales, np.float32)))

    def linear(self, x, layer):
        return self.product(x, layer.weight, layer.bias)

    def norm(self, x, layer, epsilon=backbone.EPSILON):
        return self.g.node(
            "LayerNormalization", x, self.values(layer.weight), self.values(layer.bias), axis=-1, epsilon=epsilon
        )

    def gelu(self, x):
        g = self.g
        error = g.node("Add", g.node("Erf", g.node("Div", x, g.floats(2**0.5))), g.floats(1))
        return g.node("Mul", g.node("Mul", x, error), g.floats(0.5))

    def layer(self, x, layer, hidden):
        g, heads = self.g, backbone.HEADS
        together = self.product(
            x,
            torch.cat([layer.query.weight, layer.key.weight, layer.value.weight]),
            torch.cat([layer.query.bias, layer.key.bias, layer.value.bias]),
        )
        split = g.node("Reshape", together, g.axes(0, 0, 3, heads, backbone.WIDTH // heads))
        parts = g.nodes("Split", g.node("Transpose", split, perm=[2, 0, 3, 1, 4]), count=3, axis=0)
        query, key, value = (g.node("Squeeze", part, g.axes(0)) for part in parts)
        weights = g.node("MatMul", query, g.node("Transpose", key, perm=[0, 1, 3, 2]))
        weights = g.node("Mul", weights, g.floats((backbone.WIDTH // heads) ** -0.5))
        weights = g.node("Softmax", g.node("Add", weights, hidden), axis=-1)
        read = g.node("Transpose", g.node("MatMul", weights, value), perm=[0, 2, 1, 3])
        read = g.node("Reshape", read, g.axes(0, 0, backbone.WIDTH))
        x = self.norm(g.node("Add", x, self.linear(read, layer.attended)), layer.after_attention)
        inner = self.gelu(self.linear(x, layer.inner))
        return self.norm(g.node("Add", x, self.linear(inner, layer.outer)), layer.after_network)

    def table(self, embedding, ids):
        """Rows of an embedding."""
        values = embedding.weight.detach().numpy()
        return (
            self.g.node("Gather", self.g.constant(values, np.float32), ids)
            if self.floats
            else self.g.table(values, ids)
        )

    def places(self, embedding, ids):
        """The first rows of an embedding, one for each position of a text."""
        g, values = self.g, embedding.weight.detach().numpy()
        length = g.node("Slice", g.node("Shape", ids), g.axes(1), g.axes(2))

        def first(table):
            return g.node("Slice", table, g.axes(0), length, g.axes(0))

        if self.floats:
            return first(g.constant(values, np.float32))
        codes, scales = graph.quantise(values)
        return g.node("Mul", g.cast(first(g.constant(codes)), "float"), first(g.constant(scales[:, None], np.float32)))

    def states(self, module, ids, held, types=None):
        """The last states of ids; `held` is the mask in floats."""
        g = self.g
        x = g.node("Add", self.table(module.words, ids), self.places(module.positions, ids))
        kind = (
            self.values(module.types.weight[0])
            if types is None
            else g.node("Gather", self.values(module.types.weight), types)
        )
        x = self.norm(g.node("Add", x, kind), module.norm)
        hidden = g.node("Mul", g.node("Sub", g.floats(1), held), g.floats(-1e4))
        hidden = g.node("Unsqueeze", hidden, g.axes(1, 2))
        for layer in module.layers:
            x = self.layer(x, layer, hidden)
        return x
