"""Reads published folders as the plugin's tests do. Run from this folder: python3 -m unittest"""

import json
import pathlib
import tempfile
import unittest

from trident_export import config

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "src/test/resources/io/trident/models/folder/published"


class ConfigTest(unittest.TestCase):
    def test_reads_what_the_plugin_reads(self):
        golden = sorted(GOLDEN.glob("*.json"))
        self.assertTrue(golden)
        for case in golden:
            with self.subTest(case.stem), tempfile.TemporaryDirectory() as scratch:
                expected = json.loads(case.read_text(encoding="utf-8"))
                folder = pathlib.Path(scratch)
                for name, content in expected["files"].items():
                    path = folder / name
                    path.parent.mkdir(exist_ok=True)
                    path.write_text("" if content is None else json.dumps(content), encoding="utf-8")
                self.assertEqual(expected["config"], config.published(folder))


if __name__ == "__main__":
    unittest.main()
