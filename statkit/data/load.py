"""Paths become runs: directories, files, globs, directories of runs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from statkit.data.cache import Shelf, default_cache
from statkit.data.lineage import OnRewind
from statkit.data.run import Run
from statkit.data.runs import Runs
from statkit.errors import RunNotFoundError, UsageError
from statkit.layout import GENERIC_DIRECTORIES, is_batch_metrics, parse_statistik
from statkit.sources.discovery import find_runs
from statkit.sources.known import Known
from statkit.sources.run_files import scan_file

PathLike = str | os.PathLike[str]

#: What makes a path a pattern.
_MAGIC = frozenset("*?[")


def load(
    paths: PathLike | Iterable[PathLike] = ".",
    *,
    on_rewind: OnRewind = "last",
    step_column: str | None = None,
    cache: bool = True,
) -> Run | Runs:
    """Load what a training left on disk. Nothing is read until it is asked for.

    Parameters
    ----------
    paths : path, glob, or several
        A run directory, one file, or a directory of runs.
    on_rewind : {"last", "first", "all"}
        Which rows to keep where a resumed training wrote steps again.
    step_column : str or None
        The step column of tables; ``"row"`` counts rows.
    cache : bool
        Whether to use the user's cache of columns; it changes nothing but the time. ``STATKIT_CACHE``
        names its directory, or switches it off. Without it (``cache=False``) sizes and times of files are
        not even asked for, and the first `Run.refresh` reads all again.

    Returns
    -------
    Run or Runs
        One Run for one path that holds one; Runs for a glob, several paths, or a directory of runs.

    Raises
    ------
    RunNotFoundError, UnknownFormatError
        If a path does not exist, or nothing there is a run.
    UsageError
        If ``on_rewind`` is none of the three.

    Examples
    --------
    >>> import statkit as sk
    >>> run = sk.load("examples/runs/coarse/seed-0/Learn")
    """
    one = isinstance(paths, str | os.PathLike)
    named = [os.fspath(paths)] if isinstance(paths, str | os.PathLike) else [os.fspath(p) for p in paths]
    runs = load_all(named, on_rewind=on_rewind, step_column=step_column, cache=cache)
    several = not one or (not os.path.exists(named[0]) and _MAGIC.intersection(named[0])) or len(runs) > 1
    return Runs(runs) if several else runs[0]


def load_all(
    paths: Sequence[str],
    *,
    on_rewind: OnRewind = "last",
    step_column: str | None = None,
    cache: bool = True,
) -> list[Run]:
    """Load paths and globs into a list of runs with unique names, each run once.

    Raises
    ------
    RunNotFoundError, UnknownFormatError, UsageError
        As `load`.
    """
    found: dict[str, Run] = {}
    for run in each_run(paths, on_rewind=on_rewind, step_column=step_column, cache=cache):
        found.setdefault(os.path.realpath(run.path), run)
    for run, name in zip(found.values(), unique_names([run.path for run in found.values()]), strict=True):
        run.name = name
    return list(found.values())


def each_run(
    paths: Sequence[str],
    *,
    on_rewind: OnRewind = "last",
    step_column: str | None = None,
    cache: bool = True,
) -> Iterator[Run]:
    """Give runs as one scan finds them, named by their paths; a run named twice comes twice.

    Raises
    ------
    RunNotFoundError, UnknownFormatError, UsageError
        As `load`.
    """
    if on_rewind not in get_args(OnRewind):
        raise UsageError(f"on_rewind={on_rewind!r} is unknown; possible: {', '.join(get_args(OnRewind))}.")
    superseded = on_rewind != "last"
    store = default_cache() if cache else None
    shelves: dict[str, Shelf] = {}

    def recall(path: str) -> Known | None:
        assert store is not None
        shelves[path] = store.shelf(path, step_column, superseded)
        return shelves[path].recall()

    for path in paths:
        for each in expand(path):
            if not os.path.isdir(each):
                yield Run(scan_file(each, step_column), each, on_rewind)
                continue
            asked = recall if store is not None else None
            for scan in find_runs(each, step_column, superseded=superseded, recall=asked, counted=cache):
                yield Run(scan, scan.path, on_rewind, shelves.pop(scan.path, None))
                shelves.clear()


def expand(path: str) -> list[str]:
    """Expand a glob, sorted; a path that exists stands for itself.

    Raises
    ------
    RunNotFoundError
        If there is nothing.
    """
    path = os.path.expanduser(path)
    if os.path.lexists(path):
        return [path]
    if _MAGIC.intersection(path):
        import glob

        found = sorted(glob.glob(path, recursive=True))
        if found:
            return found
        raise RunNotFoundError(f"{path}: nothing matches.", path)
    parent = os.path.dirname(path) or "."
    near = _nearest(path, parent)
    raise RunNotFoundError(f"{path}: no such file or directory.{near}", path)


def _nearest(path: str, parent: str) -> str:
    from difflib import get_close_matches

    try:
        names = os.listdir(parent)
    except OSError:
        return ""
    near = get_close_matches(os.path.basename(path), names, n=1, cutoff=0.6)
    return f" Did you mean {os.path.join(parent, near[0]) if parent != '.' else near[0]}?" if near else ""


def unique_names(paths: Sequence[str]) -> list[str]:
    """Name runs by their directories, extended upwards until no two are alike.

    A directory called ``Learn``, ``auto_analysis``, ``active_run`` or ``metrics`` gives its parent's
    name; a table named as a file gives its own.
    """
    parts = [_name_parts(path) for path in paths]
    lengths = [1] * len(parts)
    while True:
        names = ["/".join(reversed(part[:length])) for part, length in zip(parts, lengths, strict=True)]
        seen: dict[str, int] = {}
        for name in names:
            seen[name] = seen.get(name, 0) + 1
        again = [i for i, name in enumerate(names) if seen[name] > 1 and lengths[i] < len(parts[i])]
        if not again:
            return names
        for index in again:
            lengths[index] += 1


def _name_parts(path: str) -> list[str]:
    """List the directory names from the run's own upwards."""
    path = os.path.abspath(path)
    parts = [part for part in path.split(os.sep) if part]
    if not os.path.isdir(path):
        stem = parts.pop()
        if not (parse_statistik(stem) or is_batch_metrics(stem)):
            parts.append(os.path.splitext(stem)[0])
    while len(parts) > 1 and parts[-1] in GENERIC_DIRECTORIES:
        parts.pop()
    return list(reversed(parts)) or ["/"]
