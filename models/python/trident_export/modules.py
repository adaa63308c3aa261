"""The modules of Sentence Transformers and PyLate: the steps on the way from a text to its vector."""

import json
import pathlib
from dataclasses import dataclass

# Packages whose modules are what their names say.
PACKAGES = ("sentence_transformers.", "pylate.")

DIMENSION = {"word_embedding_dimension", "embedding_dimension"}
POOLING_MODES = ("cls_token", "mean_tokens", "lasttoken", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens")

# Kinds of modules that are understood: the classes, and the options in their own config.json.
KINDS = {
    "transformer": ({"Transformer", "MLMTransformer"}, None),
    "pooling": (
        {"Pooling"},
        {*DIMENSION, "include_prompt", "pooling_mode", *(f"pooling_mode_{mode}" for mode in POOLING_MODES)},
    ),
    "dense": (
        {"Dense"},
        {
            "in_features",
            "out_features",
            "bias",
            "activation_function",
            "use_residual",
            "module_input_name",
            "module_output_name",
        },
    ),
    "normalize": ({"Normalize"}, set()),
    "dropout": ({"Dropout"}, {"dropout"}),
    "splade_pooling": ({"SpladePooling"}, {*DIMENSION, "pooling_strategy", "activation_function", "chunk_size"}),
    "autoencoder": (
        {"SparseAutoEncoder"},
        {"input_dim", "hidden_dim", "k", "k_aux", "normalize", "dead_threshold"},
    ),
    "static_embedding": ({"SparseStaticEmbedding", "IDF"}, {"frozen", "path"}),
    "router": ({"Router"}, None),
}


def read(folder, name):
    path = folder / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


@dataclass(frozen=True)
class Module:
    folder: pathlib.Path
    type: str
    path: str

    def __post_init__(self):
        if self.kind is None:
            raise self.invalid("that is not understood")
        unknown = set(self.options) - (KINDS[self.kind][1] or set())
        if unknown:
            raise self.invalid(f"whose options {sorted(unknown)} are not understood")

    @property
    def kind(self):
        name = self.type.rpartition(".")[2]
        kinds = (kind for kind, (names, _) in KINDS.items() if name in names)
        return next(kinds, None) if self.type.startswith(PACKAGES) else None

    @property
    def options(self):
        """Those in its own config.json; a graph and a router have files of their own."""
        has = self.kind is not None and KINDS[self.kind][1] is not None and self.path
        return read(self.folder, self.file("config.json")) if has else {}

    def file(self, name):
        return f"{self.path}/{name}" if self.path else name

    def weights(self):
        """The file of its weights, which exports leave out of the graph."""
        file = self.file("model.safetensors")
        if not (self.folder / file).is_file():
            raise self.invalid(f"that must have the file [{file}]")
        return file

    def one_of(self, option, absent, meanings):
        value = self.options.get(option, absent)
        if value not in meanings:
            raise self.invalid(f"that must have the option [{option}] of {sorted(meanings)}, got [{value}]")
        return meanings[value]

    def invalid(self, what):
        return ValueError(
            f"has a module [{self.type}] in [{self.path or '.'}] {what}; "
            "a trident.json with --config would say instead how the graph is read"
        )


def modules(folder, side):
    """The modules that the texts of a side go through, with its route in place of each router."""
    for entry in read(folder, "modules.json"):
        module = Module(folder, entry["type"], entry["path"])
        yield from route(module, side) if module.kind == "router" else [module]


def route(router, side):
    file = router.file("router_config.json")
    config = read(router.folder, file)
    if config.get("parameters", {}).get("route_mappings"):
        raise router.invalid(f"whose [route_mappings] in [{file}] are not understood")
    structure = config.get("structure", {})
    if not structure.get(side):
        raise router.invalid(f"that must have routes for [query] and [document] in [{file}], got {list(structure)}")
    for name in structure[side]:
        path = router.file(name) if name else router.path
        module = Module(router.folder, config.get("types", {}).get(name, ""), path)
        if module.kind == "router":
            raise module.invalid("that is not understood inside of another one")
        yield module


class Chain:
    """The modules of a side. They are taken one after the other, so none is passed over."""

    def __init__(self, folder, side):
        self.folder, self.side = folder, side
        self.left = [module for module in modules(folder, side) if module.kind != "dropout"]

    def is_next(self, kind):
        return bool(self.left) and self.left[0].kind == kind

    def next(self, kind):
        return self.left.pop(0) if self.is_next(kind) else None

    def require(self, kind):
        if not self.is_next(kind):
            self.end()
            raise ValueError(f"[{self.folder}] must have a module [{kind}] for [{self.side}]")
        return self.next(kind)

    def all(self, kind):
        taken = []
        while self.is_next(kind):
            taken.append(self.next(kind))
        return taken

    def end(self):
        if self.left:
            raise self.left[0].invalid("that is not understood in this place")
