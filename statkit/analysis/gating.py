"""May this run pass: a candidate held against baselines, within a margin that may be lost.

Non-inferiority (Schuirmann 1987, one side): the burden of proof is on the candidate. It passes when
even the unfavourable end of a one-sided 95 % bound stays within the margin, it is a regression when
even the favourable end lies beyond it, and otherwise the runs are too few for their noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from statkit.analysis.aggregation import Floats, sign, spread
from statkit.analysis.distributions import student_quantile
from statkit.analysis.effects import welch
from statkit.analysis.result import Result
from statkit.errors import UsageError
from statkit.schema import Direction

GateVerdict = Literal["pass", "regression", "too-little-evidence"]

LEAST_FOR_PREDICTION: Final = 5
"""Baseline runs needed to judge one or two candidates."""
LEAST_A_SIDE: Final = 3
"""Runs a side needed to judge several candidates by the difference of the means."""
LEVEL: Final = 0.95
"""Of each one-sided bound."""


@dataclass(frozen=True, slots=True)
class Margin:
    """How much worse is allowed, in the metric's own sign.

    Attributes
    ----------
    amount : float
        In the metric's unit, or a share of the baseline's mean.
    relative : bool
        True where ``amount`` is such a share: ``+1%`` is 0.01.
    text : str
        As it was given.
    """

    amount: float
    relative: bool
    text: str

    def allowed(self, baseline_mean: float, direction: Direction) -> float:
        """Give the loss that is allowed, never negative, in the metric's unit.

        Raises
        ------
        UsageError
            The sign is that of an improvement, or a percentage of a mean that is 0.
        """
        loss = -self.amount * sign(direction)
        if loss < 0:
            turned = f"{'-' if self.amount > 0 else '+'}{self.text.lstrip('+-')}"
            raise UsageError(
                f"A margin of {self.text} would be an improvement: this metric is "
                f"{'good when high' if direction == 'max' else 'good when low'}. Say {turned}."
            )
        if self.relative and baseline_mean == 0:
            raise UsageError(
                f"A margin of {self.text} is nothing: the mean of the baseline is 0. Give one in the "
                f"metric's unit."
            )
        return loss * abs(baseline_mean) if self.relative else loss


@dataclass(frozen=True, slots=True)
class Rule:
    """A metric, and how much worse it may become."""

    metric: str
    margin: Margin


def parse_rule(text: str) -> Rule:
    """Read ``METRIC: MARGIN``, such as ``validation_loss_value: +1%`` or ``quality_ki_value: -0.005``.

    Raises
    ------
    UsageError
        No colon, no metric, or a margin that is not a number.
    """
    metric, colon, margin = text.rpartition(":")
    if not colon or not metric.strip():
        raise UsageError(
            f"--rule {text!r} is not METRIC: MARGIN. Say for example 'quality_ki_value: -0.005' or "
            f"'validation_loss_value: +1%'."
        )
    return Rule(metric.strip(), parse_margin(margin))


def parse_margin(text: str) -> Margin:
    """Read ``-0.005``, ``+1%`` or ``0``.

    Raises
    ------
    UsageError
        Not a finite number, with or without ``%``.
    """
    shown = text.strip()
    relative = shown.endswith("%")
    try:
        amount = float(shown.removesuffix("%"))
    except ValueError:
        amount = float("nan")
    if not isfinite(amount):
        raise UsageError(f"The margin {shown!r} is not a number. Say for example -0.005 or +1%.")
    return Margin(amount / 100 if relative else amount, relative, shown)


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
    method : str
        ``prediction interval``, ``one-sided Welch t`` or ``none``.
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
    method: str
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
    own = np.atleast_1d(np.asarray(candidate, np.float64))
    other = np.atleast_1d(np.asarray(baseline, np.float64))
    other = other[np.isfinite(other)]
    finite = own[np.isfinite(own)]
    middle = float(other.mean()) if len(other) else None
    allowed = rule.allowed(1.0 if middle is None else middle, direction)
    method, half = _half_width(finite, other)
    if len(finite) < len(own):
        verdict, reason = _diverged(len(own) - len(finite), len(own))
    elif half is None:
        verdict, reason = "too-little-evidence", _what_is_missing(finite, other)
    else:
        loss = -sign(direction) * float(finite.mean() - other.mean())
        verdict, reason = _judge(loss, half, allowed, rule)
    difference = float(finite.mean()) - middle if len(finite) and middle is not None else None
    towards_worse = -sign(direction)
    judged = difference is not None and half is not None
    return Gate(
        metric=metric,
        margin=rule.text,
        verdict=verdict,
        reason=reason,
        direction=direction,
        method=method,
        n_candidate=len(finite),
        n_baseline=len(other),
        candidate_mean=float(finite.mean()) if len(finite) else None,
        baseline_mean=middle,
        difference=difference,
        allowed=None if middle is None else towards_worse * allowed,
        bound=difference + towards_worse * half if judged else None,
        favourable_bound=difference - towards_worse * half if judged else None,
    )
