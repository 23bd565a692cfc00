"""The features of many tiles, by several processes at once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TypeAlias

from statkit.errors import StatkitError, UsageError
from statkit.pathology.features.pixel_range import Undo
from statkit.pathology.features.texture import check_levels
from statkit.pathology.features.tile import StainChoice, checked_mpp
from statkit.pathology.features.tile_features import TileFeatures, tile_features

#: Tiles that wait for a process, for each of them; more would only fill memory.
_AHEAD: Final = 4

_Measure: TypeAlias = Callable[[Any], TileFeatures]


def features_of_images(
    images: Iterable[Any],
    *,
    stains: StainChoice = "H&E",
    mpp: float | None = None,
    undo: Undo | None = None,
    levels: int = 16,
    jobs: int = 1,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> list[TileFeatures]:
    """Measure many tiles; the same numbers as one by one, in the same order.

    Parameters
    ----------
    images : iterable of array_like, shape (H, W, 3)
        Taken one after the other, so that a generator need not hold them all.
    stains, mpp, undo, levels
        As `tile_features` takes them, the same for all. ``"macenko"`` estimates each tile by itself; for
        one estimate of all, give what `macenko` returns.
    jobs : int
        How many processes; 1 measures in this one. Processes are started afresh (``spawn``), so a script
        keeps the call under ``if __name__ == "__main__":``.
    progress : callable
        Called after every tile with how many are done, and of how many; None where ``images`` has no
        length.

    Returns
    -------
    list of TileFeatures

    Raises
    ------
    UsageError
        An option is none, or an image is refused; its place is named, from 0.
    StatkitError
        A process ended before its work was done.
    """
    check_levels(levels)
    checked_mpp(mpp)
    if not isinstance(jobs, int) or jobs < 1:
        raise UsageError(f"Found jobs={jobs!r}; possible: 1 process or more.")
    total = len(images) if isinstance(images, Sized) else None
    measure = partial(_placed, partial(tile_features, stains=stains, mpp=mpp, undo=undo, levels=levels))
    few = total if total is not None else jobs
    results = (
        map(measure, enumerate(images)) if min(jobs, few) <= 1 else _pooled(measure, images, min(jobs, few))
    )
    found: list[TileFeatures] = []
    for result in results:
        found.append(result)
        progress(len(found), total)
    return found


def _placed(measure: _Measure, numbered: tuple[int, Any]) -> TileFeatures:
    """Measure a tile, and say which one it was if it is refused."""
    place, image = numbered
    try:
        return measure(image)
    except UsageError as error:
        raise UsageError(f"Image {place}: {error}") from None


def _pooled(measure: _Measure, images: Iterable[Any], jobs: int) -> Iterator[TileFeatures]:
    """Keep processes busy, a few tiles ahead; give results in order."""
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_begin)
    waiting: deque[Future[TileFeatures]] = deque()
    try:
        for numbered in enumerate(images):
            with _uninterrupted():
                waiting.append(pool.submit(measure, numbered))
            if len(waiting) >= jobs * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise StatkitError(
            "A process that measured tiles ended before it was done: it was killed, memory ran out, or the "
            'script does not keep the call under if __name__ == "__main__": . With jobs=1 none is started.'
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Put Ctrl-C off: a process that starts meanwhile never hears of it, not even before `_begin`."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """Leave Ctrl-C to the caller, and end when the caller does, however it ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
