import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from statkit.analysis.trends import ENOUGH, trend
from statkit.errors import EmptySeriesError

T = np.arange(40)
CURVE = 30 * (1 - np.exp(-T / 8)) + np.random.default_rng(0).standard_normal(40)


def test_a_learning_curve_improves():
    answer = trend(T * 500, CURVE, direction="max")
    assert answer.verdict == "improving"
    assert answer.slope_per_1000_steps == pytest.approx(1000 * stats.theilslopes(CURVE, T * 500).slope)
    assert (answer.first, answer.last) == (CURVE[0], CURVE[-1])
    assert answer.best.value == CURVE.max()
    assert answer.best.step == 500 * int(CURVE.argmax())
    assert answer.slope_method == "exact"
    assert answer.plain_p == pytest.approx(stats.kendalltau(T, CURVE, method="asymptotic").pvalue, rel=0.2)


def test_direction_turns_the_verdict():
    assert trend(T, CURVE, direction="min").verdict == "worsening"
    assert trend(T, -CURVE, direction="min").verdict == "improving"
    assert trend(T, -CURVE, direction="max").verdict == "worsening"


def test_what_is_not_finite_is_left_out_and_counted():
    values = [None, *CURVE.tolist(), float("nan"), float("inf")]
    answer = trend([-1, *T, 90, 91], values, direction="max")
    assert (answer.n, answer.dropped) == (40, 3)
    assert answer.p_value == trend(T, CURVE, direction="max").p_value
    assert "3 entries without a finite number left out" in answer.notes


def test_order_of_the_input_does_not_matter():
    shuffled = np.random.default_rng(1).permutation(40)
    assert trend(T[shuffled], CURVE[shuffled], direction="max") == trend(T, CURVE, direction="max")


def test_nothing_finite_is_an_error_that_counts():
    with pytest.raises(EmptySeriesError, match="loss has 2 entries and no finite number"):
        trend([1, 2], [None, float("nan")], direction="min", metric="loss")


def test_patience_has_a_least():
    with pytest.raises(ValueError, match="3 validations or more"):
        trend(T, CURVE, direction="max", patience=2)


def test_too_few_points_give_a_slope_and_no_verdict():
    answer = trend([0, 1000, 2000], [1.0, 2.0, 4.0], direction="max")
    assert answer.verdict == "too-few"
    assert answer.slope_per_1000_steps == 1.5
    assert answer.slope_ci is answer.p_value is answer.plateau_since is None


@pytest.mark.parametrize("n", range(ENOUGH, 30))
@pytest.mark.parametrize("shape", ["line", "saturating", "step-like"])
def test_a_series_that_never_falls_back_improves(n, shape):
    t = np.arange(n)
    values = {"line": t * 1.0, "saturating": 1 - np.exp(-5 * t / n), "step-like": 1 / (1 + np.exp(n / 2 - t))}
    assert trend(t, values[shape], direction="max").verdict == "improving"


def test_one_point_and_one_step():
    assert trend([5], [1.0], direction="max").notes == ("one point",)
    answer = trend([5] * 12, range(12), direction="max")
    assert answer.verdict == "too-few"
    assert answer.slope_per_1000_steps is None
    assert answer.notes == ("all points share one step",)


def test_a_constant_is_flat_since_its_start():
    answer = trend(T, np.full(40, 0.5), direction="max")
    assert (answer.verdict, answer.slope_ci, answer.p_value, answer.plateau_since) == ("flat", (0, 0), 1, 0)


def test_excluded_rows_are_never_best():
    values = CURVE.copy()
    values[3] = 99
    excluded = np.arange(40) == 3
    assert trend(T, values, direction="max").best.step == 3
    assert trend(T, values, direction="max", excluded=excluded).best.value == CURVE.max()


def test_the_earliest_of_equal_bests_is_named():
    assert trend([1, 2, 3], [5.0, 5.0, 1.0], direction="max").best.step == 1


def test_spikes_are_steps():
    values = CURVE.copy()
    values[20] += 30
    assert trend(T * 500, values, direction="max").spikes == (10_000,)


def test_long_series_say_how_they_were_cut():
    rng = np.random.default_rng(0)
    answer = trend(range(20_000), rng.standard_normal(20_000) + np.arange(20_000) / 5000, direction="max")
    assert answer.slope_method == "2,000 block medians"
    assert answer.verdict == "improving"
    assert answer.slope_per_1000_steps == pytest.approx(0.2, rel=0.05)
    assert answer.notes == ("slope, interval and test on 2,000 block medians of 20,000 points",)


@settings(max_examples=150)
@given(
    st.lists(st.floats(-1e6, 1e6) | st.integers(-3, 3).map(float), min_size=8, max_size=40),
    st.sampled_from(["max", "min"]),
)
def test_interval_p_and_verdict_agree(values, direction):
    answer = trend(range(len(values)), values, direction=direction)
    low, high = answer.slope_ci
    assert low <= high
    assert (answer.p_value < 0.05) == (low > 0 or high < 0)
    rising = low > 0 if direction == "max" else high < 0
    expected = "flat" if answer.p_value >= 0.05 else "improving" if rising else "worsening"
    assert answer.verdict == expected


@given(st.lists(st.none() | st.floats(), min_size=1, max_size=30))
def test_whatever_comes_in_the_result_is_finite_json(values):
    try:
        answer = trend(range(len(values)), values, direction="min")
    except EmptySeriesError:
        return
    told = answer.to_dict()
    json.dumps({key: value for key, value in told.items() if key not in ("slope_per_1000_steps", "slope_ci")})
    assert told["best"]["value"] == min(v for v in values if v is not None and abs(v) < float("inf"))


@pytest.mark.parametrize("factor", [1e-200, 1e200])
def test_huge_and_tiny_values_scale(factor):
    usual, far = trend(T, CURVE, direction="max"), trend(T, CURVE * factor, direction="max")
    assert far.slope_per_1000_steps == pytest.approx(usual.slope_per_1000_steps * factor)
    assert far.slope_ci == pytest.approx([end * factor for end in usual.slope_ci])
    assert (far.p_value, far.phi) == pytest.approx((usual.p_value, usual.phi))
    assert (far.plateau_since, far.spikes) == (usual.plateau_since, usual.spikes)
