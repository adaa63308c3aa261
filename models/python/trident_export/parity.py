"""How far a quantised graph is from the one that it was made of, on random inputs."""

import numpy as np

LENGTHS = (1, 7, 32, 120)
SEED = 1


def session(path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def inputs(graph, vocabulary, length, generator):
    """Random tokens for every input of a graph, all attended to."""
    feed = {}
    for tensor in graph.get_inputs():
        dtype = np.int32 if "int32" in tensor.type else np.int64
        if "mask" in tensor.name:
            feed[tensor.name] = np.ones((1, length), dtype)
        elif "position" in tensor.name:
            feed[tensor.name] = np.arange(length, dtype=dtype)[None, :]
        elif "type" in tensor.name:
            feed[tensor.name] = np.zeros((1, length), dtype)
        else:
            feed[tensor.name] = generator.integers(0, vocabulary, (1, length)).astype(dtype)
    return feed


def cosine(one, other):
    one, other = one.ravel().astype(np.float64), other.ravel().astype(np.float64)
    return float(one @ other / max(np.linalg.norm(one) * np.linalg.norm(other), 1e-12))


def compare(before, after, vocabulary, longest):
    """The smallest cosine between what both graphs give, by output; None without onnxruntime."""
    try:
        first, second = session(before), session(after)
    except ImportError:
        return None
    names = [output.name for output in first.get_outputs()]
    smallest = dict.fromkeys(names, 1.0)
    generator = np.random.default_rng(SEED)
    for length in [length for length in LENGTHS if length <= longest]:
        feed = inputs(first, vocabulary, length, generator)
        for name, one, other in zip(names, first.run(names, feed), second.run(names, feed)):
            smallest[name] = min(smallest[name], cosine(one, other))
    return smallest
