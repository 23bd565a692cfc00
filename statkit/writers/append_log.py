"""An append-only file of lines: one synchronous write a line, synced beside the training.

A line whose write returned is in the kernel: it survives SIGKILL. About once a second a thread
asks the storage to keep it too (power loss). The thread lives only while lines arrive.
"""

from __future__ import annotations

import errno
import os
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from statkit.writers.atomic import (
    above_standard,
    create_directory,
    synchronise,
    synchronise_directory,
    write_all,
)

#: Seconds between two syncs.
SYNC_SECONDS: Final = 1.0

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_LOST_DESCRIPTOR = (errno.EBADF, errno.ESTALE)
_IDLE_ROUNDS = 5


class AppendLog:
    """A file that only grows, line by line; nothing here raises an Exception.

    A line that was cut (a full disk, a kill) is never glued to the next: the next one starts with a
    newline. A forked child opens the file anew.

    Parameters
    ----------
    path : str
        The file; it and its directory are created at the first line.
    report : callable
        Takes the exception of a failed write or sync: once for each kind until a write succeeds.
    permitted : callable
        Asked before the file is opened; where it says no, lines go nowhere.
    system : object, default the module ``os``
        Where the calls go.

    Attributes
    ----------
    lost : int
        Lines that could not be written.
    start : int
        Size of the file (bytes) when it was first opened: what earlier sessions left.
    """

    def __init__(
        self,
        path: str,
        report: Callable[[Exception], None],
        permitted: Callable[[], bool] = lambda: True,
        system: Any = os,
    ) -> None:
        self.path = path
        self.lost = 0
        self.start: int | None = None
        self._report = report
        self._permitted = permitted
        self._system = system
        self._write = system.write
        self._renew()
        _LOGS.add(self)

    def _renew(self) -> None:
        self._descriptor = -1
        self._ready = False
        self._torn = False
        self._dirty = False
        self._reported: set[tuple[type, int | None]] = set()
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def append(self, line: bytes) -> bool:
        """Append one line that ends with a newline; tell whether it is in the file."""
        if not self._ready:
            return self._append_carefully(line)
        try:
            written = self._write(self._descriptor, line)
        except Exception as error:
            return self._failed(error)
        if written != len(line):
            return self._complete(line[written:])
        if not self._dirty:
            self._mark_dirty()
        return True

    def _append_carefully(self, line: bytes) -> bool:
        """Append after opening, after a failure, or after a line that was cut."""
        try:
            if self._descriptor < 0:
                if not self._permitted():
                    return False
                self._open()
            whole = b"\n" + line if self._torn else line
            written = self._write(self._descriptor, whole)
        except Exception as error:
            return self._failed(error)
        self._torn = self._torn and written == 0
        return self._complete(whole[written:])

    def _complete(self, rest: bytes) -> bool:
        """Write what a call left over; where that fails, the line in the file stays cut."""
        if rest:
            self._torn = True
            try:
                write_all(self._descriptor, rest, self._system)
            except Exception as error:
                return self._failed(error)
            self._torn = False
        self._ready = True
        self._reported.clear()
        self._mark_dirty()
        return True

    def _failed(self, error: Exception) -> bool:
        self._ready = False
        self.lost += 1
        if isinstance(error, OSError) and error.errno in _LOST_DESCRIPTOR:
            self._descriptor = -1
        self._report_once(error)
        return False

    def _report_once(self, error: Exception) -> None:
        kind = (type(error), getattr(error, "errno", None))
        if kind not in self._reported:
            self._reported.add(kind)
            with suppress(Exception):
                self._report(error)

    def _open(self) -> None:
        directory = os.path.dirname(self.path)
        create_directory(directory, self._system)
        descriptor = above_standard(self._system.open(self.path, _FLAGS, 0o666), self._system)
        try:
            size = self._system.fstat(descriptor).st_size
            self._torn = size > 0 and self._system.pread(descriptor, 1, size - 1) != b"\n"
            self.start = size if self.start is None else self.start
            synchronise_directory(directory, self._system)
        except BaseException:
            self._system.close(descriptor)
            raise
        self._descriptor = descriptor

    def _mark_dirty(self) -> None:
        """Note that there is something to sync: once between two syncs."""
        self._dirty = True
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return
            self._thread = threading.Thread(target=self._sync_regularly, name="statkit-sync", daemon=True)
            with suppress(RuntimeError):  # no thread to be had: close() will sync
                self._thread.start()

    def _sync_regularly(self) -> None:
        idle = 0
        while not self._stop.wait(SYNC_SECONDS):
            self._sync()
            with self._lock:
                idle = 0 if self._dirty else idle + 1
                if idle >= _IDLE_ROUNDS:
                    self._thread = None
                    return

    def _sync(self) -> None:
        if self._dirty and self._descriptor >= 0:
            self._dirty = False
            try:
                synchronise(self._descriptor, self._system)
            except Exception as error:
                self._report_once(error)

    def size(self) -> int:
        """Size of the file so far (bytes); 0 if nothing was appended. Raises OSError."""
        return int(self._system.fstat(self._descriptor).st_size) if self._descriptor >= 0 else 0

    def sync(self) -> None:
        """Ask the storage to keep every line so far. Raises OSError where it cannot."""
        if self._descriptor >= 0:
            self._dirty = False
            synchronise(self._descriptor, self._system)

    def close(self, seconds: float) -> None:
        """Sync and close, in at most so many seconds; a line appended later opens the file anew.

        A storage that hangs keeps the descriptor: closed under a sync, its number could meanwhile
        belong to another file.
        """
        with self._lock:
            thread, self._thread = self._thread, None
            self._stop.set()
            self._stop = threading.Event()
        closing = threading.Thread(target=self._close, args=(thread, self._descriptor), daemon=True)
        self._descriptor, self._ready = -1, False
        try:
            closing.start()
        except RuntimeError:
            return
        closing.join(seconds)

    def _close(self, thread: threading.Thread | None, descriptor: int) -> None:
        if descriptor < 0:
            return
        if thread is not None and thread.is_alive():
            thread.join()
        with suppress(Exception):
            synchronise(descriptor, self._system)
        with suppress(Exception):
            self._system.close(descriptor)

    def _after_fork(self) -> None:
        descriptor = self._descriptor
        self._renew()
        if descriptor >= 0:
            with suppress(OSError):
                os.close(descriptor)


_LOGS: weakref.WeakSet[AppendLog] = weakref.WeakSet()


def _renew_in_child() -> None:
    for log in list(_LOGS):
        log._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_in_child)
