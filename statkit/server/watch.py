"""Every run below the paths that the page was started with, as they come, grow and go."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from statkit.data.load import each_run, unique_names
from statkit.data.run import Run
from statkit.errors import StatkitError
from statkit.layout import INNER_DIRECTORIES
from statkit.server.watched import RunGoneError, WatchedRun

#: Looks after which the directories are searched for runs though nothing seems to have changed.
_SEARCH_EVERY = 15


@dataclass(frozen=True, slots=True)
class Change:
    """What a look found.

    Attributes
    ----------
    revision : int
        The number of this change.
    runs : tuple of str
        The ids of the runs in which something is new.
    status : dict of str to str
        The status of each run whose status changed, by id.
    listed : bool
        Whether runs came or went, or changed their names.
    """

    revision: int
    runs: tuple[str, ...] = ()
    status: dict[str, str] = field(default_factory=dict)
    listed: bool = False

    def __bool__(self) -> bool:
        return bool(self.runs or self.status or self.listed)


class Watch:
    """The runs of the page.

    Parameters
    ----------
    paths : sequence of str
        Run directories, files, directories of runs; a directory may be empty as yet.
    on_rewind, step_column
        As `statkit.load` takes them.
    clock : callable
        Unix seconds.
    """

    def __init__(
        self,
        paths: Sequence[str],
        *,
        on_rewind: str = "last",
        step_column: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.paths = list(paths)
        self.revision = 0
        self._on_rewind = on_rewind
        self._step_column = step_column
        self._clock = clock
        self._origin = secrets.token_hex(3)
        self._lock = threading.Lock()
        self._runs: dict[str, WatchedRun] = {}
        self._status: dict[str, str] = {}
        self._shape: object = None
        self._looks = 0
        self._search()

    @property
    def runs(self) -> list[WatchedRun]:
        """The runs, in the order they were found."""
        return list(self._runs.values())

    def get(self, run: str) -> WatchedRun | None:
        """Look a run up by its id; None for one that is not there."""
        return self._runs.get(run)

    def look(self, touched: Collection[str] | None = None) -> Change:
        """Look again, at all runs or at those that files changed in.

        Parameters
        ----------
        touched : collection of str or None
            Real paths that changed; None looks everywhere.
        """
        with self._lock:
            self._looks += 1
            changed, gone = self._look_at_runs(touched)
            listed = bool(gone) | self._search_where_changed(touched)
            status = self._changed_statuses()
            if changed or status or listed:
                self.revision += 1
            return Change(self.revision, tuple(changed), status, listed)

    def _look_at_runs(self, touched: Collection[str] | None) -> tuple[list[str], list[str]]:
        changed, gone = [], []
        for run in self.runs:
            if touched is not None and not any(_is_below(run.real, path) for path in touched):
                continue
            try:
                if run.look():
                    changed.append(run.id)
            except RunGoneError:
                gone.append(run.id)
        for each in gone:
            del self._runs[each]
            self._status.pop(each, None)
        return changed, gone

    def _search_where_changed(self, touched: Collection[str] | None) -> bool:
        outside = touched is None or any(
            not any(_is_below(run.real, path) for run in self.runs) for path in touched
        )
        if not outside:
            return False
        if self._looks % _SEARCH_EVERY and self._shape_now() == self._shape:
            return False
        return self._search()

    def _search(self) -> bool:
        """Find the runs below the paths; those known stay as they are."""
        known = {run.real: run for run in self._runs.values()}
        found: dict[str, WatchedRun] = {}
        for run in self._found():
            real = os.path.realpath(run.path)
            if real not in found:
                found[real] = known.get(real) or WatchedRun(run, self._origin, self._clock)
        names = unique_names([run.path for run in found.values()])
        renamed = False
        for each, name in zip(found.values(), names, strict=True):
            renamed |= each.name != name
            each.rename(name)
        self._runs = {run.id: run for run in found.values()}
        self._shape = self._shape_now()
        return renamed or found.keys() != known.keys()

    def _found(self) -> Iterator[Run]:
        for path in self.paths:
            try:
                yield from each_run([path], on_rewind=self._on_rewind, step_column=self._step_column)  # type: ignore[arg-type]
            except StatkitError:
                continue  # nothing there, as yet or any more

    def _changed_statuses(self) -> dict[str, str]:
        changed: dict[str, str] = {}
        for run in self.runs:
            try:
                status = run.status().status
            except StatkitError:
                continue
            if self._status.get(run.id) not in (None, status):
                changed[run.id] = status
            self._status[run.id] = status
        return changed

    def _shape_now(self) -> object:
        """What changes when a directory that is no run gets or loses an entry, or is opened or shut."""
        runs = {run.real for run in self._runs.values()}
        return tuple(each for path in self.paths for each in _directories(os.path.realpath(path), runs))


def _directories(path: str, runs: set[str], levels: int = 40) -> Iterator[tuple[str, int, int]]:
    if path in runs:
        yield path, 0, 0
        return
    try:
        status = os.stat(path)
        yield path, status.st_mtime_ns, status.st_ctime_ns  # the latter changes with permissions too
        with os.scandir(path) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if entry.is_dir(follow_symlinks=False)
                and not entry.name.startswith(".")
                and entry.name not in INNER_DIRECTORIES
            )
    except OSError:
        return
    for name in names if levels else ():
        yield from _directories(os.path.join(path, name), runs, levels - 1)


def _is_below(directory: str, path: str) -> bool:
    return path == directory or path.startswith(os.path.join(directory, ""))
