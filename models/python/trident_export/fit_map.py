"""Fits the map of a dense_vector field that is searched in fewer dimensions than its vectors have.

python3 -m trident_export.fit_map DOCUMENTS TARGET --dimension 160 [--queries QUERIES] [--similarity cosine]

The vectors of documents span principal axes, which keep most of every product with them. Queries that lie
elsewhere, as questions beside paragraphs do, are fitted too when some are given: leading eigenvectors of a mixture
of both sides' moments (LeanVec: Tepper et al., 2024). Both are files of numpy, one vector per row. TARGET is the
value of the mapping's [reduced] where it ends with .json, and a file for a model's folder where it ends with
.safetensors.
"""

import argparse
import base64
import json
import pathlib
import struct
import sys

import numpy as np

# Of the map's rotation: the same vectors give the same map.
SEED = 384

# How near the best mixture is sought.
TOLERANCE = 1e-3

GOLDEN = (np.sqrt(5) - 1) / 2


def moment(vectors):
    """The mean of the vectors' outer products."""
    return vectors.T @ vectors / len(vectors)


def leading(matrix, count):
    """The eigenvectors of the largest eigenvalues, as rows, the largest first."""
    return np.linalg.eigh(matrix)[1][:, ::-1][:, :count].T


def lost(rows, queries, documents):
    """What the map loses of the products of all queries with all documents, whose moments are given."""
    rest = np.eye(rows.shape[1]) - rows.T @ rows
    return np.trace(rest @ queries @ rest @ documents)


def mixture(queries, documents, count):
    """The rows of the mixture of two moments that loses least, by golden sections and at both ends."""

    def rows(share):
        return leading((1 - share) * queries + share * documents, count)

    def loss(share):
        return lost(rows(share), queries, documents)

    low, high = 0.0, 1.0
    while high - low > TOLERANCE:
        one, other = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if loss(one) < loss(other):
            high = other
        else:
            low = one
    return rows(min((0.0, (low + high) / 2, 1.0), key=loss))


def rotated(rows):
    """The same space on other axes, which all vary alike: codes give each axis as many bits."""
    random = np.random.default_rng(SEED).standard_normal((len(rows), len(rows)))
    rotation, triangle = np.linalg.qr(random)
    return rotation * np.sign(np.diag(triangle)) @ rows


def fit(documents, dimension, queries=None, similarity="cosine"):
    """The rows of a map, orthonormal.

    documents, queries: one vector per row
    """
    sides = [np.asarray(side, np.float64) for side in (documents, queries) if side is not None]
    for side in sides:
        if side.ndim != 2 or side.shape[1] != sides[0].shape[1] or not np.isfinite(side).all() or len(side) == 0:
            raise ValueError(f"vectors must be finite rows of one length, got the shape {side.shape}")
    width = sides[0].shape[1]
    if not 0 < dimension < width:
        raise ValueError(f"the dimension must be at least 1 and less than {width}, got {dimension}")
    if similarity == "cosine":
        sides = [side / np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-30) for side in sides]
    moments = [moment(side) for side in sides]
    if len(moments) == 1:
        return rotated(leading(moments[0], dimension))
    return rotated(mixture(moments[1], moments[0], dimension))


def mapping(rows):
    """The value of the mapping's parameter: numbers of two bytes in base64."""
    text = base64.b64encode(rows.astype("<f2").tobytes()).decode("ascii")
    return json.dumps({"dimension": len(rows), "rows": "float16:" + text})


def safetensors(rows):
    """A file with one tensor, as of a linear layer without bias."""
    data = rows.astype("<f4").tobytes()
    tensor = {"dtype": "F32", "shape": list(rows.shape), "data_offsets": [0, len(data)]}
    header = json.dumps({"linear.weight": tensor}).encode("ascii")
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + data


def write(rows, target):
    if target.suffix == ".json":
        target.write_text(mapping(rows) + "\n", encoding="utf-8")
    elif target.suffix == ".safetensors":
        target.write_bytes(safetensors(rows))
    else:
        raise ValueError(f"the target must end with .json or .safetensors, got [{target}]")


def main():
    parser = argparse.ArgumentParser(prog="trident_export.fit_map", description=__doc__)
    parser.add_argument("documents", type=pathlib.Path, help="vectors of documents, a .npy file")
    parser.add_argument("target", type=pathlib.Path, help="a .json or .safetensors file to make")
    parser.add_argument("--dimension", type=int, required=True, help="how many dimensions remain")
    parser.add_argument("--queries", type=pathlib.Path, help="vectors of queries, a .npy file")
    parser.add_argument("--similarity", choices=("cosine", "dot_product", "l2_norm"), default="cosine")
    options = parser.parse_args()
    queries = np.load(options.queries) if options.queries else None
    try:
        write(fit(np.load(options.documents), options.dimension, queries, options.similarity), options.target)
    except ValueError as e:
        sys.exit(f"{parser.prog}: {e}")


if __name__ == "__main__":
    main()
