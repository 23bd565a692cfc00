"""export and report: the frame in a file, the training in words."""

from __future__ import annotations

from typing import Annotated

import typer

from statkit.cli.options import READING, Request, takes


@takes(*READING, "metric", "phase", "steps", "where", "output")
def export(
    request: Request,
    format: Annotated[
        str | None, typer.Option("--format", help="csv, parquet, ndjson or arrow; else from -o's ending.")
    ] = None,
    shape: Annotated[str, typer.Option("--shape", help="wide or long.")] = "wide",
    provenance: Annotated[bool, typer.Option("--provenance", help="Add format, file and row.")] = False,
) -> None:
    """Export every record at full resolution, never sampled.

    Example: statkit export examples/runs/coarse/seed-0 -m quality_ki_value
    """
    from statkit.api.exporting import export_bytes, export_format
    from statkit.cli.output import warn, write
    from statkit.errors import UsageError

    form = export_format(format, request.output)
    if shape not in ("wide", "long"):
        raise UsageError(f"--shape {shape!r} is unknown. Possible: wide, long.")
    runs = request.runs()
    data = export_bytes(runs, form, request.metric, request.filter(), shape, provenance)
    warn(request, [notice for run in runs for notice in run.notices])
    write(request, data)


@takes(*READING, "output")
def report(
    request: Request,
    format: Annotated[
        str | None, typer.Option("--format", help="md or html; else from -o's ending, else md.")
    ] = None,
    date: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="A date for it to bear.")
    ] = None,
) -> None:
    """Write the report of a training from its files, also of one that was killed.

    Example: statkit report examples/runs/coarse/seed-0
    """
    import os

    from statkit.api.reporting import format_of
    from statkit.api.reporting import report as ask
    from statkit.cli.output import warn, write

    runs = request.runs()
    form = format_of(format, request.output)
    made = ask(runs, format=form, date=date, step_column=request.step_column)
    warn(request, [notice for run in runs for notice in run.notices])
    beside = os.path.dirname(request.output) if request.output not in (None, "-") else ""
    write(request, made.text_in(beside or "."))
