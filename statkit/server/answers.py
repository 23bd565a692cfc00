"""Answers made once: many pages that ask the same at the same time cost one making.

A run is read by one at a time, so one thread at a time makes answers about it; what takes long has threads
of its own. The page stays quick while a report is written.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakValueDictionary

#: Bytes of answers kept.
MOST_BYTES: Final = 32 << 20

#: An answer longer than this is not kept.
_LONGEST: Final = 8 << 20

#: Threads that make answers, and those that make the ones that take long.
_THREADS: Final = 4
_SLOW_THREADS: Final = 2


@dataclass(slots=True)
class _Shelf:
    """The answers about one subject, as of one version."""

    version: Hashable
    answers: dict[Hashable, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(map(len, self.answers.values()))


class Answers:
    """Answers by subject, its version, and the question.

    Where a subject has another version, all that was answered about it before is dropped.

    Parameters
    ----------
    most_bytes : int
        What is kept at most; subjects asked about longest ago go first.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[Hashable, _Shelf] = OrderedDict()
        self._making: dict[tuple[Hashable, ...], asyncio.Future[bytes]] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="statkit-answer")
        self._slow = ThreadPoolExecutor(_SLOW_THREADS, thread_name_prefix="statkit-slow-answer")
        self._busy: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return sum(shelf.size for shelf in self._kept.values())

    async def get(
        self,
        subject: Hashable,
        version: Hashable,
        question: Hashable,
        make: Callable[[], bytes],
        *,
        runs: Iterable[str] = (),
        slow: bool = False,
    ) -> bytes:
        """Give an answer, made in a thread where it is not there.

        What ``make`` raises is raised, and nothing is kept.

        Parameters
        ----------
        subject, version, question : hashable
            What is asked about, as of when, and what is asked.
        make : callable
            Makes the answer.
        runs : iterable of str
            The ids of the runs that are read for it.
        slow : bool
            Whether it may take seconds.
        """
        shelf = self._kept.get(subject)
        if shelf is not None and shelf.version == version and question in shelf.answers:
            self._kept.move_to_end(subject)
            return shelf.answers[question]
        key = (subject, version, question)
        making = self._making.get(key)
        if making is None:
            making = asyncio.ensure_future(self._make(make, sorted(set(runs)), slow))
            self._making[key] = making
            making.add_done_callback(lambda done: self._made(subject, version, question, done))
        return await asyncio.shield(making)

    async def _make(self, make: Callable[[], bytes], runs: Iterable[str], slow: bool) -> bytes:
        """Make an answer once nobody else reads its runs; taken in order, they lock nobody out for good."""
        async with AsyncExitStack() as stack:
            for run in runs:
                await stack.enter_async_context(self._busy.setdefault(run, asyncio.Lock()))
            threads = self._slow if slow else self._threads
            return await asyncio.get_running_loop().run_in_executor(threads, make)

    def _made(
        self, subject: Hashable, version: Hashable, question: Hashable, done: asyncio.Future[bytes]
    ) -> None:
        self._making.pop((subject, version, question), None)
        if done.cancelled() or done.exception() is not None or len(done.result()) > _LONGEST:
            return
        shelf = self._kept.get(subject)
        if shelf is None or shelf.version != version:
            shelf = self._kept[subject] = _Shelf(version)
        shelf.answers[question] = done.result()
        self._kept.move_to_end(subject)
        while self.size > self._most:
            self._kept.popitem(last=False)

    def close(self) -> None:
        """End the threads; what is being made is left."""
        for threads in (self._threads, self._slow):
            threads.shutdown(wait=False, cancel_futures=True)
