"""What a logger of an outside tracker is, and the guard that keeps its failures out of the training."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from statkit import layout
from statkit.records import flatten
from statkit.writers.console import Echo, say

#: Keys of a record that say where it stands; a tracker has its own axes for them.
PLACE_KEYS: Final = frozenset({"batch_idx", "phase", "timestamp", "epoch", "global_step", "non_finite"})


@runtime_checkable
class Logger(Protocol):
    """Passes records and dashboards on to a tracker.

    All calls come from the training's thread, so a slow tracker slows the training. On a GPU a record
    comes when its values have arrived, a few batches late; a dashboard when it is drawn.
    """

    def log_batch(self, record: Mapping[str, Any]) -> None:
        """Log the numbers of one batch record, under ``<phase>/<key>``."""

    def log_dashboard(self, path: Path, record: Mapping[str, Any]) -> None:
        """Log a dashboard that lies finished at ``path``, and belongs to ``record``."""

    def log_epoch(self, epoch: int, summary: Mapping[str, Any]) -> None:
        """Log the numbers of an epoch's summary, under ``epoch/<key>``."""

    def finish(self) -> None:
        """Write what is still in memory, and close. Called once, last."""


class Loggers:
    """Several loggers as one that never raises: what one of them raises is said once, and it goes on.

    Parameters
    ----------
    loggers : iterable of Logger
        Called in this order.
    echo : callable, optional
        Takes the line about a failure instead of standard output.
    """

    def __init__(self, loggers: Iterable[Logger] = (), echo: Echo | None = None) -> None:
        self._loggers = tuple(loggers)
        self._echo = echo
        self._said: set[tuple[int, str]] = set()

    def __len__(self) -> int:
        return len(self._loggers)

    def log_batch(self, record: Mapping[str, Any]) -> None:
        """Pass a record on to each."""
        self._each(lambda logger: logger.log_batch(record))

    def log_dashboard(self, path: Path, record: Mapping[str, Any]) -> None:
        """Pass a dashboard on to each."""
        self._each(lambda logger: logger.log_dashboard(path, record))

    def log_epoch(self, epoch: int, summary: Mapping[str, Any]) -> None:
        """Pass a summary on to each."""
        self._each(lambda logger: logger.log_epoch(epoch, summary))

    def finish(self) -> None:
        """Close each."""
        self._each(lambda logger: logger.finish())

    def _each(self, call: Callable[[Logger], None]) -> None:
        for number, logger in enumerate(self._loggers):
            try:
                call(logger)
            except Exception as error:
                self._report(number, logger, error)

    def _report(self, number: int, logger: Logger, error: Exception) -> None:
        kind = type(error).__name__
        if (number, kind) in self._said:
            return
        self._said.add((number, kind))
        say(
            f"⚠️  {type(logger).__name__} failed: {kind}: {error or 'no message'} — the training goes on, "
            f"and {layout.BATCH_LOG} holds every record",
            self._echo,
        )


def scalars(record: Mapping[str, Any]) -> dict[str, float]:
    """Name the finite numbers of a batch record as trackers do.

    Parameters
    ----------
    record : mapping
        A batch record; its ``phase`` decides the prefix, ``train`` if there is none.

    Returns
    -------
    dict
        ``train/loss`` and so on, in the record's order. Nulls, texts, lists and numbers that are not
        finite are left out, and so is what says where the record stands.
    """
    phase = record.get("phase") or "train"
    kept = {name: value for name, value in record.items() if name not in PLACE_KEYS}
    return {f"{phase}/{name}": value for name, value in _numbers(flatten(kept))}


def epoch_scalars(summary: Mapping[str, Any]) -> dict[str, float]:
    """Name the finite numbers of an epoch's summary: ``epoch/train/loss_mean`` and so on."""
    return {f"epoch/{name.replace('.', '/', 1)}": value for name, value in _numbers(flatten(dict(summary)))}


def dashboard_key(path: Path, record: Mapping[str, Any]) -> str:
    """Name a dashboard as the original program does: ``train/batch_visualization_100``.

    The number is that of the file, which counts on over epochs; the record's batch index if the file's
    name holds none.
    """
    named = layout.parse_batch_image(path.name)
    if named is not None:
        return f"{named.phase}/batch_visualization_{named.number}"
    return f"{record.get('phase') or 'train'}/batch_visualization_{record.get('batch_idx', 0)}"


def _numbers(flat: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in flat.items():
        if type(value) in (int, float) and math.isfinite(value):
            yield name, value
