"""The training loop: steps, and every so often a validation that leaves its files."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from statkit.writers import StatistikWriter
from vsr import images, snapshot
from vsr.activity import LayerActivity
from vsr.adaptive import AdaptiveSystem
from vsr.board import TensorBoard
from vsr.checkpoints import Checkpoints
from vsr.clips import Clips, ClipStream
from vsr.console import Console
from vsr.journal import Journal
from vsr.losses import RECIPES, LossTerms
from vsr.network import SuperResolver, bilinear
from vsr.quality import Quality
from vsr.schedule import Schedule
from vsr.settings import Settings
from vsr.snapshot import Position
from vsr.validation import Validation, Validator


class Training:
    """One run, from the first step to the last.

    The same settings give the same numbers on the same machine, durations apart.

    Parameters
    ----------
    settings : Settings
        The hyperparameters and the run directory.
    """

    def __init__(self, settings: Settings) -> None:
        torch.set_num_threads(settings.threads)
        torch.manual_seed(settings.seed)
        self._settings = settings
        self._network = SuperResolver(settings.channels, settings.blocks)
        self._optimizer = torch.optim.Adam(self._network.parameters(), lr=settings.learning_rate, fused=True)
        self._terms = LossTerms()
        self._schedule = Schedule(
            steps=settings.steps, peak=settings.learning_rate, floor=settings.learning_rate_floor
        )
        self._adaptive = AdaptiveSystem(RECIPES[settings.loss])
        self._clips = ClipStream(
            [images.load(name) for name in images.TRAINING],
            count=settings.clips_per_epoch,
            side=settings.patch_size,
            batch=settings.batch_size,
            seed=settings.seed,
        )
        self._validator = Validator()
        self._activity = LayerActivity(self._network.watched_layers())
        self._best = 0.0
        self._open_files()

    def _open_files(self) -> None:
        settings, learn = self._settings, self._settings.learn
        self._console = Console(quiet=settings.quiet)
        self._journal = Journal(learn, f"VSR x3 | loss {settings.loss} | seed {settings.seed}")
        self._statistik = StatistikWriter(learn, config=settings.config(), echo=self._console.line)
        self._board = TensorBoard(learn / "active_run", settings.board)
        self._checkpoints = Checkpoints(learn / "checkpoints") if settings.checkpoints else None

    def run(self) -> None:
        """Train to the end; what stops it early is written to the log and raised."""
        self._journal.write("🚀 TRAINING STARTED")
        try:
            self._loop()
        except BaseException as error:
            self._journal.write(f"❌ Training crashed: {type(error).__name__}: {error}")
            raise
        finally:
            self._board.close()
            self._statistik.close()
        self._journal.write("🏁 TRAINING COMPLETED")

    def _loop(self) -> None:
        every, started = self._settings.validate_every, time.perf_counter()
        for step, clips in zip(range(1, self._settings.steps + 1), self._clips, strict=False):
            self._step(step, clips)
            if step % every == 0 or step == self._settings.steps:
                taken = (step - 1) % every + 1
                self._validate(self._position(step, (time.perf_counter() - started) / taken))
                started = time.perf_counter()

    def _position(self, step: int, seconds: float) -> Position:
        return Position(
            step=step,
            steps=self._settings.steps,
            steps_per_epoch=self._clips.steps_per_epoch,
            iteration_seconds=seconds,
        )

    def _rate(self, step: int) -> float:
        return self._schedule.rate(step) * self._adaptive.boost_factor

    def _step(self, step: int, clips: Clips) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate(step)
        terms = self._terms(self._network(clips.low), clips.truth)
        total = sum((self._adaptive.weights[term] * terms[term] for term in terms), torch.zeros(()))
        self._optimizer.zero_grad()
        total.backward()
        norm = nn.utils.clip_grad_norm_(self._network.parameters(), self._adaptive.clip)
        self._optimizer.step()
        losses = _numbers(
            {"total": total, **terms, "bilinear": functional.l1_loss(bilinear(clips.low), clips.truth)}
        )
        reference, may_boost = losses.pop("bilinear"), self._schedule.may_boost(step)
        if self._adaptive.update(losses, bilinear=reference, norm=float(norm), may_boost=may_boost):
            self._journal.write(f"⚡ LR BOOST triggered at step {step}")

    def _validate(self, position: Position) -> None:
        self._console.heading()
        with self._activity.watching():
            validation = self._validator.run(self._network, self._console.progress)
        quality = validation.quality
        is_best = quality.ki > self._best
        self._best = max(self._best, quality.ki)
        self._console.results(quality)
        values = self._values(position, quality)
        self._log_board(position.step, values, validation)
        self._save(position.step, values, is_best=is_best)
        self._console.line()

    def _values(self, position: Position, quality: Quality) -> dict[str, Any]:
        rate, phase = self._optimizer.param_groups[0]["lr"], self._schedule.phase(position.step)
        return (
            position.fields()
            | snapshot.optimizer_fields(self._optimizer, rate, phase)
            | snapshot.adaptive_fields(self._adaptive)
            | snapshot.quality_fields(quality, self._best)
            | snapshot.activity_fields(self._activity.map())
            | snapshot.state_fields()
        )

    def _log_board(self, step: int, values: dict[str, Any], validation: Validation) -> None:
        if self._settings.board == "none":
            return
        self._console.line("📊 Logging validation metrics to TensorBoard...")
        self._board.scalars(step, _scalars(values) | _ratios(validation.quality))
        logged = self._board.pictures(step, validation.pictures)
        if logged:
            self._console.line(f"✅ Successfully logged all {logged} validation images to TensorBoard")

    def _save(self, step: int, values: dict[str, Any], *, is_best: bool) -> None:
        quality = values["quality_ki_value"]
        self._journal.write(f"🔍 Step {step} | Validation | KI Quality: {quality:.1%}")
        path = self._statistik.save(step, values)
        if path is not None:
            self._journal.write(f"📊 Statistics JSON saved: {path.name}")
        if self._checkpoints is not None:
            name = self._checkpoints.save(step, self._network, self._optimizer, best=is_best)
            self._journal.write(f"💾 Checkpoint saved: {name}")
            if is_best:
                self._journal.write(f"🏆 NEW BEST CHECKPOINT! (Step {step}, Quality {quality:.1%})")
        self._journal.status(_status(values))


def _numbers(tensors: dict[str, Tensor]) -> dict[str, float]:
    return dict(zip(tensors, torch.stack(list(tensors.values())).detach().tolist(), strict=True))


_GROUPS = {
    "loss_value": "Losses",
    "weight_current": "Weights",
    "quality": "Quality",
    "adaptive": "Adaptive",
}


def _scalars(values: dict[str, Any]) -> dict[str, float]:
    """Name the numbers of a snapshot as TensorBoard groups them."""
    numbers = {name: value for name, value in values.items() if type(value) in (int, float)}
    layers = {f"Layers/{name}": value for name, value in values["layer_activity_map"].items()}
    grouped = {
        f"{_group(name)}/{name}": value for name, value in numbers.items() if name != "last_update_time"
    }
    return grouped | layers


def _group(name: str) -> str:
    return next((group for part, group in _GROUPS.items() if part in name), "Training")


def _ratios(quality: Quality) -> dict[str, float]:
    return {
        "Quality/lr_psnr": quality.lr_psnr,
        "Quality/ki_psnr": quality.ki_psnr,
        "Quality/lr_ssim": quality.lr_ssim,
        "Quality/ki_ssim": quality.ki_ssim,
    }


def _status(values: dict[str, Any]) -> dict[str, str]:
    done = values["step_current"] == values["step_max"]
    return {
        "status": "completed" if done else "running",
        "step": f"{values['step_current']}/{values['step_max']}",
        "epoch": str(values["epoch_num"]),
        "learning rate": f"{values['learning_rate_value']:.3e} ({values['lr_phase_name']})",
        "loss": f"{values['total_loss_value']:.4f}",
        "KI quality": f"{values['quality_ki_value']:.1%}",
        "best quality": f"{values['best_quality_ever']:.1%}",
        "time left": values["eta_total_formatted"],
    }
