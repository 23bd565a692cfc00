"""Every batch's record: appended while training runs, gathered at the end of an epoch and of the run."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from statkit import json_text, layout
from statkit.writers.append_log import AppendLog
from statkit.writers.console import Echo, failure_line, say
from statkit.writers.directory import RunDirectory
from statkit.writers.gathered import Gathered, Window
from statkit.writers.plain import NON_FINITE_KEY, plain, to_bytes
from statkit.writers.processes import may_write
from statkit.writers.saver import Save, Saver
from statkit.writers.stamps import TIME_KEY, stamped
from statkit.writers.statistik import absolute, whole

#: Version of the layout of ``final_training_metrics.json`` and ``epoch_<N>_metrics.json``.
SCHEMA_VERSION: Final = 1

_dumps = orjson.dumps
_OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_PASSTHROUGH_DATETIME
_WHAT: Final = "batch metrics"


class BatchMetricsWriter:
    """Keeps every batch record while training runs, and never raises into the training.

    `append` is one synchronous write to ``batch_metrics.jsonl``: a record that was appended
    survives SIGKILL. The file only grows; a resumed run goes on in it. Only rank 0 writes,
    DataLoader workers never do; elsewhere every method is a silent no-op.

    Parameters
    ----------
    directory : str or path
        Where the files go; created at the first record.
    config : mapping or dataclass, optional
        The analysis configuration, for the metadata.
    device : str, optional
        For the metadata; found without importing torch when left out.
    timeout : float, default 2.0
        Seconds that `save_epoch` may hold up the training.
    all_ranks : bool, default False
        Write from every process of a distributed job, each into a directory of its own.
    echo : callable, optional
        Takes each line instead of standard output.
    system : object, default the module ``os``
        Where the calls to the operating system go; for tests.

    Examples
    --------
    >>> import tempfile
    >>> writer = BatchMetricsWriter(tempfile.mkdtemp())
    >>> for batch in range(3):
    ...     writer.append({"batch_idx": batch, "phase": "train", "epoch": 0, "loss": 1 / (batch + 1)})
    >>> writer.save_epoch(0).name
    📊 Epoch metrics saved: epoch_0_metrics.json
    'epoch_0_metrics.json'
    >>> writer.finish().name
    📊 Training metrics saved: final_training_metrics.json
    'final_training_metrics.json'
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        config: Any = None,
        *,
        device: str | None = None,
        timeout: float = 2.0,
        all_ranks: bool = False,
        echo: Echo | None = None,
        system: Any = os,
    ) -> None:
        self._directory = RunDirectory(absolute(directory), system)
        self._all_ranks = all_ranks
        self._device = device
        self._started = time.time()
        self._say: Callable[[str], None] = lambda line: say(line, echo)
        self._saver = Saver(self._directory.path, timeout, self._say)
        self._log = AppendLog(
            os.path.join(self._directory.path, layout.BATCH_LOG),
            self._report,
            lambda: may_write(all_ranks),
            system,
        )
        self._append = self._log.append
        self._config = self._prepared(config)
        self._windows: dict[int, tuple[int, int]] = {}
        self._ends: tuple[int, int] | None = None  # in the log, of the last two epochs saved

    def append(self, record: Mapping[str, Any] | Any) -> None:
        """Append one record, its keys as given; when this returns, the kernel has it.

        A number that is not finite is null, and ``non_finite`` in the same record names it. A line
        whose record has no ``timestamp`` gets the present one, higher than that of any line before,
        so that records equal in all else stay apart. The record itself is left as it is.

        Parameters
        ----------
        record : mapping or dataclass
            ``batch_idx``, ``phase`` (``train`` or ``val``), ``loss``, and what else is measured;
            ``epoch`` and ``global_step`` where known; ``timestamp`` (unix seconds) if not now.
        """
        try:
            if type(record) is not dict:
                raise TypeError  # the fast way takes dicts alone
            line = _dumps(record, None, _OPTIONS)
            if b"null" in line:  # None, or a number that is not finite
                line = _with_names(line, record)
            if TIME_KEY not in record:
                line = stamped(line)
        except Exception:
            self._append_odd(record)
        else:
            self._append(line)

    def _append_odd(self, record: Any) -> None:
        """Append what the fast way refuses: scalars of numpy and torch, keys that are no text."""
        try:
            tree = plain(record)
            line = to_bytes(tree, indent=False)
            self._append(line if TIME_KEY in tree else stamped(line))
        except Exception as error:
            self._report(error)

    def save_epoch(self, epoch: int) -> Path | None:
        """Write ``epoch_<N>_metrics.json``: the records of that epoch alone, and their summary.

        A record belongs by its key ``epoch``; one without it belongs if it was appended since the
        last epoch was saved.

        Parameters
        ----------
        epoch : int
            0-based.

        Returns
        -------
        pathlib.Path or None
            The file, or None if it could not be saved, or is not saved yet.
        """
        try:
            number = whole(epoch, "an epoch")
            if number < 0:
                raise ValueError(f"epoch {number} is negative: epochs count from 0")
            return self._save(layout.epoch_metrics_name(number), "Epoch", self._window(number), patient=False)
        except Exception as error:
            self._say(self._failure(error, ""))
            return None

    def finish(self) -> Path | None:
        """Write ``final_training_metrics.json``: every record of the log, summary and metadata.

        Streams the log, so memory stays small. Waits as long as the writing gets on; a storage
        that stands still for ``timeout`` seconds is no longer waited for.

        Returns
        -------
        pathlib.Path or None
            The file, or None if it could not be saved, or is not saved yet.
        """
        try:
            path = self._save(layout.FINAL_METRICS, "Training", None, patient=True)
            if self._log.lost:
                self._say(f"⚠️  {self._log.lost:,} batch records could not be written to {layout.BATCH_LOG}")
            return path
        except Exception as error:
            self._say(self._failure(error, layout.FINAL_METRICS))
            return None

    def close(self, timeout: float = 5.0) -> bool:
        """Sync and close the log, and give pending saves so many seconds; tell whether all are done."""
        try:
            self._log.close(timeout)
            return self._saver.flush(timeout)
        except Exception:
            return False

    def __enter__(self) -> BatchMetricsWriter:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _window(self, epoch: int) -> Window:
        """Find where an epoch lies in the log; saved again, it starts where it started."""
        end = self._log.size()
        before, last = self._ends if self._ends is not None else (0, self._log.start or 0)
        keyed_from, since = self._windows.setdefault(epoch, (before, last))
        self._ends = (since, end)
        return Window(epoch=epoch, keyed_from=keyed_from, since=since, end=end)

    def _save(self, name: str, scope: str, window: Window | None, *, patient: bool) -> Path | None:
        if not may_write(self._all_ranks):
            return None
        gathered = Gathered(self._log.path, self._metadata, window=window, system=self._directory.system)

        def work(save: Save) -> None:
            self._log.sync()
            self._directory.write(name, _counted(gathered.chunks(), save))

        def announce(error: BaseException | None) -> None:
            self._say(f"📊 {scope} metrics saved: {name}" if error is None else self._failure(error, name))

        save = Save(name=name, what=_WHAT, work=work, announce=announce)
        return Path(self._directory.path, name) if self._saver.save(save, patient=patient) else None

    def _metadata(self, gathered: Gathered) -> dict[str, Any]:
        first, now = gathered.summary.first_time, time.time()
        metadata: dict[str, Any] = {
            "created_at": _utc(now),
            "started_at": _utc(self._started if first is None else min(first, self._started)),
            "finished_at": _utc(now),
            "total_batches": gathered.summary.total,
            "device": self._device or _device(),
            "analysis_configuration": self._config,
            "schema_version": SCHEMA_VERSION,
        }
        if gathered.skipped:
            metadata["lines_skipped"] = gathered.skipped
        if self._log.lost:
            metadata["records_lost"] = self._log.lost
        return metadata

    def _prepared(self, config: Any) -> dict[str, Any] | None:
        try:
            return None if config is None else plain(config)
        except Exception as error:
            self._report(error)
            return None

    def _report(self, error: BaseException) -> None:
        self._say(self._failure(error, layout.BATCH_LOG))

    def _failure(self, error: BaseException, name: str) -> str:
        return failure_line(_WHAT, error, name, self._directory.path)


def _with_names(line: bytes, record: dict[Any, Any]) -> bytes:
    """Name the non-finite numbers of a record that was written with null in their place."""
    nulls = line.count(b"null") - sum(value is None for value in record.values())
    if not nulls:
        return line
    names = {name: "NaN" for name, value in record.items() if value != value and type(value) is float}
    if len(names) < nulls:  # infinities too; most records have none, and NaN is found fastest alone
        names = {
            name: json_text.name_of_non_finite(value)
            for name, value in record.items()
            if type(value) is float and value - value != 0.0
        }
    if names and nulls == len(names) and NON_FINITE_KEY not in record:
        return line[:-2] + b',"non_finite":' + _dumps(names) + b"}\n"
    return to_bytes(plain(record), indent=False)  # a null elsewhere: look everywhere


def _counted(chunks: Iterator[bytes], save: Save) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        save.progress += 1


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _device() -> str | None:
    """Name the device in use, if torch is loaded; never starts CUDA."""
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    try:
        return f"cuda:{torch.cuda.current_device()}" if torch.cuda.is_initialized() else "cpu"
    except Exception:
        return None
