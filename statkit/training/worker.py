"""Dashboards made beside the training: kept as arrays at once, drawn when there is time.

The training hands over arrays and goes on. A thread writes each sidecar as soon as it comes, so that
what waits to be drawn is a file, not memory, and asks the drawing process for one picture after the
other. A busy process delays pictures until `drain`; none is dropped. Only where the storage hangs, and
arrays for `MOST_BYTES` wait to be written, is a further dashboard given up, with a line.
"""

from __future__ import annotations

import math
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from statkit.layout import SUMMARY_REPORT
from statkit.training.dashboard import Dashboard, Job, sidecar_name
from statkit.training.drawer import Drawer
from statkit.training.guard import Guard
from statkit.writers import sidecar
from statkit.writers.directory import RunDirectory

#: Arrays that may wait in memory for the storage (bytes).
MOST_BYTES: Final = 256 << 20

#: Seconds without any progress after which `drain` and the drawing of one picture are given up.
PATIENCE: Final = 120.0

#: A drawing process that fails so often in a row is not started again.
_MOST_FAILURES: Final = 3


class Worker:
    """Makes dashboards of one directory; no method but `drain` waits for anything.

    Parameters
    ----------
    directory : path
        Where the files go.
    guard : Guard
        Takes what fails.
    drawer : callable
        Starts a drawing process; for tests.
    patience : float
        Seconds without progress that are waited for.

    Attributes
    ----------
    pathology : dict
        What was computed last of a batch's tissue, and ``pathology_step``, where that batch stands.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        guard: Guard,
        drawer: Callable[[Callable[[dict[str, Any] | None], None]], Any] = Drawer,
        patience: float = PATIENCE,
    ) -> None:
        self._directory = RunDirectory(os.path.abspath(directory))
        self._guard = guard
        self._start_drawer = drawer
        self._patience = patience
        self._messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._held = 0  # bytes waiting for the storage
        self._open = 0  # dashboards neither drawn nor given up
        self._settled = 0
        self._finished: deque[tuple[Path, Mapping[str, Any]]] = deque()
        self._thread: threading.Thread | None = None
        self._waiting: deque[Job] = deque()  # from here on: the thread's own
        self._drawing: Job | None = None
        self._drawer: Any = None
        self._hired: object = None  # which drawing process the present one is
        self._failures = 0
        self.pathology: dict[str, Any] = {}

    def submit(self, dashboard: Dashboard) -> bool:
        """Take a dashboard; tell whether it will be made."""
        with self._changed:
            if self._held and self._held + dashboard.size > MOST_BYTES:
                self._guard.say(
                    f"⚠️  {dashboard.name} is given up: {self._held >> 20} MiB of dashboards wait for the "
                    f"storage — fix: check that {self._directory.path} responds"
                )
                return False
            self._held += dashboard.size
        self._post(dashboard)
        return True

    def report(self) -> None:
        """Have the report written, from the files as they are when everything before is done."""
        self._post(
            Job(
                name=SUMMARY_REPORT,
                ask={"report": self._directory.path},
                mend=f"statkit report {self._directory.path}",
            )
        )

    def _post(self, message: Dashboard | Job) -> None:
        with self._changed:
            if self._thread is None:
                thread = threading.Thread(target=self._work, name="statkit-worker", daemon=True)
                thread.start()
                self._thread = thread
            self._open += 1
        self._messages.put(message)

    def finished(self) -> list[tuple[Path, Mapping[str, Any]]]:
        """Hand over the pictures drawn since the last call, each with its record."""
        found = []
        while self._finished:
            found.append(self._finished.popleft())
        return found

    def drain(self, seconds: float = math.inf) -> bool:
        """Wait until every picture is drawn, as long as the drawing gets on; tell whether all are.

        Parameters
        ----------
        seconds : float
            The most in all.
        """
        end = time.monotonic() + seconds
        with self._changed:
            seen, since = self._settled, time.monotonic()
            while self._open > 0:
                self._changed.wait(0.2)
                now = time.monotonic()
                if self._settled != seen:
                    seen, since = self._settled, now
                if now - since > self._patience or now > end:
                    return False
        return True

    def close(self, seconds: float = math.inf) -> None:
        """Drain, for at most so long, and end thread and process."""
        if self._thread is None:
            return
        if not self.drain(seconds):
            self._guard.say(
                f"⚠️  {self._open} dashboards are not drawn; their arrays (.npz) stay in "
                f"{self._directory.path}"
            )
            self._open = 0
        self._messages.put(None)
        self._thread.join(min(seconds, self._patience))
        self._thread = None

    def _work(self) -> None:
        """Handle messages: a dashboard to keep, a drawer's answer, or None to end."""
        while True:
            limit = self._patience if self._drawing is not None else None
            try:
                message = self._messages.get(timeout=limit)
            except queue.Empty:
                message = (self._hired, {"error": f"no answer for {self._patience:g} s", "fatal": True})
            if message is None:
                self._dismiss()
                self._waiting.clear()  # `close` has said how many
                return
            if isinstance(message, Dashboard):
                self._keep(message)
            elif isinstance(message, Job):
                self._waiting.append(message)
            elif message[0] is self._hired:
                self._answered(message[1])
            self._draw_next()

    def _keep(self, dashboard: Dashboard) -> None:
        """Write the sidecar."""
        kept = False
        with self._guard.part("dashboard"):
            arrays, meta = dashboard.panels().to_arrays()
            encoded = sidecar.encoded(arrays | dict(dashboard.beside), meta)
            self._directory.write(sidecar_name(dashboard.name), [encoded])
            kept = True
        with self._changed:
            self._held -= dashboard.size
        if kept:
            kept_as = sidecar_name(dashboard.name)
            self._waiting.append(
                Job(
                    name=dashboard.name,
                    ask={"sidecar": self._path(kept_as), "picture": self._path(dashboard.name)},
                    mend=f"draw it later from {kept_as}",
                    record=dashboard.record,
                )
            )
        else:
            self._settle()

    def _draw_next(self) -> None:
        if self._drawing is not None or not self._waiting:
            return
        if self._drawer is None and not self._hire():
            while self._waiting:
                self._give_up(self._waiting.popleft(), "no process draws")
            return
        self._drawing = self._waiting.popleft()
        self._drawer.send(self._drawing.ask)

    def _hire(self) -> bool:
        """Start a drawing process, unless too many failed."""
        if self._failures >= _MOST_FAILURES:
            return False
        hired = self._hired = object()
        try:
            self._drawer = self._start_drawer(lambda answer: self._messages.put((hired, answer)))
        except Exception as error:
            self._failures = _MOST_FAILURES
            self._guard.failed("drawing process", error)
            return False
        return True

    def _answered(self, answer: dict[str, Any] | None) -> None:
        """Settle the present job; where the process ended or hangs, try once more with another."""
        job, self._drawing = self._drawing, None
        error = "the drawing process ended" if answer is None else answer.get("error")
        gone = answer is None or bool(answer.get("fatal"))
        self._failures = self._failures + 1 if gone else 0
        if gone:
            self._dismiss()
        if job is None:
            return
        if error is None:
            self._learn(job, answer or {})
            if job.record is not None:
                self._finished.append((Path(self._path(job.name)), job.record))
            self._settle()
        elif gone and not job.failures:
            job.failures += 1
            self._waiting.appendleft(job)
        else:
            self._give_up(job, error)

    def _learn(self, job: Job, answer: Mapping[str, Any]) -> None:
        """Take what was computed of a batch's tissue beside the drawing, or why it was not."""
        notice = answer.get("notice")
        if notice is not None:
            self._guard.once(
                f"pathology/{notice.split(':')[0]}",
                f"⚠️  No pathology of {job.name}: {notice} — fix: statkit pathology {self._directory.path}",
            )
        values = answer.get("values")
        if values and job.record is not None:
            job.record.update(values)
            self.pathology = {**values, "pathology_step": job.record.get("global_step")}

    def _give_up(self, job: Job, error: str) -> None:
        self._guard.once(
            f"drawing/{error.split(':')[0]}", f"⚠️  {job.name} is not made: {error} — fix: {job.mend}"
        )
        self._settle()

    def _dismiss(self) -> None:
        drawer, self._drawer, self._hired = self._drawer, None, None
        if drawer is not None:
            with suppress(Exception):
                drawer.close()

    def _settle(self) -> None:
        with self._changed:
            self._open -= 1
            self._settled += 1
            self._changed.notify_all()

    def _path(self, name: str) -> str:
        return os.path.join(self._directory.path, name)
