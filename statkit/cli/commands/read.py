"""trend, best, show, list: what one run, or each of many, says."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from statkit.cli.options import PRINTING, READING, ROWS, Request, takes


@takes(*READING, *ROWS, *PRINTING)
def trend(
    request: Request,
    smooth: Annotated[
        str | None, typer.Option("--smooth", help="Also show tb:0.6, wandb:0.9, ema:0.3, median:5, …")
    ] = None,
    patience: Annotated[
        int | None, typer.Option("--patience", min=3, help="Validations without gain that make a plateau.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Show every step, also of long series.")] = False,
) -> None:
    """Is it improving? Each step's value, a sparkline, a verdict.

    Example: statkit trend examples/runs/coarse/seed-0
    """
    from statkit.api.trending import trends_of
    from statkit.cli.output import emit, unicode_ok, width_of
    from statkit.views.trend_table import trend_tables

    runs = request.runs()
    rows = request.filter()
    answers, notices = request.each(runs, lambda run: trends_of(run, request.metric, rows, smooth, patience))
    emit(
        request,
        "trend",
        {"runs": [answer.to_dict() for answer in answers]},
        lambda: trend_tables(
            answers, precision=request.precision, every=every, unicode=unicode_ok(), width=width_of(request)
        ),
        notices,
        lines=lambda: (row for answer in answers for row in answer.rows()),
    )


@takes(*READING, *ROWS, *PRINTING)
def best(
    request: Request,
    pick: Annotated[
        str, typer.Option("--pick", help="value, smoothed, or one-se (earliest within one standard error).")
    ] = "value",
    top: Annotated[int, typer.Option("--top", min=1, help="That many steps a run.")] = 1,
    ci: Annotated[bool, typer.Option("--ci", help="Interval of the smoothed value, winner's curse.")] = False,
    smooth: Annotated[str | None, typer.Option("--smooth", help="The smoothing of --pick smoothed.")] = None,
    field: Annotated[
        str | None,
        typer.Option("--field", help="Print this alone: step, value, file, checkpoint, or a field."),
    ] = None,
) -> None:
    """Which step is best? With everything known there, and its checkpoint.

    Example: statkit best examples/runs/coarse/seed-0
    """
    from statkit.api.bests import joined, steps_of
    from statkit.cli.output import emit, warn, write
    from statkit.views.best_table import best_tables

    rows = request.filter()
    found, notices = request.each(
        request.runs(),
        lambda run: steps_of(run, request.metric, rows, pick=pick, top=top, ci=ci, smooth=smooth),
    )
    answers = joined([answer for each in found for answer in each])
    if field is not None:
        from statkit.api.bests import field_of
        from statkit.records import Notice

        values = [field_of(result, field) for answer in answers for result in answer.results]
        if field == "checkpoint":
            missing = [r for answer in answers for r in answer.results if r.checkpoint is None]
            notices += [
                Notice("no-checkpoint", r.run, f"no checkpoint belongs to step {r.step}") for r in missing
            ]
        warn(request, notices)
        write(request, "".join(f"{'' if value is None else value}\n" for value in values))
        return
    emit(
        request,
        "best",
        answers[0].to_dict() if len(answers) == 1 else {"metrics": [answer.to_dict() for answer in answers]},
        lambda: [table for each in answers for table in best_tables(each, precision=request.precision)],
        notices,
        lines=lambda: (row for answer in answers for row in answer.rows()),
    )


@takes(*READING, *PRINTING)
def show(
    request: Request,
    diff: Annotated[bool, typer.Option("--diff", help="Only the hyperparameters that differ.")] = False,
) -> None:
    """What is in a run? Series, rows, metrics, hyperparameters, times.

    Example: statkit show examples/runs/coarse/seed-0
    """
    from statkit.api.overview import config_differences
    from statkit.api.overview import show as summarise
    from statkit.cli.output import emit
    from statkit.views.overview_table import config_table, show_tables

    runs = request.runs()
    if diff:
        from statkit.errors import UsageError

        if len(runs) < 2:
            raise UsageError(f"--diff compares hyperparameters: name two runs or more, not {len(runs)}.")
        found = config_differences(runs)
        names = [run.name for run in runs]
        emit(
            request,
            "show",
            {"runs": names, "differences": [each.to_dict() for each in found]},
            lambda: [config_table(names, found)],
            (),
            lines=lambda: ({"key": each.key, **dict(zip(names, each.values, strict=True))} for each in found),
        )
        return
    answers, notices = request.each(runs, summarise)
    emit(
        request,
        "show",
        {"runs": [answer.to_dict() for answer in answers]},
        lambda: show_tables(answers),
        notices,
        lines=lambda: (row for answer in answers for row in answer.rows()),
    )


@takes(*READING, *ROWS, *PRINTING)
def list_runs(
    request: Request,
    sort: Annotated[
        str | None, typer.Option("--sort", help="A column, best first; -COLUMN turns it round.")
    ] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--columns", help="'max quality_ki_value'; repeats, or commas.")
    ] = None,
) -> None:
    """Which runs are there? A leaderboard of all runs below a directory.

    Example: statkit list examples/runs --sort quality_ki_value
    """
    from statkit.api.leaderboard import leaderboard
    from statkit.cli.output import emit
    from statkit.views.overview_table import leaderboard_table

    runs = request.each_run(request.paths or ["."])
    asked = [part.strip() for column in columns or () for part in column.split(",") if part.strip()]
    asked += [f"best {name}" for name in request.metric]
    rows = request.filter()
    answer, notices = leaderboard(runs, asked, sort=sort, where=rows.where, rows=rows)
    result: dict[str, Any] = answer.to_dict()
    emit(
        request,
        "list",
        result,
        lambda: [leaderboard_table(answer, request.precision)],
        notices,
        lines=answer.rows,
    )
