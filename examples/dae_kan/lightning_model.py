"""The denoising autoencoder as a Lightning module that analyzes itself while it is fitted."""

from __future__ import annotations

from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader

from dae_kan.model import DenoisingAutoencoder
from dae_kan.tiles import TestTiles, TrainingTiles
from statkit.training import AutomaticAnalyzer
from statkit.training.callbacks.lightning import StatkitCallback

Pair = tuple[Tensor, Tensor]


class AnalysisEnabledMainModel(LightningModule):
    """Fit it with any trainer: records, dashboards and the report appear in ``auto_analysis_<run>``.

    ``Trainer(max_epochs=6).fit(model)`` uses the tiles of the example; loaders of one's own that give
    pairs of noisy and clean images, B×3×H×W in [0, 1], work as well.

    Parameters
    ----------
    batch_size : int
        Tiles in a batch of its own loaders.
    analysis_frequency : int
        Training batches between dashboards.
    learning_rate : float
        At the first step; half a cosine leads to 0 at the last.
    tiles_per_epoch, seed : int
        Of its own training loader.
    **options
        For the analyzer: ``save_dir``, ``store_images`` and the others of `AutomaticAnalyzer`.
    """

    def __init__(
        self,
        batch_size: int = 16,
        analysis_frequency: int = 100,
        *,
        learning_rate: float = 2e-3,
        tiles_per_epoch: int = 400,
        seed: int = 0,
        **options: Any,
    ) -> None:
        super().__init__()
        self.model = DenoisingAutoencoder()
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self._tiles = TrainingTiles(tiles_per_epoch, seed)
        self._callback = StatkitCallback(
            **({"data_range": 1.0, "analysis_freq": analysis_frequency} | options)
        )
        self._callback.prepare(self)

    @property
    def auto_analyzer(self) -> AutomaticAnalyzer:
        """The analyzer; assign another one, of a class of your own for example, and this one's hooks go."""
        analyzer = self._callback.analyzer
        assert analyzer is not None
        return analyzer

    @auto_analyzer.setter
    def auto_analyzer(self, analyzer: AutomaticAnalyzer) -> None:
        self._callback.analyzer = analyzer

    def forward(self, noisy: Tensor) -> Tensor:
        """Map B×3×H×W to B×3×H×W in (0, 1)."""
        clean: Tensor = self.model(noisy)
        return clean

    def training_step(self, batch: Pair, batch_idx: int) -> Tensor:
        """Give the mean absolute error."""
        noisy, clean = batch
        return functional.l1_loss(self(noisy), clean)

    def validation_step(self, batch: Pair, batch_idx: int) -> Tensor:
        """Give the mean absolute error."""
        return self.training_step(batch, batch_idx)

    def configure_optimizers(self) -> Any:
        """Adam, its rate falling by a cosine at every step."""
        optimizer = torch.optim.Adam(self.parameters(), lr=self.learning_rate)
        steps = int(self.trainer.estimated_stepping_batches)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def configure_callbacks(self) -> list[Callback]:
        """Bring the analysis along."""
        return [self._callback]

    def on_train_epoch_start(self) -> None:
        """Let every epoch have tiles of its own."""
        self._tiles.epoch = self.current_epoch

    def train_dataloader(self) -> Any:
        """Random tiles of the training part."""
        return DataLoader(self._tiles, batch_size=self.batch_size)

    def val_dataloader(self) -> Any:
        """The tiles of the test part."""
        return DataLoader(TestTiles(), batch_size=self.batch_size)
