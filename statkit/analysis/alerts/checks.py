"""Each rule asked: what it looks at goes in, why it holds comes out, or None."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from statkit.analysis.alerts.alert import Cause
from statkit.analysis.alerts.rules import LimitRule, StallRule
from statkit.analysis.findings import Finding
from statkit.analysis.gating import Gate
from statkit.analysis.health.readings import Readings
from statkit.analysis.health.rules_numbers import non_finite as non_finite_signs
from statkit.analysis.monitoring.state import MOVING
from statkit.analysis.monitoring.status import RunStatus, duration
from statkit.records import Columns
from statkit.schema import Metric

#: Steps in a row at which a gate must find a regression.
STEADY: Final = 5


def non_finite(columns: Columns, rows: Sequence[int], metric_of: Callable[[str], Metric]) -> Cause | None:
    """Find a NaN or an infinity among some rows of a table, and the last row of each phase.

    Parameters
    ----------
    columns : Columns
        One series, rows in order.
    rows : sequence of int
        The rows that are new. The last of each phase counts in any case: the alert stays on until a
        finite value follows.
    metric_of : callable
        Name to `Metric`. What counts is what the health rule ``non-finite`` calls an error: not numbers
        that only describe, nor the infinite PSNR of two identical images.

    Returns
    -------
    Cause or None
        The first occurrence.
    """
    if not len(columns):
        return None
    ends = {phase: row for row, phase in enumerate(columns.key("phase"))}
    wanted = sorted({*rows, *ends.values()})
    chosen = columns.take(wanted) if len(wanted) < len(columns) else columns
    found = [sign for sign in non_finite_signs(Readings(chosen, metric_of, None)) if sign.severity is None]
    if not found:
        return None
    first = min(found, key=lambda sign: sign.steps[0])
    assert first.metric is not None
    value = next(filter(_is_bad, chosen.fields[first.metric]))
    kind = "NaN" if math.isnan(value) else "infinite"
    return Cause(
        step=first.steps[0],
        metric=first.metric,
        value=value,
        message=f"{first.metric} is {kind} at step {first.steps[0]}.",
    )


def _is_bad(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def stall(rule: StallRule, status: RunStatus, step: int | None) -> Cause | None:
    """Ask whether a run that is neither done nor paused has said nothing for too long.

    Parameters
    ----------
    rule : StallRule
        Its factor stretches the limit at which the status itself becomes ``stalled``.
    status : RunStatus
        The run's status now.
    step : int or None
        Its last step.
    """
    limit = rule.factor * status.limit_s
    if status.status not in MOVING | {"stalled"} or status.age_s is None or status.age_s <= limit:
        return None
    usual = f"every {duration(status.cadence_s)}" if status.cadence_s is not None else "at no known pace"
    return Cause(
        step=step,
        metric=None,
        value=None,
        message=f"no update for {duration(status.age_s)}, over the limit of {duration(limit)}; "
        f"updates came {usual}.",
    )


def divergence(findings: Iterable[Finding]) -> Cause | None:
    """Take the finding that the training loss has run away; one that came back is none."""
    for finding in findings:
        if finding.rule == "divergence" and finding.severity == "error":
            step = finding.steps[0] if finding.steps else None
            return Cause(step=step, metric=finding.metric, value=None, message=finding.evidence)
    return None


def limit(
    rule: LimitRule,
    steps: Sequence[int],
    values: Sequence[float],
    believed: Sequence[bool],
    rows: Sequence[int],
) -> Cause | None:
    """Ask whether a value is on the wrong side of a limit.

    Parameters
    ----------
    rule : LimitRule
        The limit.
    steps, values, believed : sequence of length n
        One metric over its steps, and whether each value is a measurement.
    rows : sequence of int
        The rows that are new; the latest measurement counts in any case.

    Returns
    -------
    Cause or None
        The first of these values that is.
    """
    latest = next((row for row in range(len(values) - 1, -1, -1) if believed[row]), None)
    for row in sorted({*rows, *(() if latest is None else (latest,))}):
        if believed[row] and rule.holds(values[row]):
            side = "above" if rule.above else "below"
            message = f"{rule.metric} is {values[row]:.6g} at step {steps[row]}, {side} {rule.limit:g}."
            return Cause(step=steps[row], metric=rule.metric, value=float(values[row]), message=message)
    return None


def gate(answers: Iterable[tuple[int, Gate]]) -> Cause | None:
    """Ask whether a run is worse than its baseline, and stays so.

    A run that is looked at forty times has forty chances to look worse than it is, so a single verdict
    rings no bell (benchmarks/watch_gate.py measures it).

    Parameters
    ----------
    answers : iterable of (int, Gate)
        A step, and the verdict on everything up to it; the latest step first. Taken only as far as needed.

    Returns
    -------
    Cause or None
        The latest, where the verdict is ``regression`` at each of the last `STEADY` steps.
    """
    found: list[tuple[int, Gate]] = []
    for step, answer in answers:
        if answer.verdict != "regression":
            return None
        found.append((step, answer))
        if len(found) == STEADY:
            break
    if len(found) < STEADY:
        return None
    step, latest = found[0]
    return Cause(
        step=step,
        metric=latest.metric,
        value=latest.candidate_mean,
        message=f"{latest.metric} up to step {step}, against {latest.n_baseline} baseline runs up to there, "
        f"for {STEADY} records in a row: {latest.reason}.",
    )
