"""The fixtures of the Java side are those that the scripts make."""

import json
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

from trident_fixtures import published, readings

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "src/test/resources/io/trident/models/encoder"

# Floating-point libraries differ in the last of seven digits.
TOLERANCE = 1e-3


class FixturesTest(unittest.TestCase):
    def compare(self, new, old, where):
        self.assertIs(type(new), type(old), where)
        if isinstance(new, dict):
            self.assertEqual(new.keys(), old.keys(), where)
            for key in new:
                self.compare(new[key], old[key], f"{where}.{key}")
        elif isinstance(new, list):
            self.assertEqual(len(new), len(old), where)
            for i, (one, other) in enumerate(zip(new, old)):
                self.compare(one, other, f"{where}[{i}]")
        elif isinstance(new, float):
            self.assertAlmostEqual(new, old, delta=TOLERANCE, msg=where)
        else:
            self.assertEqual(new, old, where)

    def check(self, maker, name):
        with tempfile.TemporaryDirectory() as made:
            with mock.patch.object(sys, "argv", ["maker", made]):
                maker.main()
            files = sorted(path.relative_to(made) for path in pathlib.Path(made).rglob("*") if path.is_file())
            self.assertTrue(files)
            for file in files:
                new, old = (pathlib.Path(made) / file).read_bytes(), (FIXTURES / name / file).read_bytes()
                if file.suffix == ".json":
                    self.compare(json.loads(new), json.loads(old), str(file))
                else:
                    self.assertEqual(len(new), len(old), file)

    def test_readings(self):
        self.check(readings, "readings")

    def test_published(self):
        self.check(published, "published")
