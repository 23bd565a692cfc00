"""Dashboards drawn by several processes at once.

They are programs of their own, not threads, of which only one draws at a time, and not forks, which
copy whatever state the caller has. Ctrl-C ends them when the picture at hand is done, so that every
one is whole or not there, and nothing else is left.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

_PROGRAM: Final = """
import json, sys
sys.path[:] = json.loads(sys.stdin.readline())
from statkit.api.drawing import main
main(0)
"""
_ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

#: Seconds a process gets to finish its picture before it is killed.
_PATIENCE: Final = 5.0

#: A job of `statkit.api.drawing.serve`.
Job = Mapping[str, str]


def answers(jobs: Sequence[Job], workers: int) -> Iterator[tuple[int, str | None]]:
    """Have jobs done, and say of each when it is done.

    Parameters
    ----------
    jobs : sequence of mapping
        As `statkit.api.drawing.serve` takes them.
    workers : int
        How many processes; no more than there are jobs are started.

    Yields
    ------
    place : int
        Which job.
    error : str or None
        Type and message of what it raised.
    """
    waiting: queue.SimpleQueue[tuple[int, Job]] = queue.SimpleQueue()
    for each in enumerate(jobs):
        waiting.put(each)
    done: queue.SimpleQueue[tuple[int, str | None]] = queue.SimpleQueue()
    hands = [_Hand(waiting, done) for _ in range(min(workers, len(jobs)))]
    try:
        for _ in jobs:
            yield done.get()
    finally:
        with suppress(queue.Empty):
            while True:
                waiting.get_nowait()
        for hand in hands:
            hand.end()


class _Hand:
    """One process, and the thread that keeps it busy."""

    def __init__(
        self,
        waiting: queue.SimpleQueue[tuple[int, Job]],
        done: queue.SimpleQueue[tuple[int, str | None]],
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", *(["-B"] if sys.dont_write_bytecode else []), "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_ONE_THREAD},
            start_new_session=True,  # Ctrl-C is for the caller, who ends this one
            text=True,
            encoding="utf-8",
        )
        self._thread = threading.Thread(target=self._work, args=(waiting, done), daemon=True)
        self._thread.start()

    def _work(
        self,
        waiting: queue.SimpleQueue[tuple[int, Job]],
        done: queue.SimpleQueue[tuple[int, str | None]],
    ) -> None:
        self._send([os.path.abspath(entry) for entry in sys.path])
        with suppress(queue.Empty):
            while True:
                place, job = waiting.get_nowait()
                self._send(job)
                done.put((place, self._answer()))
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()  # nothing more to do: the process ends

    def _send(self, message: Any) -> None:
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def _answer(self) -> str | None:
        assert self._process.stdout is not None
        with suppress(OSError, ValueError):
            line = self._process.stdout.readline()
            if line:
                error: str | None = json.loads(line)["error"]
                return error
        return "ChildProcessError: the drawing process ended"

    def end(self) -> None:
        """Wait for the picture at hand, then for the process."""
        self._thread.join(_PATIENCE)
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._thread.join()
        if self._process.stdout is not None:
            self._process.stdout.close()
