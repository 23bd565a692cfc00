"""Two groups set against one another: the difference, how sure it is, and what to call it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from statkit.analysis.aggregation import (
    Floats,
    interquartile_mean,
    probability_of_improvement,
    spread,
    wins,
)
from statkit.analysis.bootstrap import (
    Interval,
    Resamples,
    generator,
    percentile_interval,
    resampled_probability,
)
from statkit.analysis.cautions import Caution
from statkit.analysis.curves import CurveDifference
from statkit.analysis.effects import hedges_g, paired_interval, pooled_spread, welch
from statkit.analysis.groups import ScoredGroup
from statkit.analysis.pairing import matching_runs, without_partner
from statkit.analysis.permutation import PermutationTest, permutation_test, sign_flip_test
from statkit.analysis.power import detectable_difference, detectable_paired_difference
from statkit.analysis.result import Result
from statkit.analysis.verdicts import Evidence, Verdict, decide
from statkit.schema import Direction

WELCH: Final = "Welch t"
PAIRED: Final = "paired t"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Result):
    """A candidate group against the baseline group.

    Attributes
    ----------
    candidate, baseline : str
        Names of the groups.
    metric : str
        What was compared.
    difference : float
        Mean of the candidate minus mean of the baseline, in the metric's own sign and unit.
    ci : tuple of float or None
        Its 95 % interval, by ``ci_method``; None with fewer than two runs a side.
    probability_of_improvement : float
        P(candidate run better) + ½ P(tie), in the metric's direction, over all pairs of runs.
    hedges_g : float or None
        Difference in pooled standard deviations, small-sample corrected; own sign. Always of the two
        groups, also where ``paired``.
    p_value : float
        Two-sided permutation test of the difference in means (sign-flip test where ``paired``).
    p_value_attainable : float
        The smallest p that so many runs can reach.
    p_value_adjusted : float
        After Holm, over all comparisons made together.
    minimum_detectable : float or None
        The difference that so many runs of this spread find with 80 % power at 5 %.
    verdict : {"better", "worse", "equivalent", "inconclusive"}
        See `verdicts.decide`.
    reason : str
        One sentence.
    n_candidate, n_baseline : int
        Runs that took part.
    relative_difference : float or None
        ``difference`` over the size of the baseline's mean; None where that is 0.
    ci_method : {"Welch t", "paired t"}
        How ``ci`` was made.
    p_value_method : str
        ``exact`` or ``Monte Carlo``, with the number of assignments.
    bootstrap_ci : tuple of float or None
        Percentile interval of the difference, stratified bootstrap. Too short with few runs.
    iqm_difference : float
        Difference of the interquartile means.
    iqm_difference_ci, probability_of_improvement_ci : tuple of float or None
        Percentile intervals, stratified bootstrap. Too short with few runs.
    paired : bool
        Whether runs of equal key were paired.
    pair_correlation : float or None
        Between the two sides of the pairs: pairing helps where it is clearly above 0.
    within_run : CurveDifference or None
        Only with one run per side.
    """

    candidate: str
    baseline: str
    metric: str
    difference: float
    ci: Interval | None
    probability_of_improvement: float
    hedges_g: float | None
    p_value: float
    p_value_attainable: float
    p_value_adjusted: float
    minimum_detectable: float | None
    verdict: Verdict
    reason: str
    n_candidate: int
    n_baseline: int
    relative_difference: float | None
    ci_method: str
    p_value_method: str
    bootstrap_ci: Interval | None
    iqm_difference: float
    iqm_difference_ci: Interval | None
    probability_of_improvement_ci: Interval | None
    paired: bool
    pair_correlation: float | None
    within_run: CurveDifference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What all comparisons of one call share."""

    metric: str
    direction: Direction
    margin: float | None
    resamples: int
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class _Intervals:
    """Bootstrap intervals of one pair of groups."""

    difference: Interval | None
    iqm: Interval | None
    probability: Interval | None


def set_against(
    candidate: ScoredGroup,
    baseline: ScoredGroup,
    draws: tuple[Resamples, Resamples],
    terms: Terms,
    within_run: CurveDifference | None = None,
) -> Pair:
    """Compare two groups whose runs have nothing to do with one another.

    Parameters
    ----------
    candidate, baseline : ScoredGroup
        One scored run or more each.
    draws : tuple of Resamples
        Of the candidate's and the baseline's scores, equally many.
    terms : Terms
        Metric, direction, margin, resamples and seed.
    within_run : CurveDifference, optional
        With one run per side.
    """
    first, second = candidate.scores, baseline.scores
    between = welch(first, second)
    sd = pooled_spread(first, second)
    return _pair(
        candidate,
        baseline,
        scores=(first, second),
        ci=between.interval() if between else None,
        test=permutation_test(first, second, resamples=terms.resamples, seed=terms.seed),
        minimum_detectable=None if not sd else detectable_difference(sd, len(first), len(second)),
        bootstrap=_group_intervals(*draws, terms.direction),
        terms=terms,
        within_run=within_run,
    )


def set_against_paired(
    candidate: ScoredGroup, baseline: ScoredGroup, terms: Terms
) -> tuple[Pair, list[Caution]]:
    """Compare two groups run by run, where keys match; runs without a partner are left out.

    Raises
    ------
    UsageError
        No key occurs in both groups, or one occurs twice in a group.
    """
    matched = matching_runs(candidate, baseline)
    first = np.array([one.score for one, _ in matched])
    second = np.array([other.score for _, other in matched])
    gaps = first - second
    sd = spread(gaps)
    pair = _pair(
        candidate,
        baseline,
        scores=(first, second),
        ci=paired_interval(gaps),
        test=sign_flip_test(gaps, resamples=terms.resamples, seed=terms.seed),
        minimum_detectable=detectable_paired_difference(sd, len(gaps)) if sd > 0 else None,
        bootstrap=_paired_intervals(first, second, terms),
        terms=terms,
        paired=True,
    )
    return pair, without_partner(candidate, baseline, matched)


def _pair(
    candidate: ScoredGroup,
    baseline: ScoredGroup,
    *,
    scores: tuple[Floats, Floats],
    ci: Interval | None,
    test: PermutationTest,
    minimum_detectable: float | None,
    bootstrap: _Intervals,
    terms: Terms,
    paired: bool = False,
    within_run: CurveDifference | None = None,
) -> Pair:
    first, second = scores
    middle = float(second.mean())
    difference = float(first.mean()) - middle
    verdict, reason = decide(
        Evidence(
            direction=terms.direction,
            n_candidate=len(first),
            n_baseline=len(second),
            failures_candidate=candidate.failures(),
            failures_baseline=baseline.failures(),
            ci=ci,
            p_value=test.p_value,
            attainable=test.attainable,
            minimum_detectable=minimum_detectable,
            margin=terms.margin,
            spread=ci is None or ci[0] < ci[1],
        )
    )
    return Pair(
        candidate=candidate.name,
        baseline=baseline.name,
        metric=terms.metric,
        difference=difference,
        ci=ci,
        probability_of_improvement=probability_of_improvement(first, second, terms.direction),
        hedges_g=hedges_g(first, second),
        p_value=test.p_value,
        p_value_attainable=test.attainable,
        p_value_adjusted=test.p_value,
        minimum_detectable=minimum_detectable,
        verdict=verdict,
        reason=reason,
        n_candidate=len(first),
        n_baseline=len(second),
        relative_difference=difference / abs(middle) if middle else None,
        ci_method=PAIRED if paired else WELCH,
        p_value_method=f"{'exact' if test.exact else 'Monte Carlo'}, {test.assignments:,} assignments",
        bootstrap_ci=bootstrap.difference,
        iqm_difference=interquartile_mean(first) - interquartile_mean(second),
        iqm_difference_ci=bootstrap.iqm,
        probability_of_improvement_ci=bootstrap.probability,
        paired=paired,
        pair_correlation=_correlation(first, second) if paired else None,
        within_run=within_run,
    )


def _group_intervals(first: Resamples, second: Resamples, direction: Direction) -> _Intervals:
    if min(len(first.scores), len(second.scores)) < 2:
        return _Intervals(None, None, None)
    won = wins(first.scores, second.scores, direction)
    return _Intervals(
        percentile_interval(first.means() - second.means()),
        percentile_interval(first.interquartile_means() - second.interquartile_means()),
        percentile_interval(resampled_probability(first, second, won)),
    )


def _paired_intervals(first: Floats, second: Floats, terms: Terms) -> _Intervals:
    """Resample whole pairs: only the difference of means is defined pair by pair."""
    if len(first) < 2:
        return _Intervals(None, None, None)
    draws = Resamples.draw(first - second, terms.resamples, generator(terms.seed, 2))
    return _Intervals(percentile_interval(draws.means()), None, None)


def _correlation(first: Floats, second: Floats) -> float | None:
    if len(first) < 3 or not spread(first) or not spread(second):
        return None
    return float(np.corrcoef(first, second)[0, 1])
