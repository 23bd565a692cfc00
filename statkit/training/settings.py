"""What an analyzer was told: its arguments, checked."""

from __future__ import annotations

import math
import os
import pickle
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from statkit.analysis.bands import BANDS_SOURCE
from statkit.errors import UsageError
from statkit.training.cadence import Cadence
from statkit.training.discovery import Layers
from statkit.training.loggers.base import Logger
from statkit.training.pathology import PathologySettings
from statkit.training.ports import Port
from statkit.writers.console import Echo


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Settings:
    """The arguments of `AutomaticAnalyzer` under their own names.

    Raises
    ------
    UsageError
        A range or a cadence that cannot be; tissue to be looked at where no images may be kept.
    """

    device: str | torch.device | None = None
    save_dir: str | os.PathLike[str] = "auto_analysis"
    data_range: float | None = None
    denormalize: Callable[[Tensor], Tensor] | None = None
    layers: Layers | None = None
    analysis_freq: int = 100
    detailed_freq: int = 20
    validation_batches: int = 5
    store_images: bool = True
    pathology: PathologySettings | None = None
    config: Any = None
    loggers: tuple[Logger, ...] = field(default=())
    all_ranks: bool = False
    echo: Echo | None = None
    port: Port | None = None

    def __post_init__(self) -> None:
        if self.data_range is not None and not 0 < self.data_range < math.inf:
            raise UsageError(
                f"data_range is {self.data_range!r}; give 1.0 for [0, 1], 2.0 for [-1, 1], 255.0 for bytes"
            )
        if self.pathology is not None and not self.store_images:
            raise UsageError(
                "pathology is computed from the images that sidecars keep: leave out one of "
                "pathology and store_images=False"
            )
        self.cadence()

    def cadence(self) -> Cadence:
        """Make the counter of batches."""
        return Cadence(self.analysis_freq, self.detailed_freq, self.validation_batches)

    @property
    def span(self) -> float:
        """R of PSNR and SSIM."""
        return 1.0 if self.data_range is None else float(self.data_range)

    def metadata(self, layers: dict[str, str]) -> dict[str, Any]:
        """Give what the final file's metadata say of the analysis.

        Parameters
        ----------
        layers : dict of str to str
            Kind by dotted module name.
        """
        names = ("analysis_freq", "detailed_freq", "validation_batches", "store_images")
        return {name: getattr(self, name) for name in names} | {
            "data_range": self.span,
            "data_range_given": self.data_range is not None,
            "layers": layers,
            "ssim": "Wang 2004: Gaussian 11×11, σ 1.5, K (0.01, 0.03), valid region, mean over channels",
            "attention_normalisation": "minmax",
            "pathology": None if self.pathology is None else asdict(self.pathology),
            "bands_source": BANDS_SOURCE,
        }

    def portable(self) -> Settings:
        """Leave out what cannot go into a pickle or a copy: loggers, echo, port, a local function."""
        return replace(self, loggers=(), echo=None, port=None, denormalize=_picklable(self.denormalize))


def _picklable(function: Any) -> Any:
    try:
        pickle.dumps(function)
    except Exception:
        return None
    return function
