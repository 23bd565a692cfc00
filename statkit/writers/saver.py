"""Saving beside the training: it waits for the storage only so long.

Each save is done in a thread that lives while there is something to save, in order. The caller
waits until the file is durable, but no longer than its patience; then a line is printed and the
save goes on. At most eight saves wait for a storage that hangs; a further one is dropped with a
line. At exit those that wait get five seconds together.

Safe in signal handlers (the lock is reentrant), after a fork (the child starts anew, the parent
finishes what it has), and where no thread can be started (the save is then done at once).
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

#: Saves that may wait for the storage, the one being written included.
MOST_PENDING: Final = 8

#: Seconds that all waiting saves together get when the process exits.
EXIT_SECONDS: Final = 5.0


@dataclass(slots=True, kw_only=True, eq=False)
class Save:
    """One file to be written.

    Attributes
    ----------
    name : str
        The file's name.
    what : str
        What a failure line calls it.
    work : callable
        Does it; gets this object, and raises what fails.
    announce : callable
        Takes the exception, or None on success, once it is done.
    progress : int
        Grows while the work gets on; a caller that is patient waits as long as it does.
    error : BaseException or None
        What the work raised.
    late : bool
        Whether the caller has stopped waiting.
    """

    name: str
    what: str
    work: Callable[[Save], None]
    announce: Callable[[BaseException | None], None]
    progress: int = 0
    error: BaseException | None = None
    late: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Do the work; what it raises becomes ``error``."""
        try:
            self.work(self)
        except BaseException as error:  # an exit is for the main thread, not for this one
            self.error = error


class Saver:
    """The saves of one writer.

    Parameters
    ----------
    directory : str
        Where the files go, for the lines.
    timeout : float
        How long a caller waits (seconds).
    say : callable
        Prints a line.
    """

    def __init__(self, directory: str, timeout: float, say: Callable[[str], None]) -> None:
        self._directory = directory
        self._timeout = timeout
        self._say = say
        self._renew()
        _SAVERS.add(self)

    def _renew(self) -> None:
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._pending: deque[Save] = deque()
        self._thread: threading.Thread | None = None

    def save(self, save: Save, *, patient: bool = False) -> bool:
        """Do one save, and wait for it.

        Parameters
        ----------
        save : Save
            What is to be done.
        patient : bool, default False
            Wait on as long as its ``progress`` grows within each timeout.

        Returns
        -------
        bool
            True if the file is durable now.
        """
        if self._process != os.getpid():
            self._renew()
        if not self._enqueue(save):
            self._say(
                f"⚠️  Failed to save {save.what}: {MOST_PENDING} saves are still waiting for the storage, "
                f"{save.name} is dropped — fix: check that {self._directory} responds"
            )
            return False
        seen = -1
        while not save.done.wait(self._timeout) and patient and save.progress > seen:
            seen = save.progress
        with self._lock:
            save.late = not save.done.is_set()
            waiting = len(self._pending)
        if save.late:
            self._say(
                f"⚠️  {save.name} is not saved after {self._timeout:g} s: training goes on, and so does "
                f"the save ({waiting} of {MOST_PENDING} waiting)"
            )
            return False
        save.announce(save.error)
        return save.error is None

    def _enqueue(self, save: Save) -> bool:
        with self._lock:
            if len(self._pending) >= MOST_PENDING:
                return False
            self._pending.append(save)
            if self._thread is not None and self._thread.is_alive():
                return True
            self._thread = threading.Thread(target=self._work, name="statkit-saver", daemon=True)
        _watch_exit_of_child()
        try:
            self._thread.start()
        except RuntimeError:  # no thread to be had: too many, or the interpreter is exiting
            self._work()
        return True

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._pending:
                    self._thread = None
                    return
                save = self._pending[0]
            save.run()
            with self._lock:
                if save in self._pending:
                    self._pending.remove(save)
                save.done.set()
                late = save.late
            if late:
                save.announce(save.error)

    def pending(self) -> list[str]:
        """Name the files that still wait for the storage."""
        return [save.name for save in list(self._pending)] if self._process == os.getpid() else []

    def flush(self, seconds: float | None) -> bool:
        """Wait until nothing is pending, at most so long (None: for ever); tell whether that is so."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while self.pending():
            for save in list(self._pending):
                left = None if deadline is None else deadline - time.monotonic()
                if (left is not None and left <= 0) or not save.done.wait(left):
                    return False
        return True

    def abandon(self) -> None:
        """Say which saves are given up."""
        for name in self.pending():
            self._say(f"⚠️  {name} is abandoned: {self._directory} did not respond before the exit")


_SAVERS: weakref.WeakSet[Saver] = weakref.WeakSet()
_watched = os.getpid()


def finish_all() -> None:
    """Give the saves that wait five seconds together, then abandon them."""
    deadline = time.monotonic() + EXIT_SECONDS
    for saver in list(_SAVERS):
        if not saver.flush(max(0.0, deadline - time.monotonic())):
            saver.abandon()


def _watch_exit_of_child() -> None:
    """Children of multiprocessing leave without atexit; they run finalizers of their own."""
    global _watched
    multiprocessing: Any = sys.modules.get("multiprocessing.util")
    if multiprocessing is not None and _watched != os.getpid():
        _watched = os.getpid()
        multiprocessing.Finalize(None, finish_all, exitpriority=100)


atexit.register(finish_all)
