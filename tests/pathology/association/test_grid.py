import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from statkit.pathology.association.grid import area_averaged, upsampled

sides = st.integers(1, 9)


def averaged_by_hand(plane, shape):
    """Every cell repeated until both grids divide it, then plain block means."""
    (height, width), (h, w) = plane.shape, shape
    fine = np.kron(plane, np.ones((h, w)))
    return fine.reshape(h, height, w, width).mean(axis=(1, 3))


def interpolated_by_hand(plane, shape):
    (h, w), (height, width) = plane.shape, shape
    out = np.empty(shape)
    for row in range(height):
        for column in range(width):
            y = min(max((row + 0.5) * h / height - 0.5, 0), h - 1)
            x = min(max((column + 0.5) * w / width - 0.5, 0), w - 1)
            top, left = int(y), int(x)
            below, right = min(top + 1, h - 1), min(left + 1, w - 1)
            upper = plane[top, left] * (1 - (x - left)) + plane[top, right] * (x - left)
            lower = plane[below, left] * (1 - (x - left)) + plane[below, right] * (x - left)
            out[row, column] = upper * (1 - (y - top)) + lower * (y - top)
    return out


@hypothesis_settings(max_examples=40, deadline=None)
@given(sides, sides, sides, sides, st.integers(0, 2**32 - 1))
def test_down_every_cell_is_the_mean_over_its_area(height, width, h, w, seed):
    plane = np.random.default_rng(seed).normal(size=(height, width))
    np.testing.assert_allclose(area_averaged(plane, (h, w)), averaged_by_hand(plane, (h, w)), atol=1e-11)


@pytest.mark.parametrize(
    ("coarse", "fine"), [((1, 1), (3, 2)), ((3, 4), (3, 9)), ((2, 5), (8, 10)), ((5, 3), (7, 11))]
)
def test_up_is_bilinear_between_cell_centres(coarse, fine):
    plane = np.random.default_rng(1).normal(size=coarse)
    np.testing.assert_allclose(upsampled(plane, fine), interpolated_by_hand(plane, fine), atol=1e-11)


def test_up_holds_the_outermost_half_cell():
    np.testing.assert_allclose(upsampled(np.array([[0.0, 1.0]]), (1, 8))[0, [0, 1, -2, -1]], [0, 0, 1, 1])


def test_up_in_one_direction_and_down_in_the_other_is_by_area():
    plane = np.random.default_rng(2).normal(size=(6, 2))
    np.testing.assert_allclose(upsampled(plane, (3, 8)), averaged_by_hand(plane, (3, 8)), atol=1e-11)


def test_the_same_grid_is_left_alone():
    plane = np.random.default_rng(3).normal(size=(5, 7))
    assert area_averaged(plane, (5, 7)) is plane
    assert upsampled(plane, (5, 7)) is plane


@hypothesis_settings(max_examples=40, deadline=None)
@given(st.floats(1e-200, 1e6) | st.floats(-1e6, -1e-200), st.integers(2, 40), st.integers(1, 12))
def test_equal_cells_stay_equal(value, side, onto):
    assert np.ptp(area_averaged(np.full((side, side + 1), value), (onto, onto))) == 0
    assert np.ptp(upsampled(np.full((onto, onto), value), (onto + side, onto + 3))) == 0


def test_what_overflows_is_not_finite():
    assert not np.isfinite(area_averaged(np.full((8, 8), 1.7e308), (2, 2))).any()


@pytest.mark.slow
@pytest.mark.parametrize(("coarse", "fine"), [((24, 24), (96, 96)), ((12, 9), (50, 64))])
def test_up_is_torch_without_aligned_corners(coarse, fine):
    import torch

    plane = np.random.default_rng(4).normal(size=coarse)
    theirs = torch.nn.functional.interpolate(
        torch.tensor(plane)[None, None], size=fine, mode="bilinear", align_corners=False
    )[0, 0]
    np.testing.assert_allclose(upsampled(plane, fine), theirs.numpy(), atol=1e-11)
