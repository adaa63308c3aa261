"""Turns a Hugging Face folder with an ONNX graph into a Trident folder.

python3 -m trident_export FOLDER TARGET [--int8] [--config trident.json] [--least 0.99]
"""

import argparse
import json
import pathlib
import shutil
import sys

import onnx

from trident_export import config, parity, quantise

# What a model needs beside its graph.
FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "idf.json",
    "README.md",
)

# A graph that is all, or an encoder; the decoder lies beside it.
GRAPHS = ("model.onnx", "onnx/model.onnx", "encoder_model.onnx", "onnx/encoder_model.onnx")


def graphs_of(folder):
    for name in GRAPHS:
        if (folder / name).is_file():
            graph = folder / name
            decoder = graph.with_name("decoder_model.onnx")
            return [graph, decoder] if "encoder_" in graph.name and decoder.is_file() else [graph]
    raise ValueError(
        f"[{folder}] must have model.onnx or onnx/model.onnx; make it with Optimum: "
        "optimum-cli export onnx --model MODEL FOLDER"
    )


def quantised(source, target, least, longest, vocabulary):
    """Writes a quantised graph; refuses one that is too far from its source."""
    model = onnx.load(source)
    count = quantise.quantise(model)
    onnx.checker.check_model(model)
    onnx.save(model, target)
    before, after = source.stat().st_size, target.stat().st_size
    print(f"{count} nodes read 8 bits now; {before} bytes became {after}")
    if target.name == "decoder_model.onnx":
        print("a decoder needs what its encoder gives: the two graphs were not compared")
        return
    found = parity.compare(source, target, vocabulary, longest)
    if found is None:
        print("onnxruntime is not installed: the two graphs were not compared")
        return
    for name, value in found.items():
        print(f"output {name}: smallest cosine {value:.4f}")
    worst = min(found.values())
    if worst < least:
        raise ValueError(f"the cosine must be at least {least}, got {worst:.4f}")


def vocabulary_of(folder):
    if (folder / "vocab.txt").is_file():
        return len((folder / "vocab.txt").read_text(encoding="utf-8").splitlines())
    return len(config.read(folder, "tokenizer.json")["model"]["vocab"])


def weights_of(described):
    """The files of weights outside of the graph that a trident.json names, and what belongs to them."""
    sparse, tokens = described.get("sparse", {}), described.get("tokens", {})
    named = [tokens.get("projection"), sparse.get("autoencoder"), sparse.get("query", {}).get("file")]
    for dense in (described.get("dense", {}), sparse.get("dense", {})):
        named += [dense.get("query_map"), dense.get("document_map")]
    files = {file for name in named if name for file in ([name] if isinstance(name, str) else name)}
    beside = {str(pathlib.PurePosixPath(name).with_name("config.json")) for name in files if "/" in name}
    return sorted(files | beside)


def export(folder, target, int8=False, config_file=None, least=0.99):
    """Writes a Trident folder, whole or not at all, and gives what its trident.json says."""
    target.mkdir(parents=True)
    try:
        return write(folder, target, int8, config_file, least)
    except ValueError:
        shutil.rmtree(target)
        raise


def write(folder, target, int8, config_file, least):
    sources = graphs_of(folder)
    given = config_file or folder / "trident.json"
    if pathlib.Path(given).is_file():
        described = json.loads(pathlib.Path(given).read_text(encoding="utf-8"))
    else:
        described = config.published(folder)
    for name in (*FILES, *weights_of(described)):
        if (folder / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / name, target / name)
    for source in sources:
        if int8:
            longest = described.get("max_tokens", 512)
            quantised(source, target / source.name, least, longest, vocabulary_of(folder))
        else:
            for file in source.parent.glob(source.name + "*"):  # its weights may lie beside it
                shutil.copy(file, target / file.name)
    text = json.dumps(described, ensure_ascii=False, indent=1)
    (target / "trident.json").write_text(text + "\n", encoding="utf-8")
    return described


def main():
    parser = argparse.ArgumentParser(prog="trident_export", description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help="as published, with an ONNX graph")
    parser.add_argument("target", type=pathlib.Path, help="the folder to make")
    parser.add_argument("--int8", action="store_true", help="quantise matrix products and tables")
    parser.add_argument("--config", type=pathlib.Path, help="a trident.json to use")
    parser.add_argument("--least", type=float, default=0.99, help="the smallest cosine to accept")
    options = parser.parse_args()
    try:
        export(options.folder, options.target, options.int8, options.config, options.least)
    except ValueError as e:
        sys.exit(f"{parser.prog}: {e}")


if __name__ == "__main__":
    main()
