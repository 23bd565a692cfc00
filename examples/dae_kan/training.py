"""The training loop: epochs of random tiles, each followed by the test tiles, all of it watched."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader

from dae_kan import batch_size, evaluation
from dae_kan.evaluation import Quality
from dae_kan.model import DenoisingAutoencoder
from dae_kan.settings import Settings
from dae_kan.tiles import PATIENT, TestTiles, TrainingTiles
from statkit.training import AutomaticAnalyzer, PathologySettings
from statkit.training.callbacks.loop import LoopCallback
from statkit.training.loggers import Logger

Pair = tuple[Tensor, Tensor]


class Training:
    """One run, from the first step to the last.

    The same settings give the same numbers on the same machine, durations apart.

    Parameters
    ----------
    settings : Settings
        The hyperparameters and the run directory.
    loggers : sequence of Logger
        Trackers that get every record too.
    """

    def __init__(self, settings: Settings, loggers: tuple[Logger, ...] = ()) -> None:
        torch.set_num_threads(1)
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, settings.device
        self.model = DenoisingAutoencoder().to(self.device)
        self.batch_size = settings.batch_size or batch_size.find(self.model, self.device)
        steps_per_epoch = math.ceil(settings.tiles_per_epoch / self.batch_size)
        self.steps = settings.steps or settings.epochs * steps_per_epoch
        self.epochs = math.ceil(self.steps / steps_per_epoch)
        self._optimizer = torch.optim.Adam(self.model.parameters(), lr=settings.learning_rate)
        self._schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self._optimizer, self.steps)
        self._tiles = TrainingTiles(settings.tiles_per_epoch, settings.seed)
        self._test_tiles = TestTiles()
        self._step = 0
        self.analyzer = AutomaticAnalyzer(
            self.model,
            save_dir=settings.output,
            data_range=1.0,
            analysis_freq=settings.analysis_freq,
            validation_batches=settings.validation_batches,
            pathology=PathologySettings(stains="H-DAB") if settings.pathology else False,
            config=settings.config()
            | {"batch_size": self.batch_size, "steps": self.steps, "epochs": self.epochs},
            loggers=loggers,
        )

    def run(self) -> Quality:
        """Train to the end, and say how good the model is on the test part."""
        with LoopCallback(self.analyzer) as watched:
            for epoch in watched.epochs(self.epochs):
                self._tiles.epoch = epoch
                self._train(watched)
                self._validate(watched)
        return evaluation.quality(self.model, self.device)

    def _train(self, watched: LoopCallback) -> None:
        self.model.train()
        for noisy, clean in watched.batches(self._loader(self._tiles), "train"):
            output = self.model(noisy)
            loss = functional.l1_loss(output, clean)
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
            self._schedule.step()
            self._step += 1
            watched.observe(noisy, output, loss, target_tensor=clean, patient_ids=PATIENT)
            if self._step == self.steps:
                break

    @torch.no_grad()
    def _validate(self, watched: LoopCallback) -> None:
        self.model.eval()
        places = iter(self._test_tiles.places)
        for noisy, clean in watched.batches(self._loader(self._test_tiles), "val"):
            output = self.model(noisy)
            origins = [(place.left, place.top) for place in itertools.islice(places, len(noisy))]
            loss = functional.l1_loss(output, clean)
            watched.observe(
                noisy, output, loss, target_tensor=clean, patient_ids=PATIENT, tile_origin=origins
            )

    def _loader(self, tiles: Any) -> Iterator[Pair]:
        loader = DataLoader(tiles, batch_size=self.batch_size, num_workers=self.settings.num_workers)
        for noisy, clean in loader:
            yield noisy.to(self.device), clean.to(self.device)
