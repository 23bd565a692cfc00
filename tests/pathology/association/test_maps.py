import numpy as np
import pytest

from statkit.errors import UsageError
from statkit.pathology.association.maps import GridMaps, mask_planes, planes, smallest_grid

RAMP = np.arange(16.0).reshape(4, 4)
BOARD = np.indices((4, 4)).sum(axis=0) % 2.0


def test_each_map_is_of_one_kind():
    broken, infinite = RAMP.copy(), RAMP.copy()
    broken[0, 0], infinite[3, 3] = np.nan, np.inf
    maps = GridMaps.of([RAMP, None, broken, infinite, np.full((4, 4), 0.3), BOARD], (2, 2))
    assert maps.usable.tolist() == [True, False, False, False, False, False]
    assert maps.missing.tolist() == [False, True, False, False, False, False]
    assert maps.nonfinite.tolist() == [False, False, True, True, False, False]
    assert maps.constant.tolist() == [False, False, False, False, True, True]
    np.testing.assert_allclose(maps.values[0], [[2.5, 4.5], [10.5, 12.5]])
    assert not maps.values[1:].any()


@pytest.mark.parametrize("side", [5, 7, 11, 37])
def test_a_constant_map_stays_constant_at_any_ratio(side):
    maps = GridMaps.of([np.full((side, side), 0.1)], (3, 3))
    assert maps.constant.all()


def test_maps_of_any_dtype_are_numbers():
    taken = planes([np.eye(3, dtype=np.float16), np.eye(3, dtype=bool), [[1, 2]], None], "x")
    assert [None if plane is None else plane.dtype for plane in taken] == [np.float64] * 3 + [None]


@pytest.mark.parametrize(
    "wrong", [np.zeros((2, 3, 3)), np.zeros(4), np.zeros((0, 3)), [["a"]], np.eye(2) * 1j, [[1, 2], [3]]]
)
def test_what_is_no_map_is_refused_with_its_place(wrong):
    with pytest.raises(UsageError, match="attention of bam of image 1"):
        planes([RAMP, wrong], "attention of bam")


def test_a_mask_says_yes_or_no():
    taken = mask_planes([BOARD, BOARD.astype(bool), None], "nuclei")
    assert taken[2] is None
    np.testing.assert_array_equal(taken[0], taken[1])
    with pytest.raises(UsageError, match="other than 0 and 1 in nuclei of image 0"):
        mask_planes([RAMP], "nuclei")
    with pytest.raises(UsageError, match="other than 0 and 1"):
        mask_planes([BOARD * np.nan], "nuclei")


def test_the_smallest_grid_takes_each_side_alone():
    assert smallest_grid([np.zeros((3, 9)), None, np.zeros((5, 4))]) == (3, 4)
    assert smallest_grid([None]) == (1, 1)
