"""Estimated stains: against mixtures of known vectors, and the paper's steps written out again."""

import math

import numpy as np
import pytest

from statkit.errors import UsageError
from statkit.pathology.features.macenko import macenko

HEMATOXYLIN = np.array([0.65, 0.70, 0.29])
EOSIN = np.array([0.2, 0.95, 0.25])


def unit(vector):
    return np.asarray(vector) / np.linalg.norm(vector)


def angle(a, b):
    """Degrees between two vectors."""
    return math.degrees(math.acos(min(1, float(unit(a) @ unit(b)))))


def mixture(first, second, shape=(120, 120), seed=0, noise=0.0):
    """An image whose pixels hold more or less of two stains, a tenth only of one."""
    rng = np.random.default_rng(seed)
    amounts = rng.gamma(2, 0.4, (*shape, 2)) + 0.2
    alone = rng.random(shape)
    amounts[alone < 0.05, 1] = 0
    amounts[alone > 0.95, 0] = 0
    image = np.exp(-amounts @ np.array([unit(first), unit(second)]))
    return np.clip(image + rng.normal(0, noise, image.shape), 0, 1)


def as_published(image, beta=0.15, alpha=1):
    """OD, background off, SVD, angles in the plane, percentiles; pixel by pixel where that is possible."""
    densities = [[-math.log(max(v, 1e-6)) for v in pixel] for pixel in image.reshape(-1, 3)]
    tissue = np.array([d for d in densities if sum(d) / 3 > beta])
    _, _, directions = np.linalg.svd(tissue, full_matrices=False)
    one, two = directions[:2]
    one = one if (tissue @ one).mean() > 0 else -one
    angles = sorted(math.atan2(d @ two, d @ one) for d in tissue)
    ends = [np.percentile(angles, alpha), np.percentile(angles, 100 - alpha)]
    vectors = [math.cos(end) * one + math.sin(end) * two for end in ends]
    return sorted(vectors, key=lambda vector: -vector[0])


@pytest.mark.parametrize("pair", [(HEMATOXYLIN, EOSIN), (EOSIN, HEMATOXYLIN)])
def test_known_stains_are_found_hematoxylin_first(pair):
    found = macenko(mixture(*pair))
    assert angle(found.matrix[0], HEMATOXYLIN) < 0.01
    assert angle(found.matrix[1], EOSIN) < 0.01
    assert found.name == "Macenko (estimated)"


def test_noise_and_bytes_cost_a_few_degrees():
    image = np.rint(mixture(HEMATOXYLIN, EOSIN, noise=0.01) * 255).astype(np.uint8)
    found = macenko(image)
    assert angle(found.matrix[0], HEMATOXYLIN) < 3
    assert angle(found.matrix[1], EOSIN) < 3
    assert angle(found.matrix[0], found.matrix[1]) > 15


def test_the_papers_steps(tile, recoloured):
    for image in (tile, recoloured[1][::4, ::4]):
        found = macenko(image)
        np.testing.assert_allclose(found.matrix[:2], as_published(image / 255), atol=1e-9)
        np.testing.assert_allclose(np.linalg.norm(found.matrix[:2], axis=1), 1)
        assert found.matrix[0][0] > found.matrix[1][0]


def test_vectors_of_real_tissue_are_near_the_published_ones(ihc):
    found = macenko(ihc)
    assert angle(found.matrix[0], [0.650, 0.704, 0.286]) < 20
    assert angle(found.matrix[1], [0.268, 0.570, 0.776]) < 10


def test_the_order_of_pixels_does_not_matter(tile):
    mirrored = tile[::-1, ::-1]
    np.testing.assert_allclose(macenko(tile).matrix, macenko(mirrored).matrix, atol=1e-9)


def test_background_does_not_count(tile):
    padded = np.full((200, 200, 3), 250, np.uint8)
    padded[:96, :96] = tile
    np.testing.assert_allclose(macenko(padded).matrix, macenko(tile).matrix, atol=1e-9)


def test_many_tiles_are_one_sample(ihc):
    left, right = ihc[:80, :80], ihc[:80, 80:160]
    together = macenko(ihc[:80, :160])
    np.testing.assert_allclose(macenko(iter([left, right])).matrix, together.matrix, atol=1e-9)
    np.testing.assert_allclose(macenko(np.stack([left, right])).matrix, together.matrix, atol=1e-9)


def test_what_was_done_to_the_image_is_undone(tile):
    np.testing.assert_allclose(
        macenko(tile / 255 * 2 - 1, undo="[-1,1]").matrix, macenko(tile).matrix, atol=1e-9
    )


def test_background_alone_says_nothing():
    with pytest.raises(UsageError, match="Found 0 pixels of tissue"):
        macenko(np.full((64, 64, 3), 245, np.uint8))
    with pytest.raises(UsageError, match="Found 0 pixels"):
        macenko([])


def test_one_stain_is_not_two():
    amounts = np.random.default_rng(0).uniform(0.3, 2, (64, 64, 1))
    with pytest.raises(UsageError, match="Found one stain only"):
        macenko(np.exp(-amounts * unit(HEMATOXYLIN)))
    with pytest.raises(UsageError, match="Found one stain only"):
        macenko(np.full((64, 64, 3), 100, np.uint8))
