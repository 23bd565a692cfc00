"""The hyperparameters of a run: everything that decides its numbers, and where it goes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from vsr.clips import FRAMES, NOISE, SCALE

Board = Literal["images", "scalars", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the command line says, and what it leaves alone.

    Attributes
    ----------
    output : Path
        The run directory; all files go to its ``Learn``.
    steps, validate_every : int
        Optimiser steps in all, and between validations.
    seed : int
        Decides initial weights, order of the clips, flips and noise; never the data.
    loss : str
        A name of `vsr.losses.RECIPES`.
    threads : int
        CPU threads of torch.
    checkpoints : bool
        Whether to write ``checkpoints/``.
    board : {"images", "scalars", "none"}
        What goes to TensorBoard.
    quiet : bool
        Print nothing.
    channels, blocks : int
        Width of the network, residual blocks in each trunk.
    batch_size, patch_size : int
        Clips in a batch, side of their full-resolution window in pixels.
    clips_per_epoch : int
        Windows that make an epoch.
    learning_rate, learning_rate_floor : float
        After the warmup, and at the last step.
    """

    output: Path
    steps: int = 3200
    validate_every: int = 200
    seed: int = 0
    loss: str = "full"
    threads: int = 1
    checkpoints: bool = True
    board: Board = "images"
    quiet: bool = False
    channels: int = 16
    blocks: int = 3
    batch_size: int = 4
    patch_size: int = 36
    clips_per_epoch: int = 3200
    learning_rate: float = 2e-3
    learning_rate_floor: float = 2e-4

    @property
    def learn(self) -> Path:
        """The directory every file goes to."""
        return self.output / "Learn"

    def config(self) -> dict[str, Any]:
        """Give what ``runtime_config.json`` keeps: hyperparameters and seed, no paths."""
        left_out = {"output", "quiet", "checkpoints", "board"}
        kept = {name: value for name, value in asdict(self).items() if name not in left_out}
        return kept | {
            "scale": SCALE,
            "frames": FRAMES,
            "noise": NOISE,
            "optimizer": "Adam",
            "torch_version": torch.__version__,
        }
