"""Is this training healthy: every rule, asked once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from statkit.analysis.findings import Diagnosis, ordered, status_of
from statkit.analysis.health import (  # noqa: F401  (each registers its rules)
    rules_attention,
    rules_layers,
    rules_loss,
    rules_numbers,
    rules_overfit,
    rules_plateau,
    rules_quality,
    rules_rate,
    rules_resources,
    rules_spikes,
)
from statkit.analysis.health.readings import Believed, Readings
from statkit.analysis.health.registry import rules
from statkit.records import Columns
from statkit.schema import Metric, lookup


def diagnose(
    columns: Columns, metric_of: Callable[[str], Metric] = lookup, believed: Believed | None = None
) -> Diagnosis:
    """Ask every rule about one ordered series of a run.

    Parameters
    ----------
    columns : Columns
        One series (validations, or batches with phases), rows in order.
    metric_of : callable
        Name to `Metric`; the catalogue when left out.
    believed : callable or None
        Name to one truth value a row: whether the value there may be believed. None believes all.

    Returns
    -------
    Diagnosis
        Its status is the worst severity found; info leaves it healthy.

    Examples
    --------
    >>> steps = list(range(500, 10_500, 500))
    >>> losses = [1 / step for step in steps[:-1]] + [float("nan")]
    >>> answer = diagnose(Columns({"step": steps}, {"total_loss_value": losses}))
    >>> answer.status, answer.findings[0].rule, answer.findings[0].steps
    ('error', 'non-finite', (10000, 10000))
    """
    if not len(columns):
        return Diagnosis(status="healthy", findings=())
    readings = Readings(columns, metric_of, believed)
    with np.errstate(all="ignore"):  # differences of numbers near the largest float overflow
        findings = ordered(finding for rule in rules() for finding in rule.findings(readings))
    return Diagnosis(status=status_of(findings), findings=findings)
