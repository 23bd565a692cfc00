"""What the commands answer: frozen, the same for the table, the JSON and the notebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from statkit.analysis.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class BestStep(Result):
    """One step of one run, and everything known there.

    Attributes
    ----------
    run, path : str
        The run's name and where it is.
    rank : int
        1 for the best; steps of equal value share a rank.
    step : int
        The optimiser step.
    value : float
        The metric's value in its record; with a smoothing pick still the record's own.
    file : str
        The name of the file that holds the record.
    record : mapping
        Every field of the record, nested maps flattened with a dot, then the derived ones.
    checkpoint : str or None
        The checkpoint that belongs to the step, relative to the run's directory.
    note : str
        How the pick was made, where there is something to say.
    extra : mapping
        What ``--ci`` and the smoothing picks add.
    """

    run: str
    path: str
    rank: int
    step: int
    value: float
    file: str
    record: Mapping[str, Any]
    checkpoint: str | None
    note: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Give the attributes, what ``--ci`` added among them."""
        made = Result.to_dict(self)
        extra = made.pop("extra")
        if not made["note"]:
            del made["note"]
        return {**made, **extra}


@dataclass(frozen=True, slots=True, kw_only=True)
class Best(Result):
    """The best steps of one or several runs.

    Attributes
    ----------
    metric : str
        The metric.
    direction : {"max", "min"}
        Which way is better.
    pick : {"value", "smoothed", "one-se"}
        How the step was chosen.
    unit : str or None
        The metric's unit.
    results : tuple of BestStep
        Run by run, rank by rank.
    """

    metric: str
    direction: str
    pick: str
    unit: str | None
    results: tuple[BestStep, ...]

    @property
    def step(self) -> int:
        """The best step of the first run."""
        return self.results[0].step

    @property
    def value(self) -> float:
        """The value at the best step of the first run."""
        return self.results[0].value

    @property
    def record(self) -> Mapping[str, Any]:
        """The record at the best step of the first run."""
        return self.results[0].record

    @property
    def checkpoint(self) -> str | None:
        """The checkpoint of the best step of the first run."""
        return self.results[0].checkpoint

    def rows(self) -> list[dict[str, Any]]:
        """One dict a step, the record left out."""
        hidden = ("record",)
        return [{k: v for k, v in r.to_dict().items() if k not in hidden} for r in self.results]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSummary:
    """One series of a run.

    Attributes
    ----------
    name : str
        ``validation``, ``batch``, ``epoch`` or ``scalars``.
    rows, first_step, last_step : int
        How many records, and the steps they span.
    phases : mapping of str to int
        Rows a phase, where the series has phases.
    metrics : tuple of str
        The fields that hold numbers.
    """

    name: str
    rows: int
    first_step: int
    last_step: int
    phases: Mapping[str, int]
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary(Result):
    """What is in a run.

    Attributes
    ----------
    run, path : str
        The run's name and where it is.
    format : str
        The formats of its files.
    files : int
        How many files were read.
    series : tuple of SeriesSummary
        Its series.
    config : mapping
        Its hyperparameters.
    timeline : mapping
        ``first_time``, ``last_time`` (ISO 8601, UTC), ``seconds``, ``segments``.
    checkpoints : int
        How many checkpoints lie beside it.
    """

    run: str
    path: str
    format: str
    files: int
    series: tuple[SeriesSummary, ...]
    config: Mapping[str, Any]
    timeline: Mapping[str, Any]
    checkpoints: int

    def rows(self) -> list[dict[str, Any]]:
        """One dict a series."""
        return [
            {
                "run": self.run,
                "format": self.format,
                "series": series.name,
                "rows": series.rows,
                "first_step": series.first_step,
                "last_step": series.last_step,
                "metrics": len(series.metrics),
            }
            for series in self.series
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigDifference(Result):
    """One hyperparameter that differs between runs: its name and its value in each run."""

    key: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard(Result):
    """All runs below a directory.

    Attributes
    ----------
    columns : tuple of str
        The columns of numbers, ``max quality_ki_value`` for example.
    units : tuple of str or None
        Their units.
    table : tuple of mapping
        One row a run: ``run, path, format, rows, last_step`` and one value a column.
    """

    columns: tuple[str, ...]
    units: tuple[str | None, ...]
    table: tuple[Mapping[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """Give ``columns`` and ``rows``."""
        return {"columns": list(self.columns), "rows": self.rows()}

    def rows(self) -> list[dict[str, Any]]:
        """One dict a run."""
        return [dict(row) for row in self.table]
