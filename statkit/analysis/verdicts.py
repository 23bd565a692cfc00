"""The decision: better, worse, equivalent or inconclusive, always with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from statkit.analysis.aggregation import sign
from statkit.schema import Direction

Verdict = Literal["better", "worse", "equivalent", "inconclusive"]
LEAST_RUNS: Final = 3
"""Runs a side below which nothing is called better or worse."""

_LEVEL: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a decision rests on.

    Attributes
    ----------
    direction : {"max", "min"}
        Which way is better.
    n_candidate, n_baseline : int
        Runs a side (pairs, where paired).
    failures_candidate, failures_baseline : tuple of str
        Runs left out because they could not be scored.
    ci : tuple of float or None
        95 % interval of candidate − baseline.
    p_value, attainable : float
        Permutation test, and the smallest p possible.
    minimum_detectable : float or None
        Difference found with 80 % power.
    margin : float or None
        Differences up to this size do not matter, in the metric's unit.
    spread : bool
        False where all values within either group are the same.
    """

    direction: Direction
    n_candidate: int
    n_baseline: int
    failures_candidate: tuple[str, ...]
    failures_baseline: tuple[str, ...]
    ci: tuple[float, float] | None
    p_value: float
    attainable: float
    minimum_detectable: float | None
    margin: float | None
    spread: bool


def decide(evidence: Evidence) -> tuple[Verdict, str]:
    """Give the verdict and the sentence that says why.

    ``better`` and ``worse`` need three runs or more a side and the 95 % interval wholly beyond the
    margin (0 if there is none) on that side; ``equivalent`` needs it wholly within the margin, which
    is stricter than two one-sided tests at 5 % (Schuirmann 1987). Where no value differs within
    either group the interval has no width, and the permutation test decides instead.
    """
    too_few = _too_few(evidence)
    if too_few or evidence.ci is None:
        return "inconclusive", too_few or "no interval can be given"
    verdict, reason = _by_interval(evidence, evidence.ci)
    if not evidence.spread and verdict in ("better", "worse") and evidence.p_value >= _LEVEL:
        return "inconclusive", (
            f"no value differs within either group, so the interval has no width; the permutation test "
            f"alone gives p = {evidence.p_value:.3g}"
        )
    failures = {"better": evidence.failures_candidate, "worse": evidence.failures_baseline}.get(verdict, ())
    if failures:
        return "inconclusive", (
            f"{len(failures)} of the side that looks better could not be scored ({', '.join(failures)}); "
            f"leaving failures out would flatter it"
        )
    return verdict, reason + _permutation_note(evidence, verdict)


def _too_few(evidence: Evidence) -> str:
    n, m = evidence.n_candidate, evidence.n_baseline
    if n == m == 1:
        return "one run per side"
    if min(n, m) < LEAST_RUNS:
        return (
            f"{n} candidate and {m} baseline runs: a verdict needs {LEAST_RUNS} or more a side, "
            f"fewer do not show how much runs differ by chance"
        )
    return ""


def _by_interval(evidence: Evidence, ci: tuple[float, float]) -> tuple[Verdict, str]:
    low, high = ci if evidence.direction == "max" else (-ci[1], -ci[0])
    margin = evidence.margin or 0.0
    shown = f"the 95 % interval [{ci[0]:.4g}, {ci[1]:.4g}]"
    up, down = ("above", "below") if sign(evidence.direction) > 0 else ("below", "above")
    bound = f"{margin:.4g}"
    if low > margin:
        return "better", f"{shown} lies wholly {up} {_signed(bound, up)}"
    if high < -margin:
        return "worse", f"{shown} lies wholly {down} {_signed(bound, down)}"
    if margin and -margin <= low and high <= margin:
        return "equivalent", f"{shown} lies wholly within ±{bound}"
    if margin:
        return "inconclusive", f"{shown} reaches across the margin of ±{bound}"
    return "inconclusive", f"{shown} holds 0{_easily_missed(evidence)}"


def _signed(bound: str, side: str) -> str:
    return f"−{bound}" if side == "below" and bound != "0" else bound


def _easily_missed(evidence: Evidence) -> str:
    if not evidence.minimum_detectable:
        return ""
    return (
        f"; with {evidence.n_candidate} against {evidence.n_baseline} runs a true difference under "
        f"{evidence.minimum_detectable:.3g} is missed more than one time in five"
    )


def _permutation_note(evidence: Evidence, verdict: Verdict) -> str:
    if verdict not in ("better", "worse") or evidence.p_value < _LEVEL:
        return ""
    if evidence.attainable >= _LEVEL:
        return (
            f"; the permutation test cannot go below p = {evidence.attainable:.3g} "
            f"with {evidence.n_candidate} against {evidence.n_baseline} runs"
        )
    return f"; the permutation test does not agree (p = {evidence.p_value:.3g})"
