"""Sides of a comparison as they are written on the command line."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from statkit.cli.options import Request, default_path
from statkit.errors import UsageError

if TYPE_CHECKING:
    from statkit.data.run import Run

_NAMED = re.compile(r"([^=/\\]+)=(.+)", re.DOTALL)


def group_runs(request: Request, group_by: str | None = None) -> dict[str, list[Run]]:
    """Make the sides: each unnamed path one of its own, each ``NAME=GLOB`` a group.

    A directory of runs that is named without a group gives each of its runs a side.

    Raises
    ------
    UsageError
        If no path is named, a name is used for two groups, or ``--group-by`` meets named groups.
    """
    named = [(path, None if os.path.lexists(path) else _NAMED.fullmatch(path)) for path in request.paths]
    if group_by is not None:
        if any(found for _, found in named):
            raise UsageError("--group-by pools the runs itself: name paths without NAME=.")
        from statkit.api.comparing import group_by as pool

        return pool(request.runs(), group_by)
    if not named:
        named = [(default_path(request.step_column), None)]
    alone = [path for path, found in named if not found]
    every = request.runs([found[2] if found else path for path, found in named])
    by_path = {os.path.realpath(run.path): run for run in every}
    sides: dict[str, list[Run]] = {}
    for path, found in named:
        members = [by_path[os.path.realpath(run.path)] for run in request.runs([found[2] if found else path])]
        if found:
            if found[1] in sides:
                raise UsageError(f"two groups are called {found[1]!r}: give each its own name.")
            sides[found[1]] = members
        else:
            _add_single(sides, members, alone)
    return sides


def without_name(path: str) -> str:
    """Take the glob of ``NAME=GLOB``; a path that exists, or has no name, stands for itself."""
    found = None if os.path.lexists(path) else _NAMED.fullmatch(path)
    return found[2] if found else path


def _add_single(sides: dict[str, list[Run]], members: list[Run], alone: list[str]) -> None:
    for run in members:
        if run in sides.get(run.name, ()):
            raise UsageError(
                f"{run.name} is named twice in {', '.join(alone)}: a run can be on one side only."
            )
        sides[run.name] = [run]
