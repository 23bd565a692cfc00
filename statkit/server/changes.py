"""Notice that files change: by the system's events, and by looking every two seconds in any case.

Events are quick; looking finds what they miss: changes on a network's file system, and what happened
while the system's limit on watches was reached.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Collection, Sequence
from typing import Final

from statkit.layout import is_temporary

#: Seconds between two looks at everything.
POLL_S: Final = 2.0

#: Looking at everything is done again after twenty times what it took, and half a minute at the most: with
#: hundreds of thousands of files it takes a while.
_TIMES: Final = 20.0
_LONGEST_S: Final = 30.0

#: Milliseconds that events are gathered: the first quiet stretch ends it, or the limit.
_STEP_MS: Final = 20
_GATHER_MS: Final = 200

#: Paths gathered beyond which everything is looked at.
_MANY: Final = 2000


class Changes:
    """The changes below some paths.

    Parameters
    ----------
    paths : sequence of str
        Directories and files; what does not exist is left to looking.
    poll_s : float
        Seconds between two looks.
    events : bool
        Whether the system's events are used at all.
    """

    def __init__(self, paths: Sequence[str], *, poll_s: float = POLL_S, events: bool = True) -> None:
        self._paths = [os.path.realpath(path) for path in paths]
        self.poll_s = poll_s
        self._events = events
        self._touched: set[str] = set()
        self._lock = threading.Lock()
        self._wake = asyncio.Event()
        self._stop = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looked = 0.0
        self._pause = poll_s

    def start(self) -> None:
        """Begin; called in the event loop that will wait."""
        self._loop = asyncio.get_running_loop()
        self._looked = self._loop.time()
        if self._events:
            threading.Thread(target=self._listen, name="statkit-changes", daemon=True).start()

    def stop(self) -> None:
        """End; the thread that listens ends within a second or so."""
        self._stop.set()

    def took(self, seconds: float) -> None:
        """Learn what looking at everything took."""
        self._pause = max(self.poll_s, min(_TIMES * seconds, _LONGEST_S))

    async def next(self) -> Collection[str] | None:
        """Wait for a change.

        Returns
        -------
        collection of str or None
            The real paths that changed; None after `poll_s`: look at everything.
        """
        loop = asyncio.get_running_loop()
        left = self._looked + self._pause - loop.time()
        try:
            if left <= 0:  # however much changes meanwhile
                raise TimeoutError
            async with asyncio.timeout(left):
                await self._wake.wait()
        except TimeoutError:
            self._looked = loop.time()
            return None
        self._wake.clear()
        with self._lock:
            touched, self._touched = self._touched, set()
        if len(touched) > _MANY:
            self._looked = loop.time()
            return None
        return touched

    def _listen(self) -> None:
        from watchfiles import watch

        there = [path for path in self._paths if os.path.exists(path)]
        if not there:
            return
        try:
            for found in watch(
                *there,
                watch_filter=None,
                debounce=_GATHER_MS,
                step=_STEP_MS,
                stop_event=self._stop,
                rust_timeout=500,
                yield_on_timeout=False,
                raise_interrupt=False,
                ignore_permission_denied=True,
            ):
                self._note({path for _, path in found if not is_temporary(os.path.basename(path))})
        except (OSError, RuntimeError):
            return  # no events here, or no more of them: looking goes on

    def _note(self, paths: set[str]) -> None:
        if not paths or self._loop is None:
            return
        with self._lock:
            self._touched |= paths
        try:
            self._loop.call_soon_threadsafe(self._wake.set)
        except RuntimeError:  # the loop has ended
            self._stop.set()
