"""May this run pass: a candidate held against baselines, within a margin that may be lost.

Non-inferiority (Schuirmann 1987, one side): the burden of proof is on the candidate. It passes when
even the unfavourable end of a one-sided 95 % bound stays within the margin, it is a regression when
even the favourable end lies beyond it, and otherwise the runs are too few for their noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from statkit.analysis.aggregation import Floats, sign, spread
from statkit.analysis.distributions import student_quantile
from statkit.analysis.effects import welch
from statkit.analysis.margins import Margin, parse_margin
from statkit.analysis.result import Result
from statkit.schema import Direction

GateVerdict = Literal["pass", "regression", "too-little-evidence"]
Method = Literal["prediction interval", "one-sided Welch t", "none"]

LEAST_FOR_PREDICTION: Final = 5
"""Baseline runs needed to judge one or two candidates."""
LEAST_A_SIDE: Final = 3
"""Runs a side needed to judge several candidates by the difference of the means."""
LEVEL: Final = 0.95
"""Of each one-sided bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate(Result):
    """One rule, judged.

    Attributes
    ----------
    metric, margin : str
        The rule.
    verdict : {"pass", "regression", "too-little-evidence"}
        Only ``pass`` lets the candidate through.
    reason : str
        One sentence.
    direction : {"max", "min"}
        Which way is better.
    method : {"prediction interval", "one-sided Welch t", "none"}
        What the bounds were made with.
    n_candidate, n_baseline : int
        Runs with a finite score.
    candidate_mean, baseline_mean : float or None
        In the metric's unit.
    difference : float or None
        Candidate − baseline, in the metric's own sign.
    allowed : float or None
        The difference at which the margin ends, in the metric's own sign.
    bound : float or None
        The unfavourable end of the difference: passes where it stays within ``allowed``.
    favourable_bound : float or None
        The favourable end: a regression where it lies beyond ``allowed``.
    confidence : float
        One-sided level of each bound.
    """

    metric: str
    margin: str
    verdict: GateVerdict
    reason: str
    direction: Direction
    method: Method
    n_candidate: int
    n_baseline: int
    candidate_mean: float | None
    baseline_mean: float | None
    difference: float | None
    allowed: float | None
    bound: float | None
    favourable_bound: float | None
    confidence: float = LEVEL


def gate(
    candidate: ArrayLike,
    baseline: ArrayLike,
    *,
    metric: str,
    direction: Direction,
    margin: str | Margin,
) -> Gate:
    """Judge whether a candidate is worse than its baseline by more than a margin.

    Parameters
    ----------
    candidate, baseline : array_like, shape (n,) and (m,)
        One score a run. NaN is a run without a finite value: in the candidate that is a regression,
        in the baseline it is left out.
    metric : str
        Its name, for the result.
    direction : {"max", "min"}
        Which way is better.
    margin : str or Margin
        As `parse_margin` reads it: how much worse is allowed, in the metric's own sign.

    Returns
    -------
    Gate
        One or two candidates are judged against five or more baselines by the prediction interval of
        the mean of k further runs, mean ± t·s·√(1/k + 1/m) (Hahn & Meeker 1991); three or more against
        three or more by Welch's one-sided bound of the difference. Fewer is too little evidence.

    Raises
    ------
    UsageError
        A margin that cannot be read or is an improvement.
    """
    rule = margin if isinstance(margin, Margin) else parse_margin(margin)
    own, other = _scores(candidate), _scores(baseline)
    finite, other = own[np.isfinite(own)], other[np.isfinite(other)]
    candidate_mean, baseline_mean = _mean(finite), _mean(other)
    allowed = rule.allowed(1.0 if baseline_mean is None else baseline_mean, direction)
    method, half = _half_width(finite, other)
    difference = None if candidate_mean is None or baseline_mean is None else candidate_mean - baseline_mean
    worse = -sign(direction)
    if len(finite) < len(own):
        verdict, reason = _diverged(len(own) - len(finite), len(own))
    elif difference is None or half is None:
        verdict, reason = "too-little-evidence", _what_is_missing(finite, other)
    else:
        verdict, reason = _judge(worse * difference, half, allowed, worse)
    return Gate(
        metric=metric,
        margin=rule.text,
        verdict=verdict,
        reason=reason,
        direction=direction,
        method=method,
        n_candidate=len(finite),
        n_baseline=len(other),
        candidate_mean=candidate_mean,
        baseline_mean=baseline_mean,
        difference=difference,
        allowed=worse * allowed + 0.0 if len(other) else None,
        bound=None if difference is None or half is None else difference + worse * half,
        favourable_bound=None if difference is None or half is None else difference - worse * half,
    )


def _scores(scores: ArrayLike) -> Floats:
    return np.atleast_1d(np.asarray(scores, np.float64))


def _mean(scores: Floats) -> float | None:
    return float(scores.mean()) if len(scores) else None


def _half_width(candidate: Floats, baseline: Floats) -> tuple[Method, float | None]:
    """Choose the method these numbers of runs allow, and give its one-sided half-width."""
    k, m = len(candidate), len(baseline)
    if min(k, m) >= LEAST_A_SIDE:
        between = welch(candidate, baseline)
        if between is not None and between.standard_error > 0:
            return "one-sided Welch t", between.bound(LEVEL)
    elif k and m >= LEAST_FOR_PREDICTION and spread(baseline) > 0:
        half = student_quantile(LEVEL, m - 1) * spread(baseline) * sqrt(1 / k + 1 / m)
        return "prediction interval", half
    return "none", None


def _diverged(bad: int, runs: int) -> tuple[GateVerdict, str]:
    which = "the candidate has" if runs == 1 else f"{bad} of {runs} candidate runs have"
    return "regression", f"{which} no finite value"


def _what_is_missing(candidate: Floats, baseline: Floats) -> str:
    k, m = len(candidate), len(baseline)
    if m >= LEAST_A_SIDE and spread(baseline) == 0:
        return f"all {m} baseline runs have the same score: copies or one seed do not show the noise"
    return (
        f"{k} candidate and {m} baseline runs: one or two candidates need {LEAST_FOR_PREDICTION} baseline "
        f"runs or more, three or more candidates need {LEAST_A_SIDE}"
    )


def _judge(loss: float, half: float, allowed: float, worse: int) -> tuple[GateVerdict, str]:
    """Hold the loss (positive is worse) and its half-width against what is allowed (0 or more)."""
    limit = f"the margin of {worse * allowed + 0.0:+.4g}"
    if loss + half <= allowed:
        return (
            "pass",
            f"even the unfavourable end of the difference, {worse * (loss + half):+.4g}, is within {limit}",
        )
    if loss - half > allowed:
        return (
            "regression",
            f"even the favourable end of the difference, {worse * (loss - half):+.4g}, is beyond {limit}",
        )
    return "too-little-evidence", (
        f"the difference of {worse * loss:+.4g} is uncertain by {half:.4g}, which reaches across {limit}: "
        f"more runs, or a margin of {worse * (loss + half):+.4g}, would decide"
    )
