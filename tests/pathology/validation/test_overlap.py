"""IoU, Dice, precision, recall, κ: against scikit-learn and MONAI, and the rules for empty masks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, f1_score, jaccard_score, precision_score, recall_score

from statkit.errors import UsageError
from statkit.pathology.validation.overlap import OVERLAPS, as_mask, overlap, overlaps

ORACLES = {
    "iou": jaccard_score,
    "dice": f1_score,
    "precision": precision_score,
    "recall": recall_score,
}
EMPTY, FULL = np.zeros((3, 4), dtype=bool), np.ones((3, 4), dtype=bool)
PART = np.eye(3, 4, dtype=bool)


def random_masks(seed, shape=(17, 23)):
    rng = np.random.default_rng(seed)
    return rng.random(shape) < rng.random(), rng.random(shape) < rng.random()


@pytest.mark.parametrize("seed", range(8))
def test_equal_to_scikit_learn(seed):
    prediction, annotation = random_masks(seed)
    found = overlap(prediction, annotation)
    for name, oracle in ORACLES.items():
        expected = oracle(annotation.ravel(), prediction.ravel())
        assert getattr(found, name) == pytest.approx(expected, abs=1e-12)
    assert found.kappa == pytest.approx(cohen_kappa_score(annotation.ravel(), prediction.ravel()), abs=1e-12)


@pytest.mark.parametrize(
    ("prediction", "annotation", "null"),
    [
        (EMPTY, EMPTY, set(OVERLAPS)),
        (EMPTY, PART, {"precision"}),
        (PART, EMPTY, {"recall"}),
        (EMPTY, FULL, {"precision"}),
        (FULL, FULL, {"kappa"}),
        (PART, PART, set()),
    ],
)
def test_what_an_empty_mask_leaves_undefined_is_null_and_the_rest_is_0(prediction, annotation, null):
    found = overlap(prediction, annotation)
    expected = 1.0 if prediction.any() and annotation.any() else 0.0
    for name in OVERLAPS:
        assert getattr(found, name) == (None if name in null else expected)


@pytest.mark.parametrize(("prediction", "annotation"), [(EMPTY, EMPTY), (EMPTY, PART), (PART, EMPTY)])
@pytest.mark.parametrize("name", ["dice", "precision", "recall"])
def test_empty_masks_as_scikit_learn_has_them_where_it_is_told_to(name, prediction, annotation):
    expected = ORACLES[name](annotation.ravel(), prediction.ravel(), zero_division=np.nan)
    found = getattr(overlap(prediction, annotation), name)
    assert found == (None if np.isnan(expected) else expected)


def test_fractions_are_shares_of_the_image():
    found = overlap(PART, FULL)
    assert (found.prediction_fraction, found.annotation_fraction) == (0.25, 1.0)


def test_a_stack_says_what_its_pairs_say_one_by_one():
    pairs = [random_masks(seed) for seed in range(5)]
    stacks = [np.stack(masks) for masks in zip(*pairs, strict=True)]
    assert overlaps(*stacks) == tuple(overlap(*pair) for pair in pairs)
    single = overlaps(stacks[0][:1], stacks[1])
    assert single == tuple(overlap(stacks[0][0], annotation) for annotation in stacks[1])


def test_one_against_many_the_other_way_round_too():
    masks = np.stack([random_masks(seed)[0] for seed in range(3)])
    assert overlaps(masks, masks[:1]) == tuple(overlap(mask, masks[0]) for mask in masks)


masks = st.integers(0, 2**12 - 1).map(lambda bits: np.array([bits >> k & 1 for k in range(12)]).reshape(3, 4))


@settings(max_examples=60, deadline=None)
@given(masks, masks)
def test_properties(first, second):
    found, turned = overlap(first, second), overlap(second, first)
    assert (found.iou, found.dice, found.kappa) == (turned.iou, turned.dice, turned.kappa)
    assert (found.precision, found.recall) == (turned.recall, turned.precision)
    if found.iou is not None:
        assert found.dice == pytest.approx(2 * found.iou / (1 + found.iou))
        assert 0 <= found.iou <= found.dice <= 1
    if found.kappa is not None:
        assert -1 - 1e-12 <= found.kappa <= 1
    inverse = overlap(1 - first, 1 - second).kappa
    assert (inverse is None) == (found.kappa is None)
    assert inverse is None or inverse == pytest.approx(found.kappa)


@pytest.mark.parametrize(
    "mask",
    [
        np.zeros((0, 3)),
        np.zeros(4),
        np.full((2, 2), 0.5),
        np.full((2, 2), np.nan),
        np.full((2, 2), 2),
        [[1, 0], [1]],
    ],
)
def test_what_is_no_mask_is_refused(mask):
    with pytest.raises(UsageError):
        as_mask(mask)


def test_masks_of_two_shapes_are_refused():
    with pytest.raises(UsageError, match="not of the same images"):
        overlap(EMPTY, EMPTY.T)
    with pytest.raises(UsageError, match="not of the same images"):
        overlaps(np.zeros((2, 3, 4)), np.zeros((3, 3, 4)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_equal_to_monai(seed):
    import torch
    from monai.metrics import DiceMetric, MeanIoU

    pairs = [random_masks(seed), (np.zeros((5, 5), bool), np.zeros((5, 5), bool))]
    for prediction, annotation in pairs:
        tensors = [torch.as_tensor(mask[None, None].astype(np.float32)) for mask in (prediction, annotation)]
        found = overlap(prediction, annotation)
        for metric, value in (
            (DiceMetric(ignore_empty=True), found.dice),
            (MeanIoU(ignore_empty=True), found.iou),
        ):
            expected = float(metric(*tensors).squeeze())
            assert (value is None and np.isnan(expected)) or value == pytest.approx(expected, abs=1e-6)
