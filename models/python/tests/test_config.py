"""Reads published folders as the plugin's tests do."""

import json
import pathlib
import tempfile
import unittest

from trident_export import config

RESOURCES = pathlib.Path(__file__).resolve().parents[2] / "src/test/resources/io/trident/models/config"


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("" if content is None else json.dumps(content), encoding="utf-8")


class ConfigTest(unittest.TestCase):
    def test_reads_what_the_plugin_reads(self):
        golden = sorted((RESOURCES / "published").glob("*.json"))
        self.assertTrue(golden)
        for case in golden:
            with self.subTest(case.stem), tempfile.TemporaryDirectory() as scratch:
                expected = json.loads(case.read_text(encoding="utf-8"))
                folder = pathlib.Path(scratch)
                write(folder, expected["files"])
                self.assertEqual(expected["config"], config.published(folder))

    def test_refuses_what_the_plugin_refuses(self):
        for case in json.loads((RESOURCES / "refused.json").read_text(encoding="utf-8")):
            with self.subTest(case["name"]), tempfile.TemporaryDirectory() as scratch:
                folder = pathlib.Path(scratch)
                write(folder, case["files"])
                self.assertRaises(ValueError, config.published, folder)


if __name__ == "__main__":
    unittest.main()
