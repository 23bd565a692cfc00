"""gate: may this run pass CI."""

from __future__ import annotations

from typing import Annotated

import typer

from statkit.cli.options import PRINTING, READING, At, Request, takes

EXIT_CODES = {"pass": 0, "regression": 1, "too-little-evidence": 3}


@takes(*READING, "minimise", "maximise", "phase", "steps", "where", *PRINTING)
def gate(
    request: Request,
    baseline: Annotated[
        list[str] | None, typer.Option("--baseline", help="Baseline runs; a quoted glob, repeats.")
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option("--rule", help="'METRIC: MARGIN', how much worse is allowed.")
    ] = None,
    at: At = "best",
) -> None:
    """May this run pass? Exit 0 pass, 1 regression, 3 too little evidence.

    Example: statkit gate examples/runs/coarse-again/seed-5
    --baseline 'examples/runs/coarse/*' --rule 'quality_ki_value: -0.05'
    """
    from statkit.api.gates import gate as judge
    from statkit.cli.groups import without_name
    from statkit.cli.output import emit
    from statkit.errors import UsageError
    from statkit.views.gate_table import gate_tables

    if not request.paths:
        raise UsageError("nothing to judge. Name the candidate's run.")
    if not baseline:
        raise UsageError("nothing to judge against. Name runs with --baseline 'runs/base-*'.")
    own = request.runs([without_name(path) for path in request.paths])
    others = request.runs([without_name(path) for path in baseline])
    answer = judge(own, others, rule or [], at=at, rows=request.filter())
    emit(
        request,
        "gate",
        answer.to_dict(),
        lambda: gate_tables(answer, request.precision),
        [notice for run in (*own, *others) for notice in run.notices],
        lines=answer.rows,
    )
    raise typer.Exit(EXIT_CODES[answer.verdict])
