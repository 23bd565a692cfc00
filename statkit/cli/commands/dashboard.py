"""dashboard: the pictures of a training, from its files."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from statkit.cli.options import READING, Request, takes

if TYPE_CHECKING:
    from statkit.api.pictures import Dashboard
    from statkit.errors import SourceError
    from statkit.records import Notice

#: Where pictures go when nobody says.
_DIRECTORY = "dashboards"


@takes(*READING, "phase", "format", "json", "csv", "md", "output")
def dashboard(
    request: Request,
    batch: Annotated[
        int | None, typer.Option("--batch", min=1, help="That one: the number in the file's name.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All that have a sidecar; else the last record of each phase.")
    ] = False,
    figure: Annotated[
        str | None,
        typer.Option("--figure", help="Of a whole training instead: reconstruction, progress or attention."),
    ] = None,
    palette: Annotated[
        str, typer.Option("--palette", help="seed: green to red; safe: apart for every eye.")
    ] = "seed",
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=256, help="Processes that draw.")] = 1,
) -> None:
    """Draw dashboards as PNG: the six panels of a batch, or what a run of snapshots has.

    From the sidecar the bytes are those of the training's own picture. -o names a file for one picture, a
    directory for more; else they go to dashboards/RUN. The run's directory stays as it is.

    Example: statkit dashboard examples/runs/coarse/seed-0
    """
    from statkit.api.dashboards import dashboards
    from statkit.api.pictures import save_all
    from statkit.cli.output import warn, write
    from statkit.cli.progress import count_bar
    from statkit.errors import UsageError

    request.chosen_format()
    request.filter()
    runs = request.runs()
    found = dashboards(runs, batch=batch, every=every, phase=request.phase, figure=figure, palette=palette)
    notices = [notice for run in runs for notice in run.notices]
    if request.output == "-":
        warn(request, notices)
        write(request, _alone(found).png())
        return
    targets = _targets(found, request.output, several=every or len(runs) > 1)
    try:
        with count_bar(request.quiet or len(found) < 2, len(found)) as progress:
            counted = itertools.count(1)
            failed = save_all(found, targets, jobs, lambda: progress(next(counted), len(found)))
    except OSError as error:
        where = request.output or _DIRECTORY
        raise UsageError(
            f"{where} cannot be written: {error.strerror or error}. -o names another place."
        ) from None
    _tell(request, found, targets, failed, notices)


def _tell(
    request: Request,
    found: Sequence[Dashboard],
    targets: Sequence[str],
    failed: dict[int, SourceError],
    notices: list[Notice],
) -> None:
    """Say which pictures there are, and which could not be drawn."""
    from statkit.cli.output import emit
    from statkit.records import Notice
    from statkit.views.dashboard_table import dashboard_table

    if len(failed) == len(found):
        raise next(iter(failed.values()))
    notices += [
        Notice("skipped-file", found[place].sidecar or found[place].path, f"left out: {error}")
        for place, error in sorted(failed.items())
    ]
    rows = [
        {
            "run": each.run,
            "path": each.path,
            "picture": target,
            "phase": each.phase,
            "number": each.number,
            "origin": each.origin,
            "missing": list(each.missing),
        }
        for place, (each, target) in enumerate(zip(found, targets, strict=True))
        if place not in failed
    ]
    request.output = None
    emit(
        request,
        "dashboard",
        {"dashboards": rows},
        lambda: [dashboard_table(rows)],
        notices,
        lines=lambda: rows,
    )


def _alone(found: Sequence[Dashboard]) -> Dashboard:
    from statkit.errors import UsageError

    if len(found) > 1:
        raise UsageError(
            f"{len(found)} pictures were asked for, and -o names one file. Choose one with --batch and "
            f"--phase, or name a directory: -o DIRECTORY/"
        )
    return found[0]


def _targets(found: Sequence[Dashboard], output: str | None, *, several: bool) -> list[str]:
    """Give each picture its path: a file, or a directory with one inside for each of several runs."""
    from statkit.api.pictures import folder
    from statkit.errors import UsageError

    whole = output is None or output.endswith(("/", os.sep)) or os.path.isdir(output) or several
    if not whole or (output is not None and output.lower().endswith(".png") and not os.path.isdir(output)):
        assert output is not None
        _alone(found)
        if not output.lower().endswith(".png"):
            raise UsageError(f"-o {output}: a dashboard is a PNG. Name it so, or a directory: {output}/")
        return [output]
    apart = output is None or len({each.path for each in found}) > 1
    return [
        os.path.join(output or _DIRECTORY, folder(each.run) if apart else "", each.name) for each in found
    ]
