"""How one look at runs looks in a terminal."""

from __future__ import annotations

from statkit.analysis.alerts.sight import Look, Sight
from statkit.views.numbers import plain
from statkit.views.sparkline import sparkline
from statkit.views.table import OPTIONAL, Column, Table, numbers, words
from statkit.views.watch_words import (
    age_text,
    best_text,
    complaints,
    left_text,
    loss_text,
    quality_text,
    statuses_text,
    step_text,
    unjudged_lines,
)

_SPARK = 16


def watch_tables(look: Look, unicode: bool = True) -> list[Table]:
    """One table of the runs, with what the health rules complain of below, and one of the alerts."""
    runs = look.runs
    columns = [
        words("run", [run.run for run in runs]),
        words("status", [run.status.status for run in runs], give=0),
        _right("step", [step_text(run) for run in runs]),
        _right("left", [left_text(run) for run in runs], OPTIONAL),
        _right("loss", [loss_text(run) for run in runs]),
        *_qualities(look),
        words("history", [sparkline(run.history, _SPARK, unicode) for run in runs], give=OPTIONAL),
        _right("best", [best_text(run) for run in runs]),
        _right("age", [age_text(run) for run in runs]),
    ]
    notes = [line for run in runs for line in _complaints(run)]
    tables = [Table(columns if runs else [], statuses_text(look), [*notes, *unjudged_lines(look)])]
    return [*tables, _alerts(look)] if look.alerts else tables


def _right(title: str, texts: list[str], give: int = 0) -> Column:
    return Column(title, texts, plain, "number", give)


def _qualities(look: Look) -> list[Column]:
    """The columns that only runs with qualities need."""
    if not any(run.state.quality is not None for run in look.runs):
        return []
    kinds = (("LR", "lr", OPTIONAL), ("KI", "ki", 0), ("improvement", "improvement", OPTIONAL))
    return [
        _right(title, [quality_text(run, kind) for run in look.runs], give) for title, kind, give in kinds
    ]


def _complaints(run: Sight) -> list[str]:
    return [f"{run.run}: {f.severity} {f.rule}: {f.evidence}" for f in complaints(run)]


def _alerts(look: Look) -> Table:
    alerts = look.alerts
    columns = [
        words("rule", [alert.rule for alert in alerts], give=0),
        words("run", [alert.run for alert in alerts]),
        numbers("step", [alert.step for alert in alerts]),
    ]
    count = len(alerts)
    notes = [f"{alert.run}: {alert.message}" for alert in alerts]
    return Table(columns, f"{count} alert{'s' if count > 1 else ''}", notes)
