import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from statkit.analysis import theil_sen
from statkit.analysis.arrays import finite_points
from statkit.analysis.theil_sen import pair_slopes, reduced, slope_between

SERIES = st.lists(st.tuples(st.integers(0, 20), st.integers(-9, 9)), min_size=2, max_size=25)


def dumb_slopes(steps, values):
    n = len(steps)
    return [
        (values[j] - values[i]) / (steps[j] - steps[i])
        for i in range(n)
        for j in range(i + 1, n)
        if steps[j] > steps[i]
    ]


def split(pairs):
    pairs = sorted(pairs, key=lambda pair: pair[0])
    return np.array([p[0] for p in pairs], float), np.array([p[1] for p in pairs], float)


@given(SERIES, st.sampled_from([1, 500]))
def test_slope_is_the_median_over_all_pairs(pairs, small):
    steps, values = split(pairs)
    assume(len(set(steps)) > 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(theil_sen, "_SMALL", small)
        slopes = pair_slopes(steps, values)
    assert sorted(slopes) == pytest.approx(sorted(dumb_slopes(steps, values)))
    assert slope_between(slopes, 0).slope == pytest.approx(np.median(dumb_slopes(steps, values)))


@given(st.lists(st.floats(-100, 100), min_size=3, max_size=18, unique=True), st.integers(0, 60))
def test_interval_is_the_set_of_slopes_the_test_accepts(values, accepted):
    """A dumb road: S(b) on values - b·steps, at every slope's neighbourhood."""
    steps, values = np.arange(float(len(values))), np.array(values)
    slopes = np.unique(dumb_slopes(steps, values))
    assume(np.diff(slopes).min(initial=1) > 1e-6)
    answer = slope_between(pair_slopes(steps, values), min(accepted, len(slopes)))
    edges = np.concatenate([[slopes[0] - 1], slopes, [slopes[-1] + 1]])
    for b in (edges[:-1] + edges[1:]) / 2:
        s = sum(np.sign(d - b) for d in dumb_slopes(steps, values))
        inside = answer.low < b < answer.high
        if slopes[0] < b < slopes[-1]:
            assert inside == (abs(s) <= min(accepted, len(slopes)))


def test_interval_is_scipys_at_the_same_level():
    """scipy inverts the plain test without a continuity correction; at equal C the order statistics agree."""
    rng = np.random.default_rng(5)
    steps, values = np.arange(30.0), rng.normal(size=30) + 0.05 * np.arange(30)
    scipys = stats.theilslopes(values, steps, alpha=0.95)
    c = stats.norm.ppf(0.975) * np.sqrt(30 * 29 * 65 / 18)
    ours = slope_between(pair_slopes(steps, values), int(c))
    spaced = np.sort(dumb_slopes(steps, values))
    assert ours.slope == pytest.approx(scipys.slope)
    near = lambda a, b: abs(int(np.searchsorted(spaced, a)) - int(np.searchsorted(spaced, b))) <= 1  # noqa: E731
    assert near(ours.low, scipys.low_slope)
    assert near(ours.high, scipys.high_slope)


def test_ties_at_zero_leave_the_end_open():
    slopes = np.array([0.0] * 5 + [0.5, 1.0, 2.0])
    answer = slope_between(slopes, 2)
    assert (answer.score, answer.tied) == (3, 5 / 8)
    assert answer.low == 0.5
    assert slope_between(-slopes, 2).high == -0.5


def test_a_long_series_is_cut_into_block_medians():
    points = finite_points(np.arange(12_000), np.arange(12_000) * 2.0)
    steps, values, method = reduced(points)
    assert method == "2,000 block medians"
    assert len(steps) == len(values) == 2_000
    assert values[0] == np.median(np.arange(6) * 2.0)
    assert reduced(finite_points(range(5_000), range(5_000)))[2] == "exact"
