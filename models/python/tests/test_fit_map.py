"""Fits maps to vectors whose best ones are known."""

import base64
import json
import pathlib
import struct
import tempfile
import unittest

import numpy as np

from trident_export import fit_map


def vectors(count, scales, seed):
    """Vectors whose dimensions vary by known scales, on axes that are turned at random."""
    random = np.random.default_rng(seed)
    axes = np.linalg.qr(np.random.default_rng(7).standard_normal((len(scales), len(scales))))[0]
    return random.standard_normal((count, len(scales))) * np.asarray(scales) @ axes.T, axes


def projector(rows):
    return rows.T @ rows


class FitMapTest(unittest.TestCase):
    def test_rows_are_orthonormal(self):
        documents, _ = vectors(200, np.linspace(5, 1, 12), 1)
        queries, _ = vectors(50, np.linspace(1, 5, 12), 2)
        for given in (None, queries):
            rows = fit_map.fit(documents, 5, given)
            self.assertEqual((5, 12), rows.shape)
            np.testing.assert_allclose(np.eye(5), rows @ rows.T, atol=1e-12)

    def test_documents_keep_their_principal_axes(self):
        documents, axes = vectors(5000, [9, 8, 7, 6, 1, 1, 1, 1], 1)
        rows = fit_map.fit(documents, 4, similarity="dot_product")
        np.testing.assert_allclose(projector(axes[:, :4].T), projector(rows), atol=0.05)
        values, found = np.linalg.eigh(documents.T @ documents)
        best = found[:, np.argsort(values)[-4:]].T
        np.testing.assert_allclose(projector(best), projector(rows), atol=1e-9)

    def test_cosines_do_not_depend_on_lengths(self):
        documents, _ = vectors(300, np.linspace(5, 1, 8), 1)
        lengths = np.random.default_rng(3).uniform(0.1, 10, (300, 1))
        one, other = fit_map.fit(documents, 3), fit_map.fit(documents * lengths, 3)
        np.testing.assert_allclose(projector(one), projector(other), atol=1e-9)
        other = fit_map.fit(documents * lengths, 3, similarity="dot_product")
        self.assertGreater(np.abs(projector(one) - projector(other)).max(), 1e-3)

    def test_the_loss_is_that_of_all_products(self):
        documents, _ = vectors(40, np.linspace(5, 1, 9), 1)
        queries, _ = vectors(30, np.linspace(1, 5, 9), 2)
        rows = fit_map.fit(documents, 4, similarity="dot_product")
        products = queries @ documents.T - queries @ projector(rows) @ documents.T
        found = fit_map.lost(rows, fit_map.moment(queries), fit_map.moment(documents)) * len(queries) * len(documents)
        self.assertAlmostEqual(1, found / np.square(products).sum(), places=9)

    def test_queries_of_other_axes_move_the_map_as_a_scan_of_mixtures_does(self):
        documents, _ = vectors(500, np.linspace(5, 1, 10), 1)
        queries, _ = vectors(500, np.linspace(1, 5, 10) ** 2, 2)
        moments = fit_map.moment(queries), fit_map.moment(documents)
        rows = fit_map.fit(documents, 4, queries, "dot_product")
        least = min(
            fit_map.lost(fit_map.leading((1 - share) * moments[0] + share * moments[1], 4), *moments)
            for share in np.linspace(0, 1, 201)
        )
        self.assertLessEqual(fit_map.lost(rows, *moments), 1.01 * least)
        self.assertLess(least, fit_map.lost(fit_map.fit(documents, 4, None, "dot_product"), *moments))

    def test_axes_vary_alike(self):
        documents, _ = vectors(2000, [100, 1, 1, 1, 1, 1, 1, 1, 1, 1], 1)
        varying = (documents @ fit_map.fit(documents, 8, similarity="dot_product").T).std(axis=0)
        self.assertLess(varying.max(), 90)

    def test_the_same_vectors_give_the_same_map(self):
        documents, _ = vectors(100, np.linspace(5, 1, 8), 1)
        np.testing.assert_array_equal(fit_map.fit(documents, 3), fit_map.fit(documents, 3))

    def test_refuses_what_are_no_vectors(self):
        for wrong in (np.ones(3), np.ones((0, 3)), np.full((2, 3), np.nan)):
            with self.assertRaisesRegex(ValueError, "finite rows of one length"):
                fit_map.fit(wrong, 1)
        with self.assertRaisesRegex(ValueError, "finite rows of one length"):
            fit_map.fit(np.ones((2, 3)), 1, np.ones((2, 4)))
        for dimension in (0, 3):
            with self.assertRaisesRegex(ValueError, f"less than 3, got {dimension}"):
                fit_map.fit(np.ones((2, 3)), dimension)

    def test_writes_the_value_of_a_mapping_and_the_file_of_a_model(self):
        rows = fit_map.fit(vectors(100, np.linspace(5, 1, 8), 1)[0], 3)
        with tempfile.TemporaryDirectory() as folder:
            target = pathlib.Path(folder)
            fit_map.write(rows, target / "map.json")
            written = json.loads((target / "map.json").read_text())
            self.assertEqual(3, written["dimension"])
            halves = np.frombuffer(base64.b64decode(written["rows"].removeprefix("float16:")), "<f2")
            np.testing.assert_allclose(rows, halves.reshape(3, 8), atol=1e-3)
            fit_map.write(rows, target / "map.safetensors")
            data = (target / "map.safetensors").read_bytes()
            (length,) = struct.unpack("<Q", data[:8])
            tensor = json.loads(data[8 : 8 + length])["linear.weight"]
            self.assertEqual(("F32", [3, 8]), (tensor["dtype"], tensor["shape"]))
            np.testing.assert_array_equal(rows.astype("<f4"), np.frombuffer(data[8 + length :], "<f4").reshape(3, 8))
            with self.assertRaisesRegex(ValueError, "must end with"):
                fit_map.write(rows, target / "map.npy")
