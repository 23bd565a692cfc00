import math

import numpy as np
import pytest
from scipy import stats

from statkit.analysis.gating import gate
from statkit.errors import UsageError

BASE = [0.670, 0.672, 0.671, 0.669, 0.673]
SD = np.std(BASE, ddof=1)


def judged(candidate, baseline=BASE, direction="max", margin="-0.01"):
    return gate(candidate, baseline, metric="quality", direction=direction, margin=margin)


def test_one_candidate_is_held_against_the_prediction_interval():
    result = judged([0.669])
    half = stats.t.ppf(0.95, 4) * SD * math.sqrt(1 + 1 / 5)
    assert result.method == "prediction interval"
    assert result.difference == pytest.approx(-0.002)
    assert result.bound == pytest.approx(-0.002 - half)
    assert result.favourable_bound == pytest.approx(-0.002 + half)
    assert result.allowed == pytest.approx(-0.01)
    assert result.verdict == "pass"


def test_two_candidates_are_held_against_the_interval_of_their_mean():
    half = stats.t.ppf(0.95, 4) * SD * math.sqrt(1 / 2 + 1 / 5)
    result = judged([0.669, 0.671])
    assert result.difference - result.bound == pytest.approx(half)


def test_several_candidates_use_the_one_sided_bound_of_the_difference():
    new = [0.668, 0.671, 0.667]
    result = judged(new)
    welch = stats.ttest_ind(new, BASE, equal_var=False, alternative="greater").confidence_interval(0.95)
    assert result.method == "one-sided Welch t"
    assert result.bound == pytest.approx(welch.low)


@pytest.mark.parametrize(
    ("candidate", "verdict"),
    [(0.671, "pass"), (0.9, "pass"), (0.64, "regression"), (0.661, "too-little-evidence")],
)
def test_verdicts_of_a_metric_to_be_high(candidate, verdict):
    assert judged([candidate]).verdict == verdict


@pytest.mark.parametrize(
    ("candidate", "verdict"),
    [(0.671, "pass"), (0.4, "pass"), (0.70, "regression"), (0.6777, "too-little-evidence")],
)
def test_verdicts_of_a_metric_to_be_low(candidate, verdict):
    result = judged([candidate], direction="min", margin="+1%")
    assert result.verdict == verdict
    assert result.allowed == pytest.approx(0.00671)


@pytest.mark.parametrize(("k", "m"), [(1, 4), (2, 4), (3, 2), (30, 2), (1, 0), (0, 5)])
def test_too_few_runs_never_pass(k, m):
    result = judged([0.9] * k, BASE[:m])
    assert result.verdict == "too-little-evidence"
    assert result.bound is None
    assert f"{k} candidate and {m} baseline runs" in result.reason


def test_the_reason_says_which_margin_would_decide():
    result = judged([0.669], margin="-0.001")
    assert result.verdict == "too-little-evidence"
    assert f"{result.bound:+.4g}" in result.reason
    assert judged([0.669], margin=f"{result.bound - 1e-9}").verdict == "pass"


def test_a_candidate_without_a_finite_value_is_a_regression():
    assert judged([math.nan]).verdict == "regression"
    result = judged([0.9, 0.9, math.nan])
    assert result.verdict == "regression"
    assert "1 of 3 candidate runs" in result.reason


def test_a_baseline_without_a_finite_value_is_left_out():
    assert judged([0.671], [*BASE, math.nan]).n_baseline == 5
    assert judged([0.671], [*BASE[:4], math.nan]).verdict == "too-little-evidence"


def test_copies_do_not_show_the_noise():
    result = judged([0.671], [0.671] * 6)
    assert result.verdict == "too-little-evidence"
    assert "same score" in result.reason


def test_a_margin_of_nothing_asks_for_an_improvement():
    assert judged([0.671], margin="0").verdict == "too-little-evidence"
    assert judged([0.7], margin="0").verdict == "pass"
    assert str(judged([0.7], margin="0").allowed) == "0.0"


def test_a_margin_in_the_improving_sign_is_refused():
    with pytest.raises(UsageError, match="improvement"):
        judged([0.7], margin="+0.005")
    with pytest.raises(UsageError, match="improvement"):
        judged([0.7], [], margin="+0.005")


@pytest.mark.parametrize(("k", "m"), [(1, 5), (2, 6), (3, 3), (5, 5)])
def test_error_rates_at_the_edge_of_the_margin(k, m):
    rng = np.random.default_rng([k, m])
    verdicts = [judged(rng.normal(-1, 1, k), rng.normal(0, 1, m), margin="-1").verdict for _ in range(2_000)]
    for wrong in ("pass", "regression"):
        assert 0.02 < verdicts.count(wrong) / 2_000 < 0.07
