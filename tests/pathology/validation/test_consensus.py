"""STAPLE against SimpleITK and against a loop over pixels; the majority's tie rule."""

import numpy as np
import pytest
import SimpleITK

from statkit.errors import UsageError
from statkit.pathology.validation.consensus import consensus, majority, staple

ROWS, COLUMNS = np.mgrid[:40, :50]
TRUTH = (ROWS - 20) ** 2 + (COLUMNS - 24) ** 2 < 11**2


def raters(count, seed=0):
    rng = np.random.default_rng(seed)
    return np.stack(
        [
            np.where(
                TRUTH, rng.random(TRUTH.shape) < 0.92 - 0.06 * k, rng.random(TRUTH.shape) < 0.04 + 0.03 * k
            )
            for k in range(count)
        ]
    )


@pytest.mark.parametrize("count", [2, 3, 4, 7])
def test_equal_to_simpleitk(count):
    masks = raters(count)
    filtered = SimpleITK.STAPLEImageFilter()
    filtered.SetForegroundValue(1.0)
    image = filtered.Execute([SimpleITK.GetImageFromArray(mask.astype(np.uint8)) for mask in masks])
    found = staple(masks)
    assert found.probability == pytest.approx(SimpleITK.GetArrayFromImage(image), abs=1e-5)
    assert found.sensitivity == pytest.approx(filtered.GetSensitivity(), abs=1e-5)
    assert found.specificity == pytest.approx(filtered.GetSpecificity(), abs=1e-5)


def test_equal_to_the_paper_pixel_by_pixel():
    masks = raters(3)[:, 10:30:3, 10:40:3]
    decisions = masks.reshape(3, -1)
    weights = decisions.mean(axis=0)
    prior = weights.mean()
    for _ in range(300):
        p = [sum(w for w, d in zip(weights, row, strict=True) if d) / weights.sum() for row in decisions]
        q = [
            sum(1 - w for w, d in zip(weights, row, strict=True) if not d) / (1 - weights).sum()
            for row in decisions
        ]
        for i in range(len(weights)):
            a, b = prior, 1 - prior
            for j in range(3):
                a *= p[j] if decisions[j, i] else 1 - p[j]
                b *= 1 - q[j] if decisions[j, i] else q[j]
            weights[i] = a / (a + b)
    found = staple(masks)
    assert found.probability.ravel() == pytest.approx(weights, abs=1e-7)
    assert found.sensitivity == pytest.approx(p, abs=1e-7)
    assert found.specificity == pytest.approx(q, abs=1e-7)


def test_a_careless_rater_counts_less_than_one_vote():
    good, careless = raters(2)[0], np.random.default_rng(5).random(TRUTH.shape) < 0.5
    masks = np.stack([good, raters(1, seed=3)[0], careless])
    found = staple(masks)
    assert found.sensitivity[2] < 0.7 < found.sensitivity[0]
    assert np.count_nonzero(found.mask != TRUTH) < np.count_nonzero(careless != TRUTH)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_raters_who_agree_are_the_consensus(count):
    masks = np.stack([TRUTH] * count)
    for method in ("staple", "majority"):
        assert np.array_equal(consensus(masks, method), TRUTH)


def test_nothing_and_everything():
    nothing = staple(np.zeros((3, 4, 5), bool))
    assert not nothing.mask.any()
    assert nothing.sensitivity == (None,) * 3
    assert nothing.specificity == (1.0,) * 3
    everything = staple(np.ones((3, 4, 5), bool))
    assert everything.mask.all()
    assert everything.sensitivity == (1.0,) * 3
    assert everything.specificity == (None,) * 3


def test_more_than_half_wins_and_a_tie_is_out():
    masks = np.array([[[1, 1, 1, 1, 0]], [[1, 1, 1, 0, 0]], [[1, 1, 0, 0, 0]], [[1, 0, 0, 0, 0]]])
    assert majority(masks).tolist() == [[True, True, False, False, False]]
    assert majority(masks[:3]).tolist() == [[True, True, True, False, False]]


def test_the_order_of_raters_does_not_matter():
    masks = raters(4)
    assert np.array_equal(staple(masks).mask, staple(masks[::-1]).mask)


def test_many_raters_are_told_apart():
    """More than eight raters take two bytes a pixel."""
    masks = raters(10)
    repeated = staple(masks)
    for place in range(0, TRUTH.size, 97):
        same = (masks.reshape(10, -1) == masks.reshape(10, -1)[:, [place]]).all(axis=0)
        assert len(set(repeated.probability.ravel()[same])) == 1
    assert repeated.mask.sum() == pytest.approx(TRUTH.sum(), rel=0.05)


def test_what_is_no_stack_of_masks_is_refused():
    with pytest.raises(UsageError):
        consensus(TRUTH)
