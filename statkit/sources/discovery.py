"""Which directories are runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from statkit.errors import RunNotFoundError, UnknownFormatError, shortened
from statkit.layout import INNER_DIRECTORIES
from statkit.sources.faults import os_reason
from statkit.sources.known import Recall
from statkit.sources.run_files import RunFiles, scan_directory

#: How deep runs are looked for below a directory.
_LEVELS = 40


def find_runs(
    root: str,
    step_column: str | None = None,
    *,
    superseded: bool = False,
    recall: Recall | None = None,
    counted: bool = True,
) -> Iterator[RunFiles]:
    """Find every run at or below a directory.

    A directory that holds a series of ours is one run and is not searched further. One that holds
    only tables is a run if nothing below it is. Links to directories are not followed, and nothing
    below 40 levels is found. Each is given as it is found: what is done with it is done in the same
    scan.

    Raises
    ------
    RunNotFoundError
        If the root cannot be listed.
    UnknownFormatError
        If nothing at or below it is a run; the message says what was found.
    """

    def scan(path: str) -> RunFiles:
        return scan_directory(path, step_column, superseded=superseded, recall=recall, counted=counted)

    found = False
    for run in _walk(root, scan):
        found = True
        yield run
    if not found:
        raise UnknownFormatError(_nothing(root), root)


def _walk(path: str, scan: Callable[[str], RunFiles], levels: int = _LEVELS) -> Iterator[RunFiles]:
    here = scan(path)
    if here.domain:
        yield here
        return
    below = False
    for name in _subdirectories(path) if levels else ():
        try:
            for run in _walk(name if path == "." else os.path.join(path, name), scan, levels - 1):
                below = True
                yield run
        except RunNotFoundError:
            continue  # a directory that may not be listed hides no run the caller named
    if not below and here.claimed:
        yield here


def _subdirectories(path: str) -> list[str]:
    try:
        with os.scandir(path) as entries:
            names = [e.name for e in entries if e.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(name for name in names if not name.startswith(".") and name not in INNER_DIRECTORIES)


def _nothing(path: str) -> str:
    try:
        names = sorted(os.listdir(path))
    except OSError as error:
        return f"{path}: {os_reason(error)}."
    if not names:
        return f"{path} is empty: no run there. Name a directory with Statistik_<step>.json files."
    return (
        f"{path} holds no run. Found: {shortened(names, 5)}. Possible: Statistik_<step>.json, "
        f"*_metrics.json with batch_metrics, CSV, TSV or JSONL with a step column."
    )
