"""Is B better than A: groups of runs compared by one metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from statkit.analysis.aggregation import interquartile_mean, mean_interval, spread
from statkit.analysis.alignment import Align
from statkit.analysis.bootstrap import Interval, Resamples, generator, percentile_interval
from statkit.analysis.cautions import Caution, cautions, seeds_match
from statkit.analysis.curves import CurveDifference, curve_difference
from statkit.analysis.groups import Group, ScoredGroup, score_groups
from statkit.analysis.multiplicity import holm
from statkit.analysis.noise_floor import NoiseFloor, noise_floor
from statkit.analysis.pairs import Pair, Terms, set_against, set_against_paired
from statkit.analysis.result import Result
from statkit.analysis.scores import parse_at
from statkit.errors import UsageError
from statkit.schema import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSummary:
    """The scores of one group.

    Attributes
    ----------
    group : str
        Its name.
    runs : tuple of str
        Names of the runs with a score.
    n : int
        How many.
    values : tuple of float
        Their scores, in the same order, in the metric's unit.
    mean, iqm : float
        Mean and interquartile mean (equal below four runs).
    ci : tuple of float or None
        95 % interval of the mean, Student t; None with one run.
    sd : float or None
        Sample standard deviation; None with one run.
    iqm_ci : tuple of float or None
        Percentile bootstrap interval of ``iqm``. Too short with few runs.
    validations : tuple of int
        Finite values each run has.
    left_out : tuple of str
        Runs without a score.
    """

    group: str
    runs: tuple[str, ...]
    n: int
    values: tuple[float, ...]
    mean: float
    iqm: float
    ci: Interval | None
    sd: float | None
    iqm_ci: Interval | None
    validations: tuple[int, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Result):
    """Groups of runs side by side, and each candidate against the baseline.

    Attributes
    ----------
    metric, direction : str
        What was compared, and which way is better.
    at : str
        Where each run's score was taken.
    baseline : str
        Name of the first group.
    groups : tuple of GroupSummary
        Baseline first.
    comparisons : tuple of Pair
        One for each other group, in the order given; empty with one group.
    align : str
        How series of different steps were read.
    margin : float or None
        Differences up to this size do not matter.
    confidence : float
        Of every interval.
    resamples, seed : int
        Of every bootstrap and sampled permutation test.
    noise_floor : NoiseFloor or None
        Only with one group.
    warnings : tuple of Caution
        What makes the answer weaker.
    """

    metric: str
    direction: Direction
    at: str
    baseline: str
    groups: tuple[GroupSummary, ...]
    comparisons: tuple[Pair, ...]
    align: Align
    margin: float | None
    confidence: float
    resamples: int
    seed: int
    noise_floor: NoiseFloor | None
    warnings: tuple[Caution, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Give one row a comparison, or one a group where there is only one."""
        told: list[dict[str, Any]] = self.to_dict()["comparisons" if self.comparisons else "groups"]
        return [
            {name: value for name, value in _with_ends(row).items() if not isinstance(value, dict | list)}
            for row in told
        ]


def compare(
    groups: Sequence[Group],
    *,
    metric: str,
    direction: Direction,
    at: str = "best",
    align: Align = "exact",
    margin: float | None = None,
    paired: bool | None = None,
    differences: Sequence[float] = (),
    resamples: int = 10_000,
    seed: int = 0,
) -> Comparison:
    """Compare groups of runs by one metric; the first group is the baseline.

    Parameters
    ----------
    groups : sequence of Group
        With one group its noise floor is measured instead.
    metric : str
        Its name, for the result.
    direction : {"max", "min"}
        Which way is better.
    at : str
        ``best``, ``last``, ``step:N``, ``mean:A:B`` or ``auc``: see `scores.parse_at`.
    align : {"exact", "interp", "locf"}
        How series of different steps are read at common ones.
    margin : float, optional
        Differences up to this size do not matter, in the metric's unit, > 0.
    paired : bool, optional
        True pairs runs of equal key. None and False do not; None says so where keys would match.
    differences : sequence of float
        With one group: differences to plan for, in the metric's unit.
    resamples : int
        Bootstrap resamples, and shuffles where a permutation test cannot be enumerated.
    seed : int
        The same seed gives the same result, bit for bit.

    Returns
    -------
    Comparison
        With its verdicts, each with a reason.

    Raises
    ------
    UsageError
        Contradictory or impossible options.
    EmptySeriesError
        A group without any score.
    """
    _check(margin, resamples)
    rule = parse_at(at)
    scored = score_groups(groups, direction, rule, align)
    warnings = cautions(groups, scored, rule)
    terms = Terms(metric=metric, direction=direction, margin=margin, resamples=resamples, seed=seed)
    draws = [Resamples.draw(g.scores, resamples, generator(seed, 1, i)) for i, g in enumerate(scored)]
    pairs = []
    for group, own in zip(scored[1:], draws[1:], strict=True):
        if paired:
            pair, unpaired = set_against_paired(group, scored[0], terms)
            warnings += unpaired
        else:
            curves = _curves(group, scored[0], terms, align)
            pair = set_against(group, scored[0], (own, draws[0]), terms, curves)
            warnings += seeds_match(group, scored[0]) if paired is None else ()
        pairs.append(pair)
    return Comparison(
        metric=metric,
        direction=direction,
        at=str(rule),
        baseline=scored[0].name,
        groups=tuple(_summary(group, own) for group, own in zip(scored, draws, strict=True)),
        comparisons=_holm(pairs),
        align=align,
        margin=margin,
        confidence=0.95,
        resamples=resamples,
        seed=seed,
        noise_floor=noise_floor(scored[0].scores, differences=differences) if len(scored) == 1 else None,
        warnings=tuple(warnings),
    )


def adjust_together(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Adjust the p-values of several metrics' comparisons as one family (Holm 1979).

    Parameters
    ----------
    comparisons : sequence of Comparison
        One a metric.

    Returns
    -------
    tuple of Comparison
        The same with ``p_value_adjusted`` over all of their pairs.
    """
    pairs = iter(_holm([pair for comparison in comparisons for pair in comparison.comparisons]))
    return tuple(
        replace(comparison, comparisons=tuple(next(pairs) for _ in comparison.comparisons))
        for comparison in comparisons
    )


def _check(margin: float | None, resamples: int) -> None:
    if margin is not None and not (isfinite(margin) and margin > 0):
        raise UsageError(f"A margin of {margin} is none. Give a number above 0, in the metric's unit.")
    if resamples < 100:
        raise UsageError(f"{resamples} resamples say too little. Give 100 or more; 10,000 is usual.")


def _holm(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    adjusted = holm([pair.p_value for pair in pairs])
    return tuple(replace(pair, p_value_adjusted=p) for pair, p in zip(pairs, adjusted, strict=True))


def _curves(
    candidate: ScoredGroup, baseline: ScoredGroup, terms: Terms, align: Align
) -> CurveDifference | None:
    if len(candidate.scored) > 1 or len(baseline.scored) > 1:
        return None
    return curve_difference(
        candidate.scored[0],
        baseline.scored[0],
        direction=terms.direction,
        align=align,
        resamples=terms.resamples,
        seed=terms.seed,
    )


def _summary(group: ScoredGroup, draws: Resamples) -> GroupSummary:
    scores = group.scores
    several = len(scores) > 1
    return GroupSummary(
        group=group.name,
        runs=tuple(run.run for run in group.scored),
        n=len(scores),
        values=tuple(scores.tolist()),
        mean=float(scores.mean()),
        iqm=interquartile_mean(scores),
        ci=mean_interval(scores),
        sd=spread(scores) if several else None,
        iqm_ci=percentile_interval(draws.interquartile_means()) if several else None,
        validations=tuple(len(run.steps) for run in group.scored),
        left_out=tuple(run.run for run in group.unscored),
    )


def _with_ends(row: dict[str, Any]) -> dict[str, Any]:
    """Put the two ends of ``ci`` where it stood."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name == "ci":
            flat["ci_low"], flat["ci_high"] = value or (None, None)
        else:
            flat[name] = value
    return flat
