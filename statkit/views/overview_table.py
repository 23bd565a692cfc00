"""How the content of runs looks in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from statkit.analysis.answers import ConfigDifference, Leaderboard, RunSummary
from statkit.records import flatten
from statkit.views.table import OPTIONAL, Table, numbers, words

_METRICS_SHOWN = 8


def show_tables(answers: Sequence[RunSummary]) -> list[Table]:
    """Series, metrics and hyperparameters of each run."""
    return [table for answer in answers for table in _run_tables(answer)]


def _run_tables(answer: RunSummary) -> list[Table]:
    series = answer.series
    files = f"{answer.files:,} file{'s' if answer.files != 1 else ''}"
    columns = [
        words("series", [each.name for each in series], give=0),
        numbers("rows", [each.rows for each in series]),
        numbers("first step", [each.first_step for each in series]),
        numbers("last step", [each.last_step for each in series]),
        words("phases", [_phases(each.phases) for each in series], give=0),
        numbers("metrics", [len(each.metrics) for each in series]),
    ]
    notes = [f"{each.name}: {_names(each.metrics)}" for each in series]
    first = answer.timeline.get("first_time")
    if first:
        notes.append(
            f"from {first} to {answer.timeline['last_time']} ({_duration(answer.timeline['seconds'])})"
        )
    if answer.checkpoints:
        notes.append(f"{answer.checkpoints} checkpoints")
    tables = [Table(columns, f"{answer.run}: {answer.format}, {files}, {answer.path}", notes)]
    config = flatten(answer.config)
    if config:
        tables.append(
            Table([words("config", list(config), give=0), words("value", list(config.values()))], "")
        )
    return tables


def _phases(phases: object) -> str:
    assert isinstance(phases, dict)
    return ", ".join(f"{name} {count:,}" for name, count in phases.items()) or "–"


def _names(metrics: Sequence[str]) -> str:
    more = f" and {len(metrics) - _METRICS_SHOWN} more" if len(metrics) > _METRICS_SHOWN else ""
    return ", ".join(metrics[:_METRICS_SHOWN]) + more


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (rest, "s"))
    shown = [f"{value}{unit}" for value, unit in parts if value]
    return " ".join(shown[:2]) or "0s"


def config_table(runs: Sequence[str], differences: Sequence[ConfigDifference]) -> Table:
    """The hyperparameters in which runs differ, one column a run."""
    columns = [words("config", [each.key for each in differences], give=0)]
    columns += [words(run, [each.values[index] for each in differences]) for index, run in enumerate(runs)]
    count = len(differences)
    title = f"{count} hyperparameter{'s differ' if count > 1 else ' differs'}"
    title = title if count else "the hyperparameters are the same"
    return Table(columns if differences else [], title)


def leaderboard_table(answer: Leaderboard, precision: int | None = None) -> Table:
    """One row a run."""
    rows = answer.table
    columns = [
        words("run", [row["run"] for row in rows], give=1),
        words("format", [row["format"] for row in rows], give=OPTIONAL),
        numbers("rows", [row["rows"] for row in rows]),
        numbers("last step", [row["last_step"] for row in rows]),
    ]
    for title, unit in zip(answer.columns, answer.units, strict=True):
        columns.append(numbers(title, [row[title] for row in rows], unit, precision))
    return Table(columns, f"{len(rows)} run{'s' if len(rows) != 1 else ''}")
