"""What the analysis leaves on disk: records, epochs, dashboards, the end of the run.

Each part stands alone: where one fails, the others go on, and the failure is said once.
"""

from __future__ import annotations

import atexit
import os
import weakref
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from statkit.training.curves import Curves
from statkit.training.dashboard import Dashboard
from statkit.training.guard import Guard
from statkit.training.loggers.base import Logger, Loggers
from statkit.training.worker import Worker
from statkit.writers import BatchMetricsWriter
from statkit.writers.directory import RunDirectory
from statkit.writers.plain import plain, to_bytes
from statkit.writers.summary import Summary

#: Seconds that pictures not yet drawn get when the process exits without `finish`.
EXIT_SECONDS: Final = 5.0


class Recording:
    """The files of one analysed run.

    Parameters
    ----------
    directory : path
        Created at the first record.
    settings : mapping
        The analysis configuration, for the metadata.
    config : mapping or dataclass, optional
        The training's hyperparameters: ``runtime_config.json``.
    loggers : iterable of Logger
        Where records and dashboards go too.
    device : str
        For the metadata.
    all_ranks : bool
        Whether ranks other than 0 write.
    guard : Guard
        Takes what fails.
    before_leaving : callable
        Called when the process exits without `close`.

    Attributes
    ----------
    curves : Curves
        Of the records so far.
    summary : Summary
        Of the records so far.
    """

    def __init__(
        self,
        directory: Path,
        settings: Mapping[str, Any],
        *,
        config: Any,
        loggers: Iterable[Logger],
        device: str,
        all_ranks: bool,
        guard: Guard,
        before_leaving: Callable[[], None],
    ) -> None:
        self.directory = directory
        self.curves = Curves()
        self.summary = Summary()
        self._epoch_summary = Summary()
        self._guard = guard
        self._before_leaving = before_leaving
        self._config = config
        self._writer = BatchMetricsWriter(
            directory, settings, device=device, all_ranks=all_ranks, echo=guard.echo
        )
        self._worker = Worker(directory, guard)
        self._loggers = Loggers(loggers, guard.echo)
        self._latest: dict[str, str] = {}  # the last dashboard of each phase
        self._open = True
        _OPEN.add(self)

    def append(self, record: dict[str, Any]) -> None:
        """Keep one record: in the log first, then in what is derived from it."""
        self._writer.append(record)
        if self._config is not None:
            config, self._config = self._config, None
            with self._guard.part("runtime_config.json"):
                step = max(0, int(record["global_step"]))
                RunDirectory(str(self.directory)).write_config(to_bytes(plain(config), indent=True), step)
        with self._guard.part("summary"):
            self.summary.add(record)
            self._epoch_summary.add(record)
            self.curves.add(record)
        if len(self._loggers):
            self._loggers.log_batch(record)
            self.pass_on()

    def picture(self, dashboard: Dashboard) -> None:
        """Have a dashboard made."""
        if self._worker.submit(dashboard):
            self._latest[_phase(dashboard.name)] = dashboard.name

    def has(self, name: str) -> bool:
        """Tell whether this dashboard is the last one of its phase that was asked for."""
        return self._latest.get(_phase(name)) == name

    @property
    def pathology(self) -> dict[str, Any]:
        """What was computed last of a batch's tissue."""
        return self._worker.pathology

    def pass_on(self) -> None:
        """Tell the loggers of pictures drawn meanwhile."""
        for path, record in self._worker.finished():
            self._loggers.log_dashboard(path, record)

    def save_epoch(self, epoch: int) -> Path | None:
        """Write the epoch's file, and hand its summary to the loggers."""
        path = self._writer.save_epoch(epoch)
        summary, self._epoch_summary = self._epoch_summary, Summary()
        self.pass_on()
        self._loggers.log_epoch(epoch, summary.to_dict())
        return path

    def save(self) -> Path | None:
        """Write ``final_training_metrics.json`` as of now."""
        return self._writer.finish()

    def finish(self) -> Path | None:
        """Draw what is not drawn, and write the files of the end, the report last: it lists the others."""
        self._worker.drain()
        self.pass_on()
        path = self._writer.finish()
        if path is not None:
            self._worker.report()
        self._worker.close()
        return path

    def close(self) -> None:
        """Close everything; a record appended later opens the log anew."""
        if not self._open:
            return
        self._open = False
        _OPEN.discard(self)
        self._worker.close()
        self.pass_on()
        self._loggers.finish()
        self._writer.close()

    def leave(self) -> None:
        """At exit: take what arrives, give the pictures a few seconds; sidecars of others stay."""
        with self._guard.part("exit"):
            self._before_leaving()
        self._worker.close(EXIT_SECONDS)
        self._loggers.finish()
        self._writer.close()


def _phase(name: str) -> str:
    return name.split("_", 1)[0]


_OPEN: weakref.WeakSet[Recording] = weakref.WeakSet()


def _leave_all() -> None:
    for recording in list(_OPEN):
        recording.leave()


atexit.register(_leave_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_OPEN.clear)
