"""The hyperparameters of a run: everything that decides its numbers, and where it goes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from dae_kan.tiles import NOISE, SIDE

#: Batch size where memory is not what limits it, and where the search for the largest starts.
USUAL_BATCH_SIZE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the command line says, and what it leaves alone.

    Attributes
    ----------
    output : Path
        The run directory.
    gpu : int
        Which CUDA device, where there is one.
    cuda : bool
        Whether to use it.
    batch_size : int or None
        Tiles in a batch; None finds one.
    num_workers : int
        Processes that cut tiles; 0 cuts them in the training's own. They change no number.
    analysis_freq : int
        Training batches between dashboards.
    validation_batches : int
        Validation batches of each epoch that get one too.
    pathology : bool
        Whether dashboards keep images, and look at how attention goes with their tissue.
    project_name : str
        The W&B project.
    wandb, tensorboard : bool
        Whether to log there.
    seed : int
        Of initial weights, and of the training tiles and their noise; the test tiles stay the same.
    steps : int or None
        Optimiser steps in all; None: whole epochs.
    epochs : int
        Passes of ``tiles_per_epoch`` tiles; ``steps`` overrules them.
    tiles_per_epoch : int
        Random tiles between two validations.
    learning_rate : float
        At the first step; half a cosine leads to 0 at the last.
    """

    output: Path
    gpu: int = 0
    cuda: bool = True
    batch_size: int | None = None
    num_workers: int = 0
    analysis_freq: int = 100
    validation_batches: int = 5
    pathology: bool = True
    project_name: str = "histopath-kan-auto"
    wandb: bool = True
    tensorboard: bool = False
    seed: int = 0
    steps: int | None = None
    epochs: int = 6
    tiles_per_epoch: int = 400
    learning_rate: float = 2e-3

    @property
    def device(self) -> torch.device:
        """The CUDA device, or the CPU where CUDA is absent or unwanted."""
        if self.cuda and torch.cuda.is_available():
            return torch.device("cuda", self.gpu)
        return torch.device("cpu")

    def config(self) -> dict[str, Any]:
        """Give what the run's metadata keep: hyperparameters and seed, no paths."""
        kept = ("seed", "batch_size", "steps", "epochs", "tiles_per_epoch", "learning_rate")
        return {name: value for name, value in asdict(self).items() if name in kept} | {
            "tile_side": SIDE,
            "noise": NOISE,
            "loss": "L1",
            "optimizer": "Adam",
            "torch_version": torch.__version__,
        }
