"""The fields of ``Statistik_<step>.json``, put together from the parts that know them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import torch
from torch.optim import Optimizer

from vsr.adaptive import AdaptiveSystem
from vsr.console import clock
from vsr.losses import TERMS
from vsr.quality import Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a training stands after a step, and how fast it goes.

    Attributes
    ----------
    step, steps : int
        The step, counted from 1, and the last one.
    steps_per_epoch : int
        Batches in an epoch.
    iteration_seconds : float
        Mean duration of a step since the last validation, validations not counted.
    """

    step: int
    steps: int
    steps_per_epoch: int
    iteration_seconds: float

    @property
    def epoch(self) -> int:
        """The epoch, counted from 1."""
        return (self.step - 1) // self.steps_per_epoch + 1

    @property
    def epoch_step(self) -> int:
        """The step within the epoch, counted from 1."""
        return (self.step - 1) % self.steps_per_epoch + 1

    def fields(self) -> dict[str, Any]:
        """Give step, epoch, speed and the time left."""
        left_in_epoch = min(self.steps_per_epoch - self.epoch_step, self.steps - self.step)
        return {
            "step_current": self.step,
            "epoch_num": self.epoch,
            "step_max": self.steps,
            "epoch_step_current": self.epoch_step,
            "epoch_step_total": self.steps_per_epoch,
            "iteration_duration": self.iteration_seconds,
            "eta_total_formatted": clock((self.steps - self.step) * self.iteration_seconds),
            "eta_epoch_formatted": clock(left_in_epoch * self.iteration_seconds),
        }


def adaptive_fields(system: AdaptiveSystem) -> dict[str, Any]:
    """Give the smoothed losses, the weights now, and the state of the adaptive system."""
    losses = {f"{term}_loss_value": system.losses[term] for term in ("total", *TERMS)}
    weights = {f"{term}_weight_current": system.weights[term] for term in TERMS}
    return (
        losses
        | weights
        | {
            "gradient_clip_val": system.clip,
            "adaptive_mode": system.mode,
            "adaptive_is_cooldown": system.cooldown > 0,
            "adaptive_cooldown_remaining": system.cooldown,
            "adaptive_plateau_counter": system.plateau,
            "adaptive_lr_boost_available": system.boost_available,
            "adaptive_perceptual_trend": system.perceptual_trend,
        }
    )


def quality_fields(quality: Quality, best: float) -> dict[str, Any]:
    """Give what the validation measured, in fractions; ``best`` is the highest KI quality so far."""
    return {
        "quality_lr_value": quality.lr,
        "quality_ki_value": quality.ki,
        "quality_improvement_value": quality.improvement,
        "quality_ki_to_gt_value": quality.ki_to_gt,
        "quality_lr_to_gt_value": quality.lr_to_gt,
        "validation_loss_value": quality.loss,
        "best_quality_ever": best,
    }


def optimizer_fields(optimizer: Optimizer, rate: float, phase: str) -> dict[str, Any]:
    """Give learning rate, phase, memory, and the mean L2 norm of Adam's first moments."""
    norms = [float(state["exp_avg"].norm()) for state in optimizer.state.values()]
    memory = torch.cuda.max_memory_allocated() / 2**30 if torch.cuda.is_available() else 0.0
    return {
        "learning_rate_value": rate,
        "lr_phase_name": phase,
        "vram_usage_gb": memory,
        "adam_momentum_avg": sum(norms) / max(1, len(norms)),
    }


def activity_fields(activity: dict[str, float]) -> dict[str, Any]:
    """Give the raw mean absolute activation of each layer, and the largest."""
    return {"layer_activity_map": activity, "layer_activity_peak_value": max(activity.values())}


def state_fields() -> dict[str, Any]:
    """Give the state at the moment of saving: the training goes on, its validation is over."""
    return {
        "training_active": True,
        "validation_running": False,
        "training_paused": False,
        "last_update_time": time.time(),
    }
