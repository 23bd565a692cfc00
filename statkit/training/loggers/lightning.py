"""Passes records on to whatever loggers a Lightning trainer has."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from statkit.training.loggers.base import dashboard_key, epoch_scalars, scalars


class TrainerLogger:
    """Logs to every logger of a trainer; dashboards to W&B and TensorBoard, which show images.

    Parameters
    ----------
    trainer : Trainer
        Its loggers stay its own: they are never closed here.
    """

    def __init__(self, trainer: Any) -> None:
        self._trainer = trainer
        self._step = 0

    def log_batch(self, record: Mapping[str, Any]) -> None:
        """Log the numbers of one batch record."""
        self._step = int(record.get("global_step") or self._step)
        for logger in self._trainer.loggers:
            logger.log_metrics(scalars(record), step=self._step)

    def log_dashboard(self, path: Path, record: Mapping[str, Any]) -> None:
        """Log a dashboard where images can be logged."""
        key, step = dashboard_key(path, record), int(record.get("global_step") or self._step)
        for logger in self._trainer.loggers:
            board: Any = getattr(logger, "experiment", None)
            if hasattr(logger, "log_image"):
                logger.log_image(key, [os.fspath(path)], step=step)
            elif hasattr(board, "add_image"):
                board.add_image(key, _pixels(path), step, dataformats="HWC")

    def log_epoch(self, epoch: int, summary: Mapping[str, Any]) -> None:
        """Log the numbers of an epoch's summary, and the epoch's."""
        for logger in self._trainer.loggers:
            logger.log_metrics(epoch_scalars(summary) | {"epoch/epoch": epoch}, step=self._step)

    def finish(self) -> None:
        """Leave the loggers to the trainer."""


def _pixels(path: Path) -> Any:
    """Read a PNG: H×W×3, uint8."""
    import numpy as np
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGB"))
