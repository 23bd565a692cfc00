"""compare: is B better than A."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from statkit.cli.options import PRINTING, READING, ROWS, At, GroupBy, Request, takes

if TYPE_CHECKING:
    from statkit.analysis.comparison import Comparison
    from statkit.api.comparison_question import Question
    from statkit.data.run import Run


@takes(*READING, *ROWS, *PRINTING)
def compare(
    request: Request,
    at: At = "best",
    align: Annotated[
        str, typer.Option("--align", help="Runs of different steps: exact, interp or locf.")
    ] = "exact",
    margin: Annotated[
        float | None, typer.Option("--margin", help="Differences up to this size do not matter.")
    ] = None,
    paired: Annotated[
        bool | None, typer.Option("--paired/--unpaired", help="Pair runs by seed.", show_default=False)
    ] = None,
    group_by: GroupBy = None,
    detect: Annotated[
        list[float] | None, typer.Option("--detect", help="With one group: runs needed for this difference.")
    ] = None,
    resamples: Annotated[int, typer.Option("--resamples", min=100, help="Bootstrap resamples.")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the resampling.")] = 0,
    report: Annotated[
        str | None, typer.Option("--report", metavar="FILE", help="Write a report too: FILE.md or FILE.html.")
    ] = None,
    date: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="A date for the report to bear.")
    ] = None,
) -> None:
    """Is B better than A? Each PATH is a side; NAME=GLOB pools runs into one.

    Example: statkit compare base='examples/runs/coarse/*' new='examples/runs/full/*'
    """
    from statkit.api.comparison_question import Question
    from statkit.cli.groups import group_runs

    groups = group_runs(request, group_by)
    question = Question(
        metrics=tuple(request.metric),
        at=at,
        align=align,  # type: ignore[arg-type]
        margin=margin,
        paired=paired,
        differences=tuple(detect or ()),
        resamples=resamples,
        seed=seed,
        precision=request.precision,
        **_rows(request),
    )
    answers = question.ask(groups)
    if report is not None:
        _write_report(request, groups, question, answers, report, date)
    _show(request, groups, answers)


def _show(request: Request, groups: Mapping[str, Sequence[Run]], answers: Sequence[Comparison]) -> None:
    from statkit.cli.output import emit
    from statkit.records import Notice
    from statkit.views.compare_table import compare_tables

    notices = [notice for runs in groups.values() for run in runs for notice in run.notices]
    cautions = dict.fromkeys(caution for answer in answers for caution in answer.warnings)
    notices += [Notice(caution.code, caution.path, caution.message) for caution in cautions]
    told = [{k: v for k, v in answer.to_dict().items() if k != "warnings"} for answer in answers]
    first = next(iter(groups.values()))[0]
    emit(
        request,
        "compare",
        told[0] if len(told) == 1 else {"metrics": told},
        lambda: [
            table
            for answer in answers
            for table in compare_tables(
                answer, unit=first.metric(answer.metric).unit, precision=request.precision
            )
        ],
        notices,
        lines=lambda: (row for answer in answers for row in answer.rows()),
    )


def _rows(request: Request) -> dict[str, Any]:
    rows = request.filter()
    where = None if rows.where is None else rows.where.text
    return {"phase": rows.phase, "direction": rows.direction, "steps": rows.steps, "where": where}


def _write_report(
    request: Request,
    groups: Mapping[str, Sequence[Run]],
    question: Question,
    answers: Sequence[Comparison],
    path: str,
    date: str | None,
) -> None:
    import os
    from dataclasses import replace

    from statkit.api.comparison_reporting import comparison_report
    from statkit.api.reporting import format_of
    from statkit.cli.output import write

    made = comparison_report(
        groups,
        question,
        answers,
        format=format_of(None, path),
        date=date,
        step_column=request.step_column,
    )
    write(replace(request, output=path), made.text_in(os.path.dirname(path) or "."))
