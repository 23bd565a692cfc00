"""Attention as a mask: shares, ties, sizes, and maps that say nothing."""

import numpy as np
import pytest

from statkit.errors import UsageError
from statkit.pathology.validation.thresholding import Threshold, attended, enlarged, top_share

HALF = np.zeros((8, 8), dtype=bool)
HALF[:, :4] = True


def bilinear(plane, shape):
    """One pixel at a time: centres of both grids share one extent, the outermost half cell is constant."""
    out = np.empty(shape)
    for r in range(shape[0]):
        for c in range(shape[1]):
            y = np.clip((r + 0.5) * plane.shape[0] / shape[0] - 0.5, 0, plane.shape[0] - 1)
            x = np.clip((c + 0.5) * plane.shape[1] / shape[1] - 0.5, 0, plane.shape[1] - 1)
            y0, x0 = int(y), int(x)
            y1, x1 = min(y0 + 1, plane.shape[0] - 1), min(x0 + 1, plane.shape[1] - 1)
            top = plane[y0, x0] * (1 - x + x0) + plane[y0, x1] * (x - x0)
            low = plane[y1, x0] * (1 - x + x0) + plane[y1, x1] * (x - x0)
            out[r, c] = top * (1 - y + y0) + low * (y - y0)
    return out


def test_attention_is_enlarged_between_cell_centres():
    plane = np.random.default_rng(0).normal(size=(3, 5))
    assert enlarged(plane, (13, 20)) == pytest.approx(bilinear(plane, (13, 20)), abs=1e-9)


@pytest.mark.slow
def test_enlarging_is_the_one_of_torch():
    import torch

    plane = np.random.default_rng(1).normal(size=(4, 6))
    tensor = torch.as_tensor(plane)[None, None]
    expected = torch.nn.functional.interpolate(tensor, (15, 24), mode="bilinear", align_corners=False)
    assert enlarged(plane, (15, 24)) == pytest.approx(expected[0, 0].numpy(), abs=1e-9)


def test_matched_takes_as_many_pixels_as_the_annotation_has():
    plane = np.random.default_rng(2).normal(size=(8, 8))
    annotation = np.random.default_rng(3).random((8, 8)) < 0.3
    mask = attended(plane, annotation, Threshold.parse("matched"))
    assert mask.sum() == annotation.sum()
    assert plane[mask].min() > plane[~mask].max()


def test_matched_does_not_mind_contrast():
    plane = np.random.default_rng(2).random((4, 4))
    masks = [attended(each, HALF, Threshold()) for each in (plane, 100 * plane - 7, np.exp(plane / 50))]
    assert np.array_equal(masks[0], masks[1])
    plain = np.random.default_rng(2).random((8, 8))
    assert np.array_equal(*(attended(each, HALF, Threshold()) for each in (plain, np.exp(plain))))


def test_a_quantile_keeps_the_rest():
    plane = np.arange(100.0).reshape(10, 10)
    mask = attended(plane, np.zeros((10, 10), bool), Threshold.parse("quantile:0.8"))
    assert np.array_equal(mask, plane > np.quantile(plane, 0.8))
    assert mask.sum() == 20


def test_ties_come_in_together():
    plane = np.array([[3.0, 2.0], [2.0, 1.0]])
    assert top_share(plane, 0.5).sum() == 3
    assert top_share(plane, 0.25).sum() == 1
    assert top_share(plane, 0.0).sum() == 0
    assert top_share(plane, 1.0).all()


def test_nothing_annotated_is_nothing_attended_when_matched():
    assert not attended(np.eye(4), np.zeros((4, 4), bool), Threshold()).any()


@pytest.mark.parametrize("plane", [np.ones((4, 4)), np.full((4, 4), np.nan), np.array([[1.0, np.inf]])])
def test_a_map_that_says_nothing_gives_no_mask(plane):
    assert attended(plane, HALF, Threshold()) is None


def test_a_mask_is_taken_as_it_is():
    assert attended(HALF, ~HALF, Threshold(0.99)) is HALF
    with pytest.raises(UsageError, match="a mask of shape"):
        attended(HALF[:4], HALF, Threshold())


@pytest.mark.parametrize("attention", [np.zeros(4), np.zeros((0, 4)), np.zeros((2, 2, 2)), np.array([["a"]])])
def test_what_is_no_map_is_refused(attention):
    with pytest.raises(UsageError, match="a map is"):
        attended(attention, HALF, Threshold())


@pytest.mark.parametrize("text", ["matched", "quantile:0.8", "quantile:0.05"])
def test_thresholds_are_read_and_written_alike(text):
    assert str(Threshold.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "0.8", "quantile", "quantile:1.2", "quantile:0", "quantile:.0", "otsu", "quantile:nan", 0.8]
)
def test_other_thresholds_are_refused(text):
    with pytest.raises(UsageError, match=r"matched .*quantile:0\.8"):
        Threshold.parse(text)
