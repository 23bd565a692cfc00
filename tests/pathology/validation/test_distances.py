"""Hausdorff, HD95, NSD: against scipy, a loop over all pairs of pixels, and other libraries by name."""

import numpy as np
import pytest
import surface_distance
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_erosion
from scipy.spatial.distance import cdist, directed_hausdorff

from statkit.errors import UsageError
from statkit.pathology.validation.distances import IMPLEMENTATION, distances


def disc(shape, centre, radius):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 <= radius**2


def boundary_points(mask):
    """Pixels that an erosion by the 4-neighbourhood takes away; outside the image counts as outside."""
    return np.argwhere(mask & ~binary_erosion(mask))


PAIRS = [
    (disc((40, 50), (20, 20), 9), disc((40, 50), (22, 25), 7)),
    (disc((40, 50), (0, 0), 12), disc((40, 50), (39, 49), 12)),
    (disc((40, 50), (20, 25), 15) & ~disc((40, 50), (20, 25), 6), disc((40, 50), (20, 25), 14)),
    (np.eye(30, dtype=bool), np.eye(30, dtype=bool)[::-1]),
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_hausdorff_is_the_one_of_scipy_on_boundary_pixels(first, second):
    points = boundary_points(first), boundary_points(second)
    expected = max(directed_hausdorff(*points)[0], directed_hausdorff(*points[::-1])[0])
    assert distances(first, second).hausdorff == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("mpp", [None, 0.5])
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_hd95_and_nsd_over_all_pairs_of_pixels(first, second, mpp):
    apart = cdist(boundary_points(first), boundary_points(second)) * (mpp or 1.0)
    there, back = apart.min(axis=1), apart.min(axis=0)
    found = distances(first, second, tolerance=1.5, mpp=mpp)
    assert found.hd95 == pytest.approx(max(np.percentile(there, 95), np.percentile(back, 95)), abs=1e-9)
    near = sum(d <= 1.5 for d in there) + sum(d <= 1.5 for d in back)
    assert found.nsd == pytest.approx(near / (len(there) + len(back)), abs=1e-12)
    assert found.unit == ("px" if mpp is None else "µm")


@pytest.mark.parametrize(("mpp", "tolerance"), [(0.1, 0.3), (0.2, 0.6), (0.1, 0.7), (0.23, 0.69)])
def test_as_many_pixels_apart_as_the_tolerance_is_within_it(mpp, tolerance):
    first = np.zeros((1, 12), bool)
    first[0, 0] = True
    apart = np.roll(first, round(tolerance / mpp))
    assert distances(first, apart, tolerance=tolerance, mpp=mpp).nsd == 1.0
    assert distances(first, np.roll(apart, 1), tolerance=tolerance, mpp=mpp).nsd == 0.0


def test_a_hand_made_case():
    first, second = np.zeros((5, 9), bool), np.zeros((5, 9), bool)
    first[1:4, 1:4] = True  # its middle pixel is no boundary: eight remain
    second[1:4, 4:7] = True
    found = distances(first, second, tolerance=1.0)
    assert found.hausdorff == 3.0
    assert found.nsd == 6 / 16  # three pixels of either lie next to the other
    assert "4-neighbour" in found.implementation


@pytest.mark.parametrize(
    ("first", "second", "nsd"),
    [
        (np.zeros((4, 4)), np.zeros((4, 4)), None),
        (np.zeros((4, 4)), np.eye(4), 0.0),
        (np.eye(4), np.zeros((4, 4)), 0.0),
    ],
)
def test_an_empty_mask_has_no_outline(first, second, nsd):
    found = distances(first, second)
    assert (found.hausdorff, found.hd95, found.nsd) == (None, None, nsd)


@pytest.mark.filterwarnings("ignore:Please import:DeprecationWarning")
def test_other_libraries_say_other_numbers_and_that_is_why_ours_is_named():
    first, second = PAIRS[0]
    measured = surface_distance.compute_surface_distances(first, second, (1.0, 1.0))
    theirs = surface_distance.compute_surface_dice_at_tolerance(measured, 2.0)
    ours = distances(first, second).nsd
    assert ours == pytest.approx(theirs, abs=0.15)
    assert ours != pytest.approx(theirs, abs=1e-4)
    robust = surface_distance.compute_robust_hausdorff(measured, 100)
    assert distances(first, second).hausdorff == pytest.approx(robust, abs=1.0)
    assert IMPLEMENTATION.startswith("statkit: ")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:monai:FutureWarning")
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_equal_to_monai(first, second):
    import torch
    from monai.metrics import HausdorffDistanceMetric, SurfaceDiceMetric

    tensors = [torch.as_tensor(mask[None, None].astype(np.float32)) for mask in (first, second)]
    found = distances(first, second, tolerance=2.0)
    for metric, value in (
        (HausdorffDistanceMetric(), found.hausdorff),
        (HausdorffDistanceMetric(percentile=95), found.hd95),
        (SurfaceDiceMetric([2.0]), found.nsd),
    ):
        assert value == pytest.approx(float(metric(*tensors).squeeze()), abs=1e-5)


boxes = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 6), st.integers(1, 6))


def boxed(box):
    mask = np.zeros((12, 12), bool)
    mask[box[0] : box[0] + box[2], box[1] : box[1] + box[3]] = True
    return mask


@settings(max_examples=40, deadline=None)
@given(boxes, boxes, st.integers(0, 5), st.integers(0, 5))
def test_properties(one, other, down, right):
    first, second = boxed(one), boxed(other)
    found, turned = distances(first, second), distances(second, first)
    assert (found.hausdorff, found.hd95, found.nsd) == (turned.hausdorff, turned.hd95, turned.nsd)
    assert found.hd95 <= found.hausdorff
    assert distances(first, first).hausdorff == 0.0
    moved = [np.pad(mask, ((down + 1, 1), (right + 1, 1))) for mask in (first, second)]
    if not any(
        edge.any() for mask in (first, second) for edge in (mask[0], mask[-1], mask[:, 0], mask[:, -1])
    ):
        assert distances(*moved).hausdorff == pytest.approx(found.hausdorff)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tolerance": -1}, "tolerance"),
        ({"tolerance": np.nan}, "tolerance"),
        ({"mpp": 0}, "mpp"),
        ({"mpp": np.inf}, "mpp"),
    ],
)
def test_options_that_cannot_be(options, said):
    with pytest.raises(UsageError, match=said):
        distances(np.eye(3), np.eye(3), **options)


def test_masks_of_two_images_are_refused():
    with pytest.raises(UsageError, match="same image"):
        distances(np.eye(3), np.eye(4))
