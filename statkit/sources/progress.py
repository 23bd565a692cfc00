"""How far a long reading has come, for whoever wants to watch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Takes the bytes done, the bytes there are, and the file's path.
Observer = Callable[[int, int, str], None]

_observer: Observer | None = None


@contextmanager
def watched(observer: Observer) -> Iterator[None]:
    """Have an observer told of every reading of a huge file while the block runs.

    Parameters
    ----------
    observer : callable
        Called some times a second with ``done_bytes, total_bytes, path``. What it raises stops the reading.
    """
    global _observer
    before, _observer = _observer, observer
    try:
        yield
    finally:
        _observer = before


def advance(done: int, total: int, path: str) -> None:
    """Tell the observer, if there is one, how many bytes of a file are read."""
    if _observer is not None:
        _observer(done, total, path)
