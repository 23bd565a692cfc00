from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.analysis.arrays import block_medians, finite_points, floats, running_median


def test_finite_points_drops_counts_and_sorts():
    points = finite_points([3, 1, 2, 1, 5], [0.3, 0.1, None, float("nan"), float("inf")])
    assert points.steps.tolist() == [1, 3]
    assert points.values.tolist() == [0.1, 0.3]
    assert points.rows.tolist() == [1, 0]
    assert points.dropped == 3


def test_equal_steps_keep_their_order():
    assert finite_points([2, 1, 1], [9, 8, 7]).values.tolist() == [8, 7, 9]


def test_a_point_without_a_step_is_left_out():
    assert finite_points([None, 2], [1.0, 2.0]).steps.tolist() == [2]


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="2 steps and 1 values"):
        finite_points([1, 2], [1])


def test_floats_takes_object_arrays():
    assert np.isnan(floats(np.array([None, 1], dtype=object))).tolist() == [True, False]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.integers(1, 20))
def test_block_medians_are_medians_of_equal_blocks(numbers, blocks):
    blocks = min(blocks, len(numbers))
    expected = [np.median(part) for part in np.array_split(np.array(numbers), blocks)]
    assert block_medians(np.array(numbers), blocks).tolist() == expected


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.integers(1, 15))
def test_running_median_is_the_median_of_a_symmetric_window(numbers, window):
    values = np.array(numbers)
    n, got = len(values), running_median(values, window)
    for row in range(n):
        half = min(window // 2, row, n - 1 - row)
        assert got[row] == np.median(values[row - half : row + half + 1])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.integers(1, 15))
def test_running_median_leaves_a_monotone_series_alone(numbers, window):
    values = np.array(sorted(numbers))
    assert all(a <= b for a, b in pairwise(values))
    assert running_median(values, window).tolist() == values.tolist()
