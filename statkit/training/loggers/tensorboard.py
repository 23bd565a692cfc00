"""Batch records, epochs and dashboards as TensorBoard event files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from statkit.errors import MissingExtraError
from statkit.training.loggers.base import dashboard_key, epoch_scalars, scalars

_MEND: Final = "pip install tensorboard"
#: Where a PNG keeps its width and height: two big-endian words after signature, length and name.
_SIZE: Final = slice(16, 24)
_RGB: Final = 3


class TensorBoardLogger:
    """Writes ``train/…``, ``val/…``, ``epoch/…`` and the dashboards' PNGs, one event a record.

    The step of a batch is its record's ``global_step``, that of an epoch the last one seen.

    Parameters
    ----------
    directory : str or path
        Where the event files go; created at once.

    Raises
    ------
    MissingExtraError
        If tensorboard is not installed.

    Examples
    --------
    >>> import tempfile
    >>> logger = TensorBoardLogger(tempfile.mkdtemp())
    >>> logger.log_batch({"phase": "train", "global_step": 1, "loss": 0.25})
    >>> logger.finish()
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        try:
            from tensorboard.compat.proto.summary_pb2 import Summary
            from torch.utils.tensorboard.writer import FileWriter
        except ImportError as error:
            raise MissingExtraError("tensorboard", _MEND) from error
        self._summary: Any = Summary
        self._writer: Any = FileWriter(os.fspath(directory))
        self._step = 0

    def log_batch(self, record: Mapping[str, Any]) -> None:
        """Log the numbers of one batch record."""
        self._step = int(record.get("global_step") or self._step)
        self._scalars(scalars(record), self._step)

    def log_dashboard(self, path: Path, record: Mapping[str, Any]) -> None:
        """Log a dashboard, its bytes as they are."""
        data = path.read_bytes()
        width, height = (int.from_bytes(data[_SIZE][at : at + 4], "big") for at in (0, 4))
        image = self._summary.Image(width=width, height=height, colorspace=_RGB, encoded_image_string=data)
        value = self._summary.Value(tag=dashboard_key(path, record), image=image)
        self._write([value], int(record.get("global_step") or self._step))

    def log_epoch(self, epoch: int, summary: Mapping[str, Any]) -> None:
        """Log the numbers of an epoch's summary, and the epoch's."""
        self._scalars(epoch_scalars(summary) | {"epoch/epoch": epoch}, self._step)

    def finish(self) -> None:
        """Write what is still in memory, and close."""
        self._writer.close()

    def _scalars(self, values: Mapping[str, float], step: int) -> None:
        self._write([self._summary.Value(tag=key, simple_value=value) for key, value in values.items()], step)

    def _write(self, values: list[Any], step: int) -> None:
        if values:
            self._writer.add_summary(self._summary(value=values), step)
