"""The time at which a record was appended, for records that say none.

Readers count records equal in every field once, so no two stamps of a process are equal: where the
clock stands still or goes back, the next stamp is a microsecond above the last.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Final

#: The key of a record that says when it was measured (unix seconds).
TIME_KEY: Final = "timestamp"

_EMPTY: Final = b"{}\n"
_nanoseconds = time.time_ns
_lock = threading.RLock()  # a signal handler may append too
_last = 0


def stamped(line: bytes) -> bytes:
    """Add the present time to a line that has none.

    Parameters
    ----------
    line : bytes
        One JSON object and a newline, without blanks around its last brace.

    Returns
    -------
    bytes
        The line with ``timestamp``, unix seconds with six decimals, as its last key.
    """
    seconds, rest = divmod(_microseconds(), 1_000_000)
    if line == _EMPTY:
        return b'{"timestamp":%d.%06d}\n' % (seconds, rest)
    return line[:-2] + b',"timestamp":%d.%06d}\n' % (seconds, rest)


def _microseconds() -> int:
    """Unix time (µs), higher at every call."""
    global _last
    with _lock:
        now = _nanoseconds() // 1000
        _last = now if now > _last else _last + 1
        return _last


def _renew_in_child() -> None:
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_in_child)
