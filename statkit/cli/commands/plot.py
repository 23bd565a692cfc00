"""plot: figures of runs, for a screen or a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from statkit.cli.options import READING, ROWS, GroupBy, Request, takes

if TYPE_CHECKING:
    from statkit.api.plotted_rows import Side


@takes(*READING, *ROWS, "output", "json")
def plot(
    request: Request,
    kind: Annotated[
        str,
        typer.Option("--kind", help="trend, losses, weights, rate, layers, correlation or distribution."),
    ] = "trend",
    x: Annotated[str, typer.Option("--x", help="step, epoch or time.")] = "step",
    smooth: Annotated[
        str | None,
        typer.Option("--smooth", help="tb:0.6, wandb:0.9, ema:0.3, median:5, … over the faint values."),
    ] = None,
    log: Annotated[bool, typer.Option("--log", help="A logarithmic scale.")] = False,
    band: Annotated[
        str, typer.Option("--band", help="Around a group's mean: ci (95 % interval), sd, range or none.")
    ] = "ci",
    align: Annotated[
        str, typer.Option("--align", help="Runs of different steps in a group: exact, interp or locf.")
    ] = "exact",
    method: Annotated[
        str, typer.Option("--method", help="Of a correlation: spearman or pearson.")
    ] = "spearman",
    group_by: GroupBy = None,
    style: Annotated[
        str, typer.Option("--style", help="screen, or paper: a column of 3.5 in, 8 pt, colour-blind safe.")
    ] = "screen",
    size: Annotated[
        str | None, typer.Option("--size", metavar="WxH", help="Width and height in inches: 7x4.")
    ] = None,
    format: Annotated[
        str | None, typer.Option("--format", help="png, svg or pdf; else from -o's ending.")
    ] = None,
) -> None:
    """Draw runs: each PATH a curve, NAME=GLOB a mean with its band; -o FILE.png, .svg or .pdf.

    Example: statkit plot base='examples/runs/coarse/*' new='examples/runs/full/*' -o quality.png
    """
    from statkit.api.plotting import drawn, plotted
    from statkit.cli.output import emit, warn, write

    sides = _sides(request, group_by)
    rows = request.filter()
    options: dict[str, Any] = {"kind": kind, "x": x, "band": band, "align": align, "method": method}
    result, left_out = plotted(sides, request.metric, rows, smooth=smooth, log=log, **options)
    notices = [notice for side in sides for run in side.runs for notice in run.notices] + left_out
    if request.json:
        emit(request, "plot", {"kind": kind, **result.to_dict()}, list, notices)
        return
    form = _format(request, format)
    made = drawn(result, style=style, size=_size(size))
    warn(request, notices)
    write(request, made.to_bytes(form))
    if request.output not in (None, "-"):
        print("\n".join([str(request.output), *made.notes]))


def _sides(request: Request, group_by: str | None) -> list[Side]:
    """Make the sides: a named glob and a pooled hyperparameter are groups, any other run stands alone."""
    from statkit.api.plotted_rows import Side
    from statkit.cli.groups import group_runs, without_name

    named = {path.partition("=")[0] for path in request.paths if without_name(path) != path}
    return [
        Side(name, tuple(runs), group_by is not None or name in named)
        for name, runs in group_runs(request, group_by).items()
    ]


def _format(request: Request, name: str | None) -> Any:
    from statkit.errors import UsageError
    from statkit.views.figures.export import format_of

    if request.output is None and name is None:
        raise UsageError("where to? Say -o FILE.png, .svg or .pdf, or --format with a pipe.")
    return format_of(name, request.output)


def _size(text: str | None) -> tuple[float, float] | None:
    from statkit.errors import UsageError

    if text is None:
        return None
    width, _, height = text.partition("x")
    try:
        return float(width), float(height)
    except ValueError:
        raise UsageError(f"--size {text!r}: say width and height in inches, 7x4.") from None
