"""Weights on disk: one file a validation, and links to the latest and the best."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from torch import nn
from torch.optim import Optimizer


class Checkpoints:
    """The ``checkpoints`` directory of a run.

    Parameters
    ----------
    directory : Path
        Created if missing.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory

    def save(self, step: int, network: nn.Module, optimizer: Optimizer, *, best: bool) -> str:
        """Write the file of a step, whole or not at all, and point the links to it.

        Returns
        -------
        str
            The file's name: ``checkpoint_step_0007500.pth``.
        """
        name = f"checkpoint_step_{step:07d}.pth"
        fresh = self._directory / f"{name}.part"
        state = {"step": step, "network": network.state_dict(), "optimizer": optimizer.state_dict()}
        torch.save(state, fresh)
        os.replace(fresh, self._directory / name)
        self._link("checkpoint_latest.pth", name)
        if best:
            self._link("checkpoint_best.pth", name)
        return name

    def _link(self, link: str, target: str) -> None:
        fresh = self._directory / f"{link}.part"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(target)
        os.replace(fresh, self._directory / link)
