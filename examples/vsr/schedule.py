"""The learning rate over steps: linear warmup, then half a cosine."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

#: Share of all steps that warms up.
WARMUP: Final = 0.1
#: Share of all steps after which no boost may begin.
LAST_BOOST: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Learning rate and phase at a step, both from the step alone.

    Attributes
    ----------
    steps : int
        Length of the training.
    peak, floor : float
        Learning rate at the end of the warmup and at the last step.
    """

    steps: int
    peak: float
    floor: float

    @property
    def warmup_steps(self) -> int:
        """Steps of the warmup, at least 1."""
        return max(1, round(WARMUP * self.steps))

    def phase(self, step: int) -> str:
        """Name the phase of a step, counted from 1: ``warmup`` or ``cosine``."""
        return "warmup" if step <= self.warmup_steps else "cosine"

    def rate(self, step: int) -> float:
        """Give the learning rate of a step, counted from 1, before any boost."""
        if step <= self.warmup_steps:
            return self.peak * step / self.warmup_steps
        done = (step - self.warmup_steps) / (self.steps - self.warmup_steps)
        return self.floor + (self.peak - self.floor) * (1 + math.cos(math.pi * done)) / 2

    def may_boost(self, step: int) -> bool:
        """Tell whether a boost may begin at a step."""
        return self.warmup_steps < step <= LAST_BOOST * self.steps
