import numpy as np
import pytest
from scipy.ndimage import zoom
from sklearn.metrics import average_precision_score, jaccard_score, roc_auc_score

from statkit.pathology.association.located import Located, locate, matched_iou

RNG = np.random.default_rng(0)
PLANE = RNG.normal(size=(6, 6))
MASK = RNG.random((18, 24)) < 0.3


def test_one_image_against_every_oracle_at_once():
    fine = zoom(PLANE, (3, 4), order=1, mode="nearest", grid_mode=True).round(12)
    found = locate(PLANE, {"nuclei": MASK}, tolerance=0)["nuclei"]
    assert isinstance(found, Located)
    truth, scores = MASK.ravel(), fine.ravel()
    highest = np.argsort(-scores)[: truth.sum()]
    attended = np.isin(np.arange(truth.size), highest)
    assert found.area == pytest.approx(truth.mean())
    assert found.average_precision == pytest.approx(average_precision_score(truth, scores), abs=1e-3)
    assert found.roc_auc == pytest.approx(roc_auc_score(truth, scores), abs=1e-6)
    assert found.iou == pytest.approx(jaccard_score(truth, attended), abs=1e-2)
    assert found.energy == pytest.approx(np.average(truth, weights=scores - scores.min()), abs=1e-9)
    assert found.lift == pytest.approx(found.energy / found.area)
    assert found.pointing_chance == pytest.approx(truth.mean())
    assert matched_iou(PLANE, MASK) == found.iou


def test_why_an_image_says_nothing():
    broken = PLANE.copy()
    broken[0, 0] = np.inf
    masks = {"there": MASK, "none": None, "empty": MASK & False, "full": MASK | True}
    assert locate(None, masks) == dict.fromkeys(masks, "missing")
    assert locate(broken, masks) == dict.fromkeys(masks, "nonfinite") | {"none": "missing"}
    assert locate(np.full((6, 6), 0.3), masks) == dict.fromkeys(masks, "constant") | {"none": "missing"}
    found = locate(PLANE, masks)
    assert (found["none"], found["empty"], found["full"]) == ("missing", "empty", "full")
    assert [matched_iou(PLANE, mask) is None for mask in masks.values()] == [False, True, True, True]
    assert matched_iou(None, MASK) is None


def test_attention_that_vanishes_on_a_coarser_mask_is_constant():
    board = np.indices((8, 8)).sum(axis=0) % 2.0
    assert locate(board, {"m": np.eye(4, dtype=bool)}) == {"m": "constant"}


def test_masks_may_be_of_different_sizes():
    found = locate(PLANE, {"fine": MASK, "coarse": MASK[::3, ::4]})
    assert found["coarse"] == locate(PLANE, {"coarse": MASK[::3, ::4]})["coarse"]
    assert found["fine"] != found["coarse"]
