import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from statkit.analysis.aggregation import (
    interquartile_mean,
    mean_interval,
    probability_of_improvement,
    spread,
    wins,
)

NUMBERS = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=30)
TIED = st.lists(st.integers(0, 5), min_size=1, max_size=9)


@given(NUMBERS)
def test_interquartile_mean_is_scipys_trimmed_mean(scores):
    assert interquartile_mean(scores) == pytest.approx(stats.trim_mean(scores, 0.25), rel=1e-9, abs=1e-6)


def test_interquartile_mean_pools_runs_and_tasks():
    # the matrices of the reference implementation's own tests
    assert interquartile_mean([[1, 2], [2, 2], [1, 1], [2, 1]]) == 1.5
    assert interquartile_mean([[1, 1], [2, 2], [3, 3]]) == 2


def test_probability_of_improvement_is_published():
    x, y = [[1, 2], [2, 2], [1, 1], [2, 1]], [[1, 1], [2, 2], [3, 3]]
    assert probability_of_improvement(x, y) == pytest.approx(1 / 3)


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=9), st.lists(st.integers(0, 5), min_size=1, max_size=9)
)
def test_probability_of_improvement_is_mann_whitneys_u(x, y):
    u = stats.mannwhitneyu(x, y, alternative="greater").statistic / (len(x) * len(y))
    assert probability_of_improvement(x, y, "max") == pytest.approx(u)
    assert probability_of_improvement(x, y, "min") == pytest.approx(1 - u)


def test_wins_count_a_tie_half():
    assert wins([1.0, 2.0], [2.0], "max").tolist() == [[0.0], [0.5]]
    assert wins([1.0, 2.0], [2.0], "min").tolist() == [[1.0], [0.5]]


def test_mean_interval_is_scipys():
    scores = [0.61, 0.64, 0.6, 0.66, 0.63]
    expected = stats.t.interval(0.95, 4, loc=np.mean(scores), scale=stats.sem(scores))
    assert mean_interval(scores) == pytest.approx(expected)
    assert mean_interval([1.0]) is None


def test_spread_takes_rounding_for_none():
    assert spread([0.1 + 0.2, 0.3, 0.3]) == 0.0
    assert spread([1.0, 2.0, 4.0]) == pytest.approx(np.std([1, 2, 4], ddof=1))
    assert math.isnan(spread([1.0]))
