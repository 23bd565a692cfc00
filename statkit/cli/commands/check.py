"""diagnose and doctor: is the training healthy, are its files whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from statkit.cli.options import PRINTING, READING, Request, takes

if TYPE_CHECKING:
    from statkit.analysis.findings import Finding

_FAIL_ON = typer.Option("--fail-on", metavar="SEVERITY", help="Exit 1 from this severity: error or warning.")


@takes(*READING, *PRINTING)
def diagnose(request: Request, fail_on: Annotated[str, _FAIL_ON] = "error") -> None:
    """Is this training healthy? Findings with evidence, advice and source. Exit 1 at an error.

    Example: statkit diagnose examples/runs/coarse/seed-0
    """
    from statkit.api.diagnosing import diagnose as ask
    from statkit.cli.output import emit
    from statkit.views.findings_table import diagnosis_tables

    _check(fail_on)
    runs = request.runs()
    answers = [ask(run) for run in runs]
    emit(
        request,
        "diagnose",
        {"runs": [answer.to_dict() for answer in answers]},
        lambda: diagnosis_tables(answers),
        [notice for run in runs for notice in run.notices],
        lines=lambda: (row for answer in answers for row in answer.rows()),
    )
    _leave(fail_on, (finding for answer in answers for finding in answer.findings))


@takes(*READING, *PRINTING)
def doctor(request: Request, fail_on: Annotated[str, _FAIL_ON] = "error") -> None:
    """Are the files whole and consistent? Exit 1 if anything was lost or contradicts.

    Example: statkit doctor examples/runs/coarse/seed-0
    """
    from statkit.api.diagnosing import doctor as ask
    from statkit.cli.output import emit
    from statkit.views.findings_table import integrity_tables

    _check(fail_on)
    runs = request.runs()
    answers = [ask(run) for run in runs]
    emit(
        request,
        "doctor",
        {"runs": [answer.to_dict() for answer in answers]},
        lambda: integrity_tables(answers),
        [notice for run in runs for notice in run.notices] if request.chosen_format() == "json" else (),
        lines=lambda: (row for answer in answers for row in answer.rows()),
    )
    _leave(fail_on, (finding for answer in answers for finding in answer.findings))


def _check(fail_on: str) -> None:
    from statkit.errors import UsageError

    if fail_on not in ("error", "warning"):
        raise UsageError(f"--fail-on {fail_on!r} is unknown. Possible: error, warning.")


def _leave(fail_on: str, findings: Iterable[Finding]) -> None:
    from statkit.analysis.findings import reaches

    if reaches(findings, fail_on):  # type: ignore[arg-type]
        raise typer.Exit(1)
