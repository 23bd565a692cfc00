"""Loggers that pass on what the analyzer measures; each loads its tracker when it is made.

>>> from statkit.training.loggers import Logger, Loggers, TensorBoardLogger, WandbLogger
"""

from __future__ import annotations

from statkit.training.loggers.base import Logger, Loggers
from statkit.training.loggers.tensorboard import TensorBoardLogger
from statkit.training.loggers.wandb import WandbLogger

__all__ = ["Logger", "Loggers", "TensorBoardLogger", "WandbLogger"]
