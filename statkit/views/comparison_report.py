"""The report of a comparison: which groups of runs are better, how sure that is, and run by run why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from statkit.analysis.comparison import Comparison
from statkit.views.compare_table import compare_tables
from statkit.views.document import Block, Document, Section
from statkit.views.line_chart import Chart
from statkit.views.report_blocks import count, number
from statkit.views.table import Table, words

TITLE: Final = "Comparison of Runs"

_HOW: Final = (
    "A difference is the candidate's mean minus the baseline's, in the metric's own sign. Its interval is "
    "Welch's t at 95 %, or of the paired differences where runs are paired; p is a two-sided permutation "
    "test of the difference in means, in brackets the smallest p that so many runs can reach. Better or "
    "worse needs three runs a side and an interval wholly on one side of 0, or of the margin."
)


def comparison_report(
    answers: Sequence[Comparison],
    units: Mapping[str, str | None],
    charts: Mapping[str, Sequence[Chart]],
    precision: int | None = None,
) -> Document:
    """Lay out the report of a comparison.

    Parameters
    ----------
    answers : sequence of Comparison
        One a metric.
    units : mapping of str to str or None
        The unit of each metric.
    charts : mapping of str to sequence of Chart
        By metric.
    precision : int or None
        Decimals of the tables.
    """
    sections = [Section("Answer", [_verdicts(answers), _HOW])]
    for each in answers:
        title = "Groups" if len(answers) == 1 else f"Groups, metric {answers.index(each) + 1}"
        tables = compare_tables(each, unit=units[each.metric], precision=precision)
        sections.append(Section(title, [*tables, _runs(each), *charts[each.metric]]))
    cautions = dict.fromkeys(caution for each in answers for caution in each.warnings)
    if cautions:
        weak: list[Block] = [
            Table(
                [
                    words("about", [caution.path for caution in cautions]),
                    words("what", [caution.message for caution in cautions]),
                ]
            )
        ]
        sections.append(Section("What weakens it", weak))
    return Document(TITLE, sections)


def _verdicts(answers: Sequence[Comparison]) -> Block:
    pairs = [(each, pair) for each in answers for pair in each.comparisons]
    if not pairs:
        return "One group: its noise floor says what difference so many runs could show."
    return Table(
        [
            words("metric", [each.metric for each, _ in pairs]),
            words("candidate", [pair.candidate for _, pair in pairs]),
            words("baseline", [pair.baseline for _, pair in pairs]),
            words("verdict", [pair.verdict for _, pair in pairs]),
            words("because", [pair.reason for _, pair in pairs]),
        ]
    )


def _runs(answer: Comparison) -> Table:
    rows = [
        (group.group, run, value, validations)
        for group in answer.groups
        for run, value, validations in zip(group.runs, group.values, group.validations, strict=True)
    ]
    return Table(
        [
            words("group", [row[0] for row in rows]),
            words("run", [row[1] for row in rows]),
            number(answer.metric, [row[2] for row in rows]),
            count("values", [row[3] for row in rows]),
        ],
        "Run by run",
    )
