"""The report of a run without batch records: snapshots of validations, or tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from statkit.analysis.answers import RunSummary
from statkit.analysis.findings import RunDiagnosis
from statkit.analysis.series_summary import SeriesSummary
from statkit.analysis.training_files import FileKind
from statkit.views.document import Block, Document, Section
from statkit.views.line_chart import LineChart
from statkit.views.report_blocks import (
    HOW,
    count,
    duration,
    files_blocks,
    named_blocks,
    number,
    plateau_blocks,
    series_table,
)
from statkit.views.table import Table, words
from statkit.views.training_report import TITLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The validations of a run that are shown one by one.

    Attributes
    ----------
    metric, direction : str
        What they are judged by.
    steps : sequence of int
        Their steps.
    fields : sequence of (str, sequence)
        Name and values of each field.
    best : int or None
        Which of them is the best.
    of : int
        How many validations there are in all.
    checkpoint : str or None
        The one that belongs to the best.
    """

    metric: str
    direction: str
    steps: Sequence[int | float | None]
    fields: Sequence[tuple[str, Sequence[Any]]]
    best: int | None
    of: int
    checkpoint: str | None


def validation_report(
    shown: RunSummary,
    results: Sequence[SeriesSummary],
    checkpoints: Sequence[str | None],
    health: RunDiagnosis,
    files: Sequence[FileKind],
    name: str = "",
    timeline: Timeline | None = None,
    charts: Sequence[LineChart] = (),
) -> Document:
    """Lay out the report of a training from its snapshots or tables.

    Parameters
    ----------
    shown : RunSummary
        What is in the run.
    results : sequence of SeriesSummary
        One a metric.
    checkpoints : sequence of str or None
        For each of them the checkpoint of its best step, if there is one.
    health : RunDiagnosis
        What the health rules found.
    files : sequence of FileKind
        What lies in the run's directory.
    name : str
        Which of several runs it is; empty for the only one.
    timeline : Timeline or None
        The validations; None for a run without any.
    charts : sequence of LineChart
        The metrics over steps.
    """
    sections = [
        Section("Training Summary", [*named_blocks(name), *_series(shown)]),
        Section("Performance Summary", [*_results(results, checkpoints), *charts]),
        Section("Health", _health(health)),
        Section("Files Generated", files_blocks(files)),
    ]
    if timeline is not None:
        sections.insert(1, Section("Improvement", _improvement(timeline)))
    return Document(TITLE, sections)


def _series(shown: RunSummary) -> list[Block]:
    blocks: list[Block] = [
        Table(
            [
                words("series", [each.name for each in shown.series]),
                count("rows", [each.rows for each in shown.series]),
                count("first step", [each.first_step for each in shown.series]),
                count("last step", [each.last_step for each in shown.series]),
                count("metrics", [len(each.metrics) for each in shown.series]),
            ]
        )
    ]
    seconds = shown.timeline.get("seconds")
    if seconds is not None:
        blocks.append(f"{duration(seconds)} from the first record to the last.")
    if shown.checkpoints:
        kept = "One checkpoint lies" if shown.checkpoints == 1 else f"{shown.checkpoints:,} checkpoints lie"
        blocks.append(f"{kept} beside the records.")
    return blocks


def _improvement(timeline: Timeline) -> list[Block]:
    blocks: list[Block] = []
    if timeline.best is not None:
        values = dict(timeline.fields)
        blocks.append(
            Table(
                [
                    words("metric", [timeline.metric]),
                    count("best step", [timeline.steps[timeline.best]]),
                    number("value", [values[timeline.metric][timeline.best]]),
                    words("checkpoint", [timeline.checkpoint]),
                ],
                "Best step",
            )
        )
    shown = len(timeline.steps)
    every = "Every validation" if shown == timeline.of else f"{shown} of {timeline.of:,} validations"
    columns = [count("step", timeline.steps), *(number(name, values) for name, values in timeline.fields)]
    marked = frozenset() if timeline.best is None else frozenset({timeline.best})
    blocks.append(Table(columns, f"{every}, the best in bold", marked=marked))
    return blocks


def _results(results: Sequence[SeriesSummary], checkpoints: Sequence[str | None]) -> list[Block]:
    if not results:
        return ["No metric is known to be better high or low: name one in statkit.toml."]
    blocks: list[Block] = [series_table("Metrics", results), HOW, *plateau_blocks(results)]
    kept = [(each, file) for each, file in zip(results, checkpoints, strict=True) if file is not None]
    if kept:
        blocks.append(
            Table(
                [
                    words("metric", [each.metric for each, _ in kept]),
                    number("best step", [each.best_step for each, _ in kept]),
                    words("checkpoint", [file for _, file in kept]),
                ],
                "Checkpoints of the best steps",
            )
        )
    return blocks


def _health(health: RunDiagnosis) -> list[Block]:
    if not health.findings:
        return ["Nothing found."]
    found = health.findings
    return [
        Table(
            [
                words("severity", [each.severity for each in found]),
                words("rule", [each.rule for each in found]),
                words("metric", [each.metric for each in found]),
                count("from step", [each.steps and each.steps[0] for each in found]),
                count("to step", [each.steps and each.steps[1] for each in found]),
                words("evidence", [each.evidence for each in found]),
                words("advice", [each.advice for each in found]),
            ]
        )
    ]
