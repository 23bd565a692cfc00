"""What the verbs take: a run, several, or a path that holds them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from statkit.data.load import load_all
from statkit.data.run import Run
from statkit.data.runs import Runs
from statkit.errors import UsageError

Input = Run | Runs | Sequence[Run] | str | os.PathLike[str]


def many(given: Input) -> list[Run]:
    """Give the runs of whatever was handed in.

    Raises
    ------
    UsageError
        If it is no run, no runs and no path.
    RunNotFoundError, UnknownFormatError
        If it is a path where no run is.
    """
    if isinstance(given, Run):
        return [given]
    if isinstance(given, str | os.PathLike):
        return load_all([os.fspath(given)])
    runs: list[Any] = list(given) if isinstance(given, Sequence) else [given]
    for run in runs:
        if not isinstance(run, Run):
            kind = type(run).__name__
            raise UsageError(f"{kind} is no run. Possible: what statkit.load gives, or a path.")
    return runs


def one(given: Input) -> Run:
    """Give the only run of whatever was handed in.

    Raises
    ------
    UsageError
        If it holds several, or none.
    """
    runs = many(given)
    if len(runs) != 1:
        raise UsageError(f"one run is asked for, {len(runs)} were given. Ask for each of them.")
    return runs[0]
