"""diagnose, doctor and verify: is the training healthy, are its files whole, is its report right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from statkit.cli.options import PRINTING, READING, Request, takes

if TYPE_CHECKING:
    from statkit.analysis.findings import Finding
    from statkit.analysis.result import Result
    from statkit.records import Notice
    from statkit.views.table import Table

Answer = TypeVar("Answer", bound="Result")

_FAIL_ON = typer.Option("--fail-on", metavar="SEVERITY", help="Exit 1 from this severity: error or warning.")


@takes(*READING, *PRINTING)
def diagnose(request: Request, fail_on: Annotated[str, _FAIL_ON] = "error") -> None:
    """Is this training healthy? Findings with evidence, advice and source. Exit 1 at an error.

    Example: statkit diagnose examples/runs/coarse/seed-0
    """
    from statkit.api.diagnosing import diagnose as ask
    from statkit.views.findings_table import diagnosis_tables

    _check(fail_on)
    answers, notices = request.each(request.runs(), ask)
    _print(request, "diagnose", answers, diagnosis_tables, notices)
    _leave(fail_on, (finding for answer in answers for finding in answer.findings))


@takes(*READING, *PRINTING)
def doctor(request: Request, fail_on: Annotated[str, _FAIL_ON] = "error") -> None:
    """Are the files whole and consistent? Exit 1 if anything was lost or contradicts.

    Example: statkit doctor examples/runs/coarse/seed-0
    """
    from statkit.api.diagnosing import doctor as ask
    from statkit.views.findings_table import integrity_tables

    _check(fail_on)
    runs = request.runs()
    answers = [ask(run) for run in runs]
    told = request.chosen_format() != "json"  # the findings say in words what the notices say
    notices = [] if told else [notice for run in runs for notice in run.notices]
    _print(request, "doctor", answers, integrity_tables, notices)
    _leave(fail_on, (finding for answer in answers for finding in answer.findings))


@takes(*PRINTING, "quiet")
def verify(
    request: Request,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A report that statkit wrote.")],
    run: Annotated[
        list[str] | None,
        typer.Option("--run", metavar="PATH", help="Where its run is now; repeats, in the report's order."),
    ] = None,
) -> None:
    """Does a report say what the data say? Recomputes every number in it. Exit 1 at a mismatch.

    Example: statkit verify examples/reports/seed-0.md
    """
    from statkit.api.verifying import verify as ask
    from statkit.cli.output import emit
    from statkit.views.verify_table import verify_tables

    answer = ask(file, run or ())
    emit(
        request,
        "verify",
        answer.to_dict(),
        lambda: verify_tables(answer),
        (),
        lines=answer.rows,
    )
    if answer.mismatches:
        raise typer.Exit(1)


def _print(
    request: Request,
    command: str,
    answers: Sequence[Answer],
    tables: Callable[[Sequence[Answer]], list[Table]],
    notices: Sequence[Notice],
) -> None:
    from statkit.cli.output import emit

    emit(
        request,
        command,
        {"runs": [answer.to_dict() for answer in answers]},
        lambda: tables(answers),
        notices,
        lines=lambda: (row for answer in answers for row in answer.rows()),
    )


def _check(fail_on: str) -> None:
    from statkit.errors import UsageError

    if fail_on not in ("error", "warning"):
        raise UsageError(f"--fail-on {fail_on!r} is unknown. Possible: error, warning.")


def _leave(fail_on: str, findings: Iterable[Finding]) -> None:
    from statkit.analysis.findings import reaches

    if reaches(findings, fail_on):  # type: ignore[arg-type]
        raise typer.Exit(1)
