"""A run that the page shows: looked at again and again, read only as far as it is new."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from statkit.analysis.findings import Finding
from statkit.analysis.monitoring.state import Glance, RunState
from statkit.analysis.monitoring.status import RunStatus
from statkit.api.monitoring import glance, health, monitor
from statkit.data.run import Run
from statkit.errors import SourceError
from statkit.layout import METRICS_DIRECTORY
from statkit.server.index import opaque_id
from statkit.server.lineage import Lineage
from statkit.server.signature import Signature, signature

Answer = TypeVar("Answer")

#: A run's health is looked for again only after so many times what it took: of a long run that grows all the
#: time it takes seconds.
_HEALTH_REST = 20.0

#: Seconds that a look waits for a run somebody else is reading; it comes again soon.
_PATIENCE_S = 1.0


class RunGoneError(SourceError):
    """A run that was there is not any more."""


class Health:
    """The findings of a run that grows, looked for as often as they cost.

    Parameters
    ----------
    clock : callable
        Unix seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._found: tuple[Finding, ...] = ()
        self._revision = -1
        self._again = 0.0

    def of(self, run: Run, revision: int) -> tuple[Finding, ...]:
        """Give the findings as of a revision, or those of an earlier one where it is too soon."""
        if revision != self._revision and self._clock() >= self._again:
            start = time.perf_counter()
            self._found, self._revision = health(run), revision
            self._again = self._clock() + _HEALTH_REST * (time.perf_counter() - start)
        return self._found


class WatchedRun:
    """One run, safe to be asked by several threads.

    Parameters
    ----------
    run : Run
        The run.
    origin : str
        Tells this server's answers from those of one that ran before.
    clock : callable
        Unix seconds.

    Attributes
    ----------
    id : str
        What requests call it.
    revision : int
        Counts the looks that found something new.
    seen : float or None
        When a look found a new last record; None while none did.
    """

    def __init__(self, run: Run, origin: str, clock: Callable[[], float] = time.time) -> None:
        self.real = os.path.realpath(run.path)
        self.id = opaque_id(self.real)
        self.revision = 0
        self._run = run
        self._origin = origin
        self._clock = clock
        self._lock = threading.RLock()
        self._signature = self._mark()
        self._unsure = not self._signature.rested(time.time_ns())
        self.seen: float | None = None
        self._glance: Glance | None = None
        self._state: RunState | None = None
        self._health = Health(clock)
        self._lineages: dict[str, Lineage] = {}
        self._answered: dict[Callable[[Run], Any], Any] = {}

    @property
    def name(self) -> str:
        """What the page calls it; unique among the runs shown."""
        return self._run.name

    @property
    def path(self) -> str:
        """The directory or file as the caller wrote it."""
        return self._run.path

    @property
    def directory(self) -> str:
        """Its directory, also when the caller named one of its files."""
        return self._run.directory

    def rename(self, name: str) -> None:
        """Give it another name; what is shown of it is made anew."""
        with self._lock:
            if name != self._run.name:
                self._run.name = name
                self._glance = self._state = None

    def ask(self, question: Callable[[Run], Answer]) -> Answer:
        """Ask the run itself, which nobody else does meanwhile."""
        with self._lock:
            return question(self._run)

    def once(self, question: Callable[[Run], Answer]) -> Answer:
        """Ask what stays true until the next look that finds something new: the run is asked once."""
        with self._lock:
            if question not in self._answered:
                self._answered[question] = question(self._run)
            return self._answered[question]  # type: ignore[no-any-return]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep others from reading it meanwhile."""
        with self._lock:
            yield

    def glance(self) -> Glance:
        """Give the run at a glance, as of its last look; nobody waits for it who need not."""
        found = self._glance
        if found is not None:
            return found
        with self._lock:
            if self._glance is None:
                self._glance = glance(self._run)
            return self._glance

    def state(self) -> RunState:
        """Give the run in full, as of its last look; its health may be somewhat older."""
        with self._lock:
            findings = self._health.of(self._run, self.revision)
            if self._state is None or self._state.findings is not findings:
                self._state = monitor(self._run, findings)
                self._glance = self._state.glance
            return self._state

    def now(self) -> float:
        """Give unix seconds by the clock the run is judged by."""
        return self._clock()

    def status(self) -> RunStatus:
        """Judge the run now."""
        return self.glance().status(self._clock(), self.seen)

    def lineage(self, series: str) -> Lineage:
        """Give the lineage of a series; from now on it is followed."""
        with self._lock:
            if series not in self._lineages:
                self._lineages[series] = Lineage(f"{self._origin}.{self.id}.{series}")
                self._follow(series)
            return self._lineages[series]

    def look(self) -> bool:
        """Look at the files again.

        Returns
        -------
        bool
            Whether anything is new; False too while somebody reads a long answer.

        Raises
        ------
        RunGoneError
            If it is not there any more.
        """
        mark = self._mark()
        if mark == self._signature and not self._unsure:
            return False
        if not self._lock.acquire(timeout=_PATIENCE_S):
            return False
        try:
            return self._renew(mark)
        finally:
            self._lock.release()

    def _renew(self, mark: Signature) -> bool:
        before, known = self._signature, self._glance
        self._unsure = not mark.rested(time.time_ns())
        self._signature = mark
        try:
            self._run.refresh()
        except SourceError as error:
            raise RunGoneError(str(error), self.path) from None
        if not self._run.formats:
            raise RunGoneError(f"{self.path} holds no run any more.", self.path)
        found = glance(self._run)
        if mark.mark == before.mark and known in (None, found):
            self._glance = found
            return False
        if known is not None and _last(found) != _last(known):
            self.seen = self._clock()
        self._glance, self._state = found, None
        self._answered.clear()
        for series in self._lineages:
            self._follow(series)
        self.revision += 1
        return True

    def _follow(self, series: str) -> None:
        metric = self.glance().metric
        fields = [metric] if metric is not None else []
        self._lineages[series].follow(self._run.columns(series, fields), metric)

    def _mark(self) -> Signature:
        if not os.path.isdir(self.path):
            return signature([self.path])
        return signature([self.path, os.path.join(self.path, METRICS_DIRECTORY)])


def _last(found: Glance) -> tuple[object, ...]:
    """What changes when a row comes."""
    return found.signs, found.recorded, tuple(span.rows for span in found.series)
