"""How what is seen of a watched run is said: the same in the screen, the table and the lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from statkit.analysis.alerts.sight import Look, Sight
from statkit.analysis.findings import Finding
from statkit.analysis.monitoring.status import duration
from statkit.views.numbers import NumberFormat
from statkit.views.terminal import visible

#: Stands where there is nothing to say.
MISSING: Final = "–"


def step_text(sight: Sight) -> str:
    """Write the step, and the planned number: ``1,500/3,200``."""
    progress = sight.progress
    if progress.step is None:
        return MISSING
    return f"{progress.step:,}" + (f"/{progress.total_steps:,}" if progress.total_steps else "")


def left_text(sight: Sight) -> str:
    """Write the time that is left."""
    return seconds_text(sight.progress.eta_s)


def seconds_text(seconds: float | None) -> str:
    """Write a time in two units at most; missing is a dash."""
    return MISSING if seconds is None else duration(seconds)


def age_text(sight: Sight) -> str:
    """Write how long ago the last update was, in one unit: it is there to be glanced at."""
    return " ".join(seconds_text(sight.status.age_s).split(" ")[:2])


def value_text(sight: Sight, value: float | None) -> str:
    """Write a value of the run's main metric, in percent where it is a fraction."""
    return NumberFormat([value], sight.unit)(value)


def best_text(sight: Sight) -> str:
    """Write the best value and its step: ``52.26 % @ 3,200``."""
    best = sight.state.glance.best
    return MISSING if best is None else f"{value_text(sight, best.value)} @ {best.step:,}"


def loss_text(sight: Sight) -> str:
    """Write the training loss."""
    loss = sight.loss
    value = loss.value if loss is not None else None
    return MISSING if value is None else f"{value:.4g}"


def quality_text(sight: Sight, kind: str) -> str:
    """Write ``lr``, ``ki`` or ``improvement`` of a run that has qualities."""
    quality = sight.state.quality
    value = getattr(quality, kind) if quality is not None else None
    return NumberFormat([value], quality.unit if quality is not None else None)(value)


def complaints(sight: Sight) -> list[Finding]:
    """List the findings that ask for a look: errors and warnings."""
    return [finding for finding in sight.state.findings if finding.severity != "info"]


def complaint_text(sight: Sight) -> str:
    """Count them: ``1 error, 2 warnings``."""
    found = Counter(finding.severity for finding in complaints(sight))
    counts = [(found["error"], "error"), (found["warning"], "warning")]
    return ", ".join(f"{n} {kind}{'s' if n > 1 else ''}" for n, kind in counts if n) or MISSING


def statuses_text(look: Look) -> str:
    """Count the runs by status: ``3 runs: 2 training, 1 stalled``."""
    if not look.runs:
        return "no run yet"
    found = Counter(run.status.status for run in look.runs)
    counted = ", ".join(f"{count} {status}" for status, count in found.items())
    return f"{len(look.runs)} run{'s' if len(look.runs) > 1 else ''}: {counted}"


def run_line(sight: Sight) -> str:
    """Say in one line how a run stands."""
    glance, progress = sight.state.glance, sight.progress
    parts: list[str] = [sight.status.status]
    if progress.step is not None:
        share = f" ({progress.fraction:.0%})" if progress.fraction is not None else ""
        parts.append(f"step {step_text(sight)}{share}")
    if progress.eta_s is not None:
        parts.append(f"{left_text(sight)} left")
    loss = sight.loss
    if loss is not None and loss.metric != glance.metric:
        parts.append(f"{loss.metric} {loss_text(sight)}")
    if glance.metric is not None:
        parts.append(f"{glance.metric} {value_text(sight, glance.value)}")
        parts.append(f"best {best_text(sight)}")
    if sight.status.status in ("stalled", "finished", "unknown"):
        parts.append(sight.status.reason)
    return visible(f"{sight.run}: {', '.join(parts)}")


def alert_line(run: str, rule: str, message: str) -> str:
    """Say in one line that a rule holds for a run."""
    return visible(f"alert: {run}: {rule}: {message}")


def unjudged_lines(look: Look) -> Sequence[str]:
    """Say which rules no run could be asked."""
    return [visible(f"alert {rule} cannot be asked: {why}") for rule, why in look.unjudged.items()]
