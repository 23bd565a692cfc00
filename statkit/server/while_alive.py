"""A page that ends by itself: some time after the training that started it, or after a while."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Final

#: Seconds the page stays after the process is gone: whoever watches sees how it ended.
STAYS_S: Final = 600.0

_EVERY_S: Final = 1.0


def end_after(pid: int, end: Callable[[], None], stays_s: float = STAYS_S) -> None:
    """Call ``end`` some time after a process is gone; a thread waits for it.

    Parameters
    ----------
    pid : int
        The process. Its start time tells it from a later one with the same number.
    end : callable
        Called once.
    stays_s : float
        Seconds between the two.
    """
    threading.Thread(target=_wait, args=(pid, end, stays_s), name="statkit-while", daemon=True).start()


def end_in(seconds: float, end: Callable[[], None]) -> None:
    """Call ``end`` after so many seconds."""
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def _wait(pid: int, end: Callable[[], None], stays_s: float) -> None:
    born = born_at(pid)
    while born is not None and born_at(pid) == born:
        time.sleep(_EVERY_S)
    time.sleep(stays_s)
    end()


def born_at(pid: int) -> str | None:
    """Tell when a process began, as the system counts; None for one that is gone, or done."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            fields = stream.read().rpartition(b")")[2].split()
        return None if fields[0] in (b"Z", b"X") else fields[19].decode()
    except OSError:
        return None if os.path.isdir("/proc/self") else _alive(pid)


def _alive(pid: int) -> str | None:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        return "another user's"
    return "there"
