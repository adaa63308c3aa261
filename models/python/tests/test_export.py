"""Exports small published folders."""

import importlib.util
import json
import pathlib
import tempfile
import unittest
from unittest import mock

import numpy as np
import onnx

from trident_export import config, quantise
from trident_export.__main__ import export
from trident_fixtures import readings


def calm_encoder():
    """An encoder whose attention is as mild as a trained one's: 8 bits turn no winner into a loser."""
    with mock.patch.object(readings, "HIDDEN", 64):
        encoder = readings.Encoder(1)
        for name in ("query", "key", "value"):
            setattr(encoder.layer, name, getattr(encoder.layer, name) * np.float32(0.07))
        encoder.layer.tokens[readings.IDS["broken"]] = 0
        yield encoder


class ExportTest(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.folder = pathlib.Path(self.scratch.name) / "published"
        (self.folder / "onnx").mkdir(parents=True)
        readings.Encoder(1).save(self.folder / "onnx" / "model.onnx")
        (self.folder / "vocab.txt").write_text("\n".join(readings.VOCABULARY) + "\n")
        self.write("config.json", {"architectures": ["BertForMaskedLM"], "max_position_embeddings": 64})
        self.target = pathlib.Path(self.scratch.name) / "trident"

    def write(self, name, value):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value))

    def test_splade(self):
        described = export(self.folder, self.target)
        self.assertEqual("encoder", described["kind"])
        self.assertEqual("max_logits", described["sparse"]["reading"])
        self.assertEqual(64, described["max_tokens"])
        self.assertEqual(described, json.loads((self.target / "trident.json").read_text()))
        before = (self.folder / "onnx" / "model.onnx").read_bytes()
        self.assertEqual(before, (self.target / "model.onnx").read_bytes())

    def test_sentence_transformers(self):
        self.write(
            "modules.json",
            [
                {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
                {"path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
            ],
        )
        self.write("1_Pooling/config.json", {"pooling_mode_cls_token": True})
        self.write("config_sentence_transformers.json", {"prompts": {"query": "query: "}})
        self.assertEqual(
            {"pooling": "cls", "normalize": True, "query_prefix": "query: ", "document_prefix": ""},
            config.published(self.folder)["dense"],
        )

    def test_a_layer_outside_of_the_graph(self):
        self.write("2_Dense/config.json", {"activation_function": "torch.nn.modules.activation.Tanh"})
        self.write("1_Pooling/config.json", {"pooling_mode_mean_tokens": True})
        modules = [
            {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"path": "2_Dense", "type": "sentence_transformers.models.Dense"},
            {"path": "3_Dense", "type": "sentence_transformers.models.Dense"},
        ]
        self.write("modules.json", modules)
        with self.assertRaisesRegex(ValueError, "model.safetensors"):
            export(self.folder, self.target)
        weights = {"linear.weight": np.ones((3, 8), np.float32)}
        maps = ["2_Dense/model.safetensors", "3_Dense/model.safetensors"]
        for name in maps:
            readings.write_safetensors(self.folder / name, weights)
        described = export(self.folder, self.target)
        self.assertEqual(maps, described["dense"]["document_map"])
        for name in maps:
            self.assertTrue((self.target / name).is_file())
        self.assertTrue((self.target / "2_Dense" / "config.json").is_file())

    def test_weights_of_a_router(self):
        router = {
            "types": {
                "query_0_IDF": "sentence_transformers.sparse_encoder.models.SparseStaticEmbedding",
                "": "sentence_transformers.sparse_encoder.models.MLMTransformer",
                "document_1_SpladePooling": "sentence_transformers.sparse_encoder.models.SpladePooling",
            },
            "structure": {"query": ["query_0_IDF"], "document": ["", "document_1_SpladePooling"]},
        }
        self.write("modules.json", [{"path": "", "type": "sentence_transformers.models.Router"}])
        self.write("router_config.json", router)
        weights = {"weight": np.ones(8, np.float32)}
        readings.write_safetensors(self.folder / "query_0_IDF" / "model.safetensors", weights)
        described = export(self.folder, self.target)
        self.assertEqual("query_0_IDF/model.safetensors", described["sparse"]["query"]["file"])
        self.assertTrue((self.target / "query_0_IDF" / "model.safetensors").is_file())

    def test_late_interaction(self):
        self.write("modules.json", [{"path": "1_Dense", "type": "pylate.models.Dense.Dense"}])
        self.write(
            "config_sentence_transformers.json",
            {"query_prefix": "[unused0]", "document_length": 40, "skiplist_words": [".", "the"]},
        )
        weights = {"linear.weight": np.ones((3, 8), np.float32)}
        readings.write_safetensors(self.folder / "1_Dense" / "model.safetensors", weights)
        described = export(self.folder, self.target)
        self.assertEqual(40, described["max_tokens"])
        tokens = described["tokens"]
        self.assertEqual("[unused0]", tokens["query_marker"])
        self.assertEqual((True, ["the"]), (tokens["skip_punctuation"], tokens["skip_tokens"]))
        self.assertTrue((self.target / "1_Dense" / "model.safetensors").is_file())

    def test_encoder_and_decoder(self):
        (self.folder / "onnx" / "model.onnx").unlink()
        readings.QueryGenerator().save(self.folder / "onnx")
        self.write("trident.json", {"kind": "query_generator", "max_tokens": 32})
        export(self.folder, self.target)
        for name in ("encoder_model.onnx", "decoder_model.onnx", "vocab.txt"):
            self.assertTrue((self.target / name).is_file(), name)

    def test_cross_encoder(self):
        self.write("config.json", {"architectures": ["XForSequenceClassification"], "id2label": {"0": "x"}})
        self.assertEqual("logit", config.published(self.folder)["reading"])

    def test_what_nobody_can_guess(self):
        self.write("config.json", {"architectures": ["HF_ColBERT"]})
        with self.assertRaisesRegex(ValueError, "HF_ColBERT"):
            export(self.folder, self.target)
        (self.folder / "onnx" / "model.onnx").unlink()
        with self.assertRaisesRegex(ValueError, "optimum"):
            export(self.folder, self.target)

    def test_int8(self):
        for encoder in calm_encoder():
            encoder.save(self.folder / "onnx" / "model.onnx")
        export(self.folder, self.target, int8=True, least=0.98)
        graph = onnx.load(self.target / "model.onnx").graph
        kinds = [node.op_type for node in graph.node]
        matrices = [tensor for tensor in graph.initializer if tensor.name.endswith("_int8")]
        products = kinds.count("MatMulInteger")
        self.assertEqual((7, 7), (products, len(matrices)), "one is read twice, one is a table")
        before = (self.folder / "onnx" / "model.onnx").stat().st_size
        self.assertLess((self.target / "model.onnx").stat().st_size, before / 2)

    def test_int8_that_is_too_far_off(self):
        if importlib.util.find_spec("onnxruntime") is None:
            self.skipTest("needs onnxruntime")
        with self.assertRaisesRegex(ValueError, "at least 0.9999"):
            export(self.folder, self.target, int8=True, least=0.9999)
        self.assertFalse(self.target.exists())

    def test_weights_are_off_by_half_a_step(self):
        values = np.random.default_rng(7).normal(0, 1, (40, 9)).astype(np.float32)
        codes, scales = quantise.codes_and_scales(values, axis=0)
        self.assertTrue(np.all(np.abs(codes * scales - values) <= scales * 0.5 + 1e-6))


if __name__ == "__main__":
    unittest.main()
