"""Keys pressed while a screen is shown, one by one, without an echo."""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

#: Waits so many seconds for a key and names it: ``q``, ``up``, ``down``; empty if none came.
WaitForKey = Callable[[float], str]

_KEYS: Final = re.compile(r"\x1b[\[O][0-9;]*[A-Za-z~]|.", re.DOTALL)
_NAMES: Final = {"\x1b[A": "up", "\x1bOA": "up", "k": "up", "\x1b[B": "down", "\x1bOB": "down", "j": "down"}


@contextmanager
def keyboard() -> Iterator[WaitForKey]:
    """Take keys from standard input while the block runs, and leave the terminal as it was.

    Where there is none, or this process runs in the background, waiting is only waiting.
    """
    number = _terminal()
    if number is None:
        yield _sleep
        return
    import termios
    import tty

    before = termios.tcgetattr(number)
    tty.setcbreak(number)
    try:
        yield _Keys(number).wait
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)


def _terminal() -> int | None:
    """Give the number of a terminal that is ours to read."""
    if os.name != "posix" or sys.stdin is None:
        return None
    try:
        number = sys.stdin.fileno()
        return number if os.isatty(number) and os.tcgetpgrp(number) == os.getpgrp() else None
    except (OSError, ValueError):
        return None


def _sleep(seconds: float) -> str:
    time.sleep(seconds)
    return ""


class _Keys:
    """The keys of a terminal: several may come at once."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._pending: deque[str] = deque()

    def wait(self, seconds: float) -> str:
        if not self._pending:
            if not select.select([self._number], [], [], seconds)[0]:
                return ""
            pressed = os.read(self._number, 1024).decode(errors="replace")
            if not pressed:  # the terminal has gone
                return _sleep(seconds)
            self._pending.extend(_KEYS.findall(pressed))
        key = self._pending.popleft()
        return _NAMES.get(key, key)
