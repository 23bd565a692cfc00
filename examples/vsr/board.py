"""TensorBoard logs in ``active_run``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from vsr.settings import Board


class TensorBoard:
    """Scalars and validation pictures.

    Parameters
    ----------
    directory : Path
        ``active_run`` of the run.
    board : {"images", "scalars", "none"}
        How much is written; with ``none`` not even the directory.
    """

    def __init__(self, directory: Path, board: Board) -> None:
        self._writer: Any = None if board == "none" else SummaryWriter(str(directory))
        self._pictures = board == "images"

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Log numbers under their names."""
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(name, value, step)

    def pictures(self, step: int, pictures: Mapping[str, Tensor]) -> int:
        """Log 3×H×W pictures in [0, 1]; give how many were written."""
        if not self._pictures:
            return 0
        for name, picture in pictures.items():
            self._writer.add_image(f"Validation/{name}", picture, step)
        self._writer.flush()
        return len(pictures)

    def close(self) -> None:
        """Write what is still in memory."""
        if self._writer is not None:
            self._writer.close()
