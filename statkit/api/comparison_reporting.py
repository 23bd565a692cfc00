"""The report of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from statkit.analysis.comparison import Comparison
from statkit.api.comparison_question import Question
from statkit.api.report_charts import comparison_charts
from statkit.api.reporting import Report, check_asked, made
from statkit.data.run import Run
from statkit.views.comparison_report import comparison_report as laid_out
from statkit.views.document import Document


def comparison_report(
    groups: Mapping[str, Sequence[Run]],
    question: Question,
    answers: Sequence[Comparison] | None = None,
    *,
    format: str = "md",
    date: str | None = None,
    step_column: str | None = None,
) -> Report:
    """Make the report of a comparison.

    Parameters
    ----------
    groups : mapping of str to sequence of Run
        The sides, baseline first.
    question : Question
        What is asked of them.
    answers : sequence of Comparison or None
        What ``question.ask(groups)`` gave; None asks.
    format, date, step_column
        As in `statkit.api.reporting.report`.

    Raises
    ------
    UsageError, MetricError
        If the question has no answer, or the format does not exist.
    """
    check_asked(format, date)
    return made(
        [document(groups, question, question.ask(groups) if answers is None else answers)],
        [(run, group) for group, runs in groups.items() for run in runs],
        kind="comparison",
        format=format,
        date=date,
        question=question.to_dict(),
        step_column=step_column,
    )


def document(
    groups: Mapping[str, Sequence[Run]], question: Question, answers: Sequence[Comparison]
) -> Document:
    """Lay out the report of a comparison."""
    first = next(iter(groups.values()))[0]
    units = {answer.metric: first.metric(answer.metric).unit for answer in answers}
    charts = {
        answer.metric: comparison_charts(groups, answer, question.rows(), units[answer.metric])
        for answer in answers
    }
    return laid_out(answers, units, charts, question.precision)
