import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.analysis.alignment import common_steps, tidy, values_at

STEPS = np.array([100, 200, 400])
VALUES = np.array([1.0, 2.0, 4.0])


def test_tidy_orders_drops_and_averages_the_records_of_a_step():
    steps, values = tidy([300, 100, 200, 100], [3.0, 1.0, math.nan, 1.5])
    assert steps.tolist() == [100, 300]
    assert values.tolist() == [1.25, 3.0]


def test_tidy_of_nothing_is_nothing():
    steps, values = tidy([], [])
    assert len(steps) == len(values) == 0


def test_tidy_refuses_unequal_lengths():
    with pytest.raises(ValueError, match="equal"):
        tidy([1, 2], [1.0])


@pytest.mark.parametrize(
    ("align", "expected"),
    [
        ("exact", [math.nan, 1.0, math.nan, 2.0, 4.0, math.nan]),
        ("interp", [math.nan, 1.0, 1.5, 2.0, 4.0, math.nan]),
        ("locf", [math.nan, 1.0, 1.0, 2.0, 4.0, 4.0]),
    ],
)
def test_values_at(align, expected):
    read = values_at(STEPS, VALUES, [50, 100, 150, 200, 400, 500], align)
    np.testing.assert_array_equal(read, expected)


def test_a_series_of_nothing_says_nothing():
    assert np.isnan(values_at(np.array([]), np.array([]), [1, 2], "locf")).all()


def test_common_steps():
    steps = [np.array([100, 200, 300, 400]), np.array([200, 250, 400, 500])]
    assert common_steps(steps, "exact").tolist() == [200, 400]
    assert common_steps(steps, "interp").tolist() == [200, 250, 300, 400]
    assert common_steps([*steps, np.array([], int)], "exact").tolist() == []


@given(st.lists(st.sets(st.integers(0, 30), min_size=1), min_size=1, max_size=4))
def test_exact_steps_are_the_sets_intersection(sets):
    shared = common_steps([np.array(sorted(own)) for own in sets], "exact")
    assert shared.tolist() == sorted(set.intersection(*sets))


@given(st.lists(st.sets(st.integers(0, 30), min_size=1), min_size=1, max_size=4))
def test_every_series_can_be_read_at_common_steps(sets):
    series = [np.array(sorted(own)) for own in sets]
    for align in ("exact", "interp", "locf"):
        at = common_steps(series, align)
        assert all(np.isfinite(values_at(own, own * 1.0, at, align)).all() for own in series)
