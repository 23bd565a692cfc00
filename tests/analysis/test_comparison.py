import json
import math
from itertools import product

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower, TTestPower

from statkit.analysis.comparison import adjust_together, compare
from statkit.analysis.groups import Group, Series
from statkit.errors import UsageError

BASE = [0.61, 0.64, 0.6, 0.66, 0.63]
NEW = [0.66, 0.69, 0.66, 0.68, 0.7]
STEPS = [500, 1000, 1500]


def group(name, scores, keys=None, steps=STEPS):
    keys = keys or [None] * len(scores)
    return Group(
        name,
        [
            Series(f"{name}-{i}", steps, [value - 0.2, value - 0.1, value][-len(steps) :], key=key)
            for i, (value, key) in enumerate(zip(scores, keys, strict=True))
        ],
    )


def pair(base=BASE, new=NEW, direction="max", **options):
    groups = [group("base", base), group("new", new)]
    return compare(groups, metric="quality", direction=direction, at="last", **options).comparisons[0]


def test_every_number_has_its_independent_road():
    result = compare([group("base", BASE), group("new", NEW)], metric="quality", direction="max")
    one = result.comparisons[0]
    welch = stats.ttest_ind(NEW, BASE, equal_var=False).confidence_interval(0.95)
    assert one.difference == pytest.approx(np.mean(NEW) - np.mean(BASE))
    assert one.ci == pytest.approx((welch.low, welch.high))
    u = stats.mannwhitneyu(NEW, BASE, alternative="greater").statistic
    assert one.probability_of_improvement == pytest.approx(u / 25)
    exact = stats.permutation_test(
        (NEW, BASE), lambda x, y: abs(np.mean(x) - np.mean(y)), n_resamples=np.inf, alternative="greater"
    )
    assert one.p_value == pytest.approx(exact.pvalue)
    assert one.p_value_attainable == pytest.approx(2 / 252)
    sd = math.sqrt((np.var(NEW, ddof=1) + np.var(BASE, ddof=1)) / 2)
    effect = TTestIndPower().solve_power(nobs1=5, alpha=0.05, power=0.8)
    assert one.minimum_detectable == pytest.approx(effect * sd, rel=1e-5)
    assert one.hedges_g == pytest.approx(one.difference / sd * (1 - 3 / 31), rel=1e-3)
    assert one.iqm_difference == pytest.approx(stats.trim_mean(NEW, 0.25) - stats.trim_mean(BASE, 0.25))
    bootstrap = stats.bootstrap(
        (NEW, BASE), lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis), method="percentile", rng=1
    ).confidence_interval
    assert one.bootstrap_ci == pytest.approx((bootstrap.low, bootstrap.high), abs=2e-3)
    summary = result.groups[0]
    assert summary.iqm == pytest.approx(stats.trim_mean(BASE, 0.25))
    assert summary.ci == pytest.approx(stats.t.interval(0.95, 4, np.mean(BASE), stats.sem(BASE)))
    assert summary.values == pytest.approx(tuple(BASE))
    assert one.verdict == "better"


def test_the_keys_are_those_promised():
    told = compare([group("base", BASE), group("new", NEW)], metric="quality", direction="max").to_dict()
    assert list(told)[:6] == ["metric", "direction", "at", "baseline", "groups", "comparisons"]
    assert list(told["groups"][0])[:7] == ["group", "runs", "n", "values", "mean", "iqm", "ci"]
    assert list(told["comparisons"][0])[:2] == ["candidate", "baseline"]
    assert set(told["comparisons"][0]) >= {
        "candidate", "baseline", "difference", "ci", "probability_of_improvement", "hedges_g", "p_value",
        "p_value_attainable", "p_value_adjusted", "minimum_detectable", "verdict", "reason",
    }  # fmt: skip
    assert all(set(warning) == {"code", "path", "message"} for warning in told["warnings"])
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_difference_keeps_the_metrics_sign_and_improvement_its_direction():
    up, down = pair(direction="max"), pair(direction="min")
    assert up.difference == down.difference > 0
    assert up.hedges_g == down.hedges_g
    assert (up.verdict, down.verdict) == ("better", "worse")
    assert up.probability_of_improvement == pytest.approx(1 - down.probability_of_improvement)
    assert up.relative_difference == pytest.approx(up.difference / np.mean(BASE))


def test_three_against_three_can_be_better_but_says_what_p_cannot():
    one = pair([0.6, 0.61, 0.62], [0.7, 0.71, 0.72])
    assert one.verdict == "better"
    assert one.p_value == pytest.approx(0.1)
    assert one.p_value_attainable == pytest.approx(0.1)
    assert "cannot go below p = 0.1" in one.reason


def test_one_against_one_is_inconclusive_and_speaks_of_these_runs_only():
    one = pair([0.6], [0.9])
    assert (one.verdict, one.reason) == ("inconclusive", "one run per side")
    assert one.ci is one.hedges_g is one.minimum_detectable is one.bootstrap_ci is None
    assert one.p_value == one.p_value_attainable == 1.0
    assert one.within_run.label == "within this run only"
    assert [step for step, _ in one.within_run.differences] == STEPS
    assert one.within_run.mean_difference == pytest.approx(0.3)
    assert (one.within_run.time_to_target.candidate, one.within_run.time_to_target.baseline) == (500, 1500)


def test_one_against_many_has_no_interval():
    one = pair([0.6], NEW)
    assert one.verdict == "inconclusive"
    assert one.ci is one.within_run is None
    assert one.p_value == pytest.approx(1 / 6)  # of the six values, the lowest is the farthest out


def test_margin():
    near = [value + 0.001 for value in BASE]
    assert pair(new=near).verdict == "inconclusive"
    assert pair(new=near, margin=0.05).verdict == "equivalent"
    assert pair(margin=0.002).verdict == "better"
    assert pair(margin=0.05).verdict == "inconclusive"


def test_pairs_are_matched_by_key_not_by_order():
    seeds = [1, 2, 3, 4, 5]
    shuffled = [4, 2, 5, 1, 3]
    new = [BASE[seeds.index(key)] + 0.01 + 0.001 * key for key in shuffled]
    groups = [group("base", BASE, seeds), group("new", new, shuffled)]
    one = compare(groups, metric="quality", direction="max", paired=True).comparisons[0]
    gaps = np.array([0.011, 0.012, 0.013, 0.014, 0.015])
    interval = stats.t.interval(0.95, 4, gaps.mean(), stats.sem(gaps))
    assert one.ci == pytest.approx(interval)
    assert (one.ci_method, one.paired) == ("paired t", True)
    assert one.p_value == one.p_value_attainable == 0.0625
    assert one.verdict == "better"
    assert one.pair_correlation == pytest.approx(np.corrcoef(BASE, BASE + gaps)[0, 1])
    effect = TTestPower().solve_power(nobs=5, alpha=0.05, power=0.8)
    assert one.minimum_detectable == pytest.approx(effect * gaps.std(ddof=1), rel=1e-5)
    assert compare(groups, metric="quality", direction="max").comparisons[0].verdict == "inconclusive"


def test_a_run_without_partner_is_left_out_by_name():
    groups = [group("base", BASE, [1, 2, 3, 4, 5]), group("new", NEW[:4], [1, 2, 3, 9])]
    result = compare(groups, metric="quality", direction="max", paired=True)
    assert (result.comparisons[0].n_candidate, result.comparisons[0].n_baseline) == (3, 3)
    assert {w.path for w in result.warnings if w.code == "unpaired"} == {"base-3", "base-4", "new-3"}


@pytest.mark.parametrize(
    ("keys", "words"), [([7, 8, 9, 10, 11], "nothing to pair"), ([1, 1, 2, 3, 4], "same key 1")]
)
def test_pairs_that_cannot_be_made(keys, words):
    groups = [group("base", BASE, [1, 2, 3, 4, 5]), group("new", NEW, keys)]
    with pytest.raises(UsageError, match=words):
        compare(groups, metric="quality", direction="max", paired=True)


def test_matching_seeds_are_mentioned_unless_refused():
    groups = [group("base", BASE, [1, 2, 3, 4, 5]), group("new", NEW, [5, 4, 3, 2, 1])]
    said = compare(groups, metric="quality", direction="max").warnings
    assert [w.code for w in said] == ["seeds-match"]
    assert compare(groups, metric="quality", direction="max", paired=False).warnings == ()


def test_holm_over_candidates_and_over_metrics():
    third = [0.62, 0.65, 0.61, 0.66, 0.67]
    groups = [group("base", BASE), group("new", NEW), group("third", third)]
    one = compare(groups, metric="quality", direction="max")
    raw = [p.p_value for p in one.comparisons]
    assert [p.p_value_adjusted for p in one.comparisons] == pytest.approx(
        multipletests(raw, method="holm")[1]
    )
    two = compare(groups, metric="loss", direction="min", at="step:500")
    together = adjust_together([one, two])
    raw = [p.p_value for c in (one, two) for p in c.comparisons]
    adjusted = [p.p_value_adjusted for c in together for p in c.comparisons]
    assert adjusted == pytest.approx(multipletests(raw, method="holm")[1])
    assert [c.metric for c in together] == ["quality", "loss"]


def test_the_same_seed_gives_the_same_result():
    groups = [group("base", list(np.linspace(0.6, 0.7, 15))), group("new", list(np.linspace(0.62, 0.75, 15)))]
    first, again, other = (
        compare(groups, metric="quality", direction="max", resamples=500, seed=seed) for seed in (1, 1, 2)
    )
    assert "Monte Carlo" in first.comparisons[0].p_value_method
    assert first.to_dict() == again.to_dict()
    assert other.comparisons[0].bootstrap_ci != first.comparisons[0].bootstrap_ci


def test_identical_runs():
    same = pair([0.5] * 4, [0.5] * 4)
    assert (same.verdict, same.p_value, same.probability_of_improvement) == ("inconclusive", 1.0, 0.5)
    assert same.hedges_g is same.minimum_detectable is None
    apart = pair([0.5] * 3, [0.6] * 3)
    assert apart.verdict == "inconclusive"
    assert "no width" in apart.reason
    assert pair([0.5] * 5, [0.6] * 5).verdict == "better"


def test_a_candidate_that_lost_runs_is_not_called_better():
    groups = [group("base", BASE), group("new", [*NEW, math.nan])]
    result = compare(groups, metric="quality", direction="max")
    assert result.comparisons[0].verdict == "inconclusive"
    assert "new-5" in result.comparisons[0].reason
    assert result.groups[1].left_out == ("new-5",)
    assert {w.code for w in result.warnings} == {"non-finite", "left-out"}


def test_one_group_gives_its_noise_floor():
    result = compare([group("base", BASE)], metric="quality", direction="max", differences=[0.01])
    assert result.comparisons == ()
    assert result.noise_floor.sd == pytest.approx(np.std(BASE, ddof=1))
    assert result.noise_floor.runs_needed[0].difference == 0.01
    assert result.rows()[0]["group"] == "base"


def test_rows_have_the_ends_of_the_interval():
    rows = compare([group("base", BASE), group("new", NEW)], metric="quality", direction="max").rows()
    assert len(rows) == 1
    assert rows[0]["ci_low"] < rows[0]["difference"] < rows[0]["ci_high"]
    assert list(rows[0])[:5] == ["candidate", "baseline", "metric", "difference", "ci_low"]


@pytest.mark.parametrize("margin", [0.0, -0.1, math.nan, math.inf])
def test_a_margin_must_be_one(margin):
    with pytest.raises(UsageError, match="margin"):
        pair(margin=margin)


def test_too_few_resamples_are_refused():
    with pytest.raises(UsageError, match="100 or more"):
        pair(resamples=10)


@pytest.mark.parametrize(("n", "direction"), list(product((3, 5), ("max", "min"))))
def test_false_alarms_of_the_verdict_stay_at_the_level(n, direction):
    rng = np.random.default_rng(n)
    verdicts = [
        pair(*rng.normal(size=(2, n)).tolist(), direction=direction, resamples=100).verdict
        for _ in range(400)
    ]
    assert 0 < sum(v in ("better", "worse") for v in verdicts) <= 0.07 * 400
