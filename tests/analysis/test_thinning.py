import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.analysis.thinning import GREATEST, MOST, curve


def test_few_records_stay_as_they_are():
    made = curve([1, 2, 3], [0.5, None, 0.25])
    assert (made.steps, made.values, made.of, made.thinned) == ((1.0, 3.0), (0.5, 0.25), 2, False)


def test_steps_rise_and_values_of_one_step_are_averaged():
    made = curve([3, 1, 1, 1], [5.0, 1.0, 2.0, 6.0])
    assert (made.steps, made.values) == ((1.0, 3.0), (3.0, 5.0))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, 1e305])
def test_what_cannot_be_drawn_is_a_gap(value):
    assert curve([1, 2, 3], [1.0, value, 2.0]).values == (1.0, None, 2.0)


def test_a_step_with_one_finite_value_has_that():
    assert curve([1, 1], [math.nan, 4.0]).values == (4.0,)


def test_what_is_no_number_does_not_count():
    assert curve([1, None, 3, 4], [True, 1.0, "2", 7.0]).steps == (4.0,)
    assert curve([], []).of == 0


def test_no_peak_of_a_long_curve_is_lost():
    rng = np.random.default_rng(0)
    values = rng.normal(size=100_000)
    values[[7, 50_001, 99_998]] = (40.0, -50.0, 60.0)
    made = curve(range(100_000), values.tolist())
    assert len(made.steps) <= MOST
    assert (made.of, made.thinned) == (100_000, True)
    assert (made.steps[0], made.steps[-1]) == (0.0, 99_999.0)
    for step in (7, 50_001, 99_998):
        assert made.values[made.steps.index(step)] == values[step]


def test_a_long_curve_of_nothing_finite_is_gaps():
    made = curve(range(5000), [math.nan] * 5000)
    assert set(made.values) == {None}
    assert len(made.steps) <= MOST


@given(
    st.lists(st.tuples(st.integers(0, 300), st.floats(allow_nan=True, allow_infinity=True)), max_size=400),
    st.integers(4, 60),
)
def test_every_point_kept_is_the_mean_of_its_step(records, most):
    made = curve([step for step, _ in records], [value for _, value in records], most)
    assert list(made.steps) == sorted(set(made.steps))
    assert len(made.steps) <= max(most, 4)
    for step, value in zip(made.steps, made.values, strict=True):
        mine = [v for s, v in records if s == step and abs(v) <= GREATEST]
        if value is None:
            assert not mine or not math.isfinite(sum(mine))
        else:
            assert value == pytest.approx(sum(mine) / len(mine), rel=1e-9, abs=1e-290)
