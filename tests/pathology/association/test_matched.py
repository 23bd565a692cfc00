import numpy as np
import pytest
from sklearn.metrics import f1_score, jaccard_score

from statkit.pathology.association.matched import matched_overlap
from statkit.pathology.association.ranked import Ranked


@pytest.mark.parametrize("size", [1, 7, 30, 63])
def test_it_is_the_highest_pixels_against_the_mask(size):
    rng = np.random.default_rng(size)
    plane = rng.permutation(64).reshape(8, 8).astype(float)
    mask = np.zeros(64, dtype=bool)
    mask[rng.choice(64, size, replace=False)] = True
    mask = mask.reshape(8, 8)
    attended = plane > np.quantile(plane, 1 - size / 64, method="inverted_cdf")
    assert attended.sum() == size
    overlap = matched_overlap(Ranked.of(plane), mask)
    assert overlap.iou == pytest.approx(jaccard_score(mask.ravel(), attended.ravel()))
    assert overlap.dice == pytest.approx(f1_score(mask.ravel(), attended.ravel()))


def test_equal_pixels_are_taken_as_by_chance():
    rng = np.random.default_rng(0)
    plane = rng.integers(0, 3, size=(6, 6)).astype(float)
    mask = rng.random((6, 6)) < 0.4
    dices = []
    for _ in range(4_000):
        order = np.lexsort((rng.random(36), -plane.ravel()))
        dices.append(mask.ravel()[order[: mask.sum()]].mean())
    overlap = matched_overlap(Ranked.of(plane), mask)
    assert overlap.dice == pytest.approx(np.mean(dices), abs=0.01)
    assert overlap.iou == pytest.approx(overlap.dice / (2 - overlap.dice))


def test_contrast_does_not_matter():
    rng = np.random.default_rng(1)
    plane, mask = rng.normal(size=(9, 9)), rng.random((9, 9)) < 0.2
    assert matched_overlap(Ranked.of(np.exp(5 * plane)), mask) == matched_overlap(Ranked.of(plane), mask)


def test_the_ends():
    mask = np.arange(16).reshape(4, 4) < 4
    assert matched_overlap(Ranked.of(mask.astype(float)), mask).iou == 1
    assert matched_overlap(Ranked.of(-mask.astype(float)), mask).dice == 0
    assert matched_overlap(Ranked.of(np.zeros((4, 4))), mask).dice == pytest.approx(0.25)
