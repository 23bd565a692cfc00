"""The report of a run without batch records: snapshots of validations, or tables."""

from __future__ import annotations

from collections.abc import Sequence

from statkit.analysis.answers import RunSummary
from statkit.analysis.findings import RunDiagnosis
from statkit.analysis.series_summary import SeriesSummary
from statkit.analysis.training_files import FileKind
from statkit.views.document import Document, Section, markdown_text
from statkit.views.table import Table, words
from statkit.views.training_report import (
    HOW,
    TITLE,
    count,
    duration,
    files_blocks,
    named_blocks,
    series_table,
)


def validation_report(
    shown: RunSummary,
    results: Sequence[SeriesSummary],
    checkpoints: Sequence[str | None],
    health: RunDiagnosis,
    files: Sequence[FileKind],
    name: str = "",
) -> str:
    """Write the report of a training from its snapshots or tables.

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

    Returns
    -------
    str
        Markdown.
    """
    return markdown_text(
        Document(
            TITLE,
            (
                Section("Training Summary", [*named_blocks(name), *_series(shown)]),
                Section("Performance Summary", _results(results, checkpoints)),
                Section("Health", _health(health)),
                Section("Files Generated", files_blocks(files)),
            ),
        )
    )


def _series(shown: RunSummary) -> list[str | Table]:
    table = Table(
        [
            words("series", [each.name for each in shown.series]),
            count("rows", [each.rows for each in shown.series]),
            count("first step", [each.first_step for each in shown.series]),
            count("last step", [each.last_step for each in shown.series]),
            count("metrics", [len(each.metrics) for each in shown.series]),
        ]
    )
    seconds = shown.timeline.get("seconds")
    if seconds is None:
        return [table]
    return [table, f"{duration(seconds)} from the first record to the last."]


def _results(results: Sequence[SeriesSummary], checkpoints: Sequence[str | None]) -> list[str | Table]:
    if not results:
        return ["No metric is known to be better high or low: name one in statkit.toml."]
    blocks: list[str | Table] = [series_table("Metrics", results), HOW]
    kept = [(each, file) for each, file in zip(results, checkpoints, strict=True) if file is not None]
    if kept:
        blocks.append(
            Table(
                [
                    words("metric", [each.metric for each, _ in kept]),
                    words("checkpoint", [file for _, file in kept]),
                ],
                "Checkpoints of the best steps",
            )
        )
    return blocks


def _health(health: RunDiagnosis) -> list[str | Table]:
    if not health.findings:
        return ["Nothing found."]
    found = health.findings
    return [
        Table(
            [
                words("severity", [each.severity for each in found]),
                words("rule", [each.rule for each in found]),
                words("metric", [each.metric for each in found]),
                words("evidence", [each.evidence for each in found]),
                words("advice", [each.advice for each in found]),
            ]
        )
    ]
