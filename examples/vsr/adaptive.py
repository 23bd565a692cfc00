"""What adapts while training runs: loss weights, learning-rate boost, gradient clipping.

Batches differ far more in difficulty than a training improves, so progress is the remaining error:
the L1 loss as a share of the bilinear image's, smoothed. A plateau is a stretch without a new minimum
of it. After 150 steps of plateau the mode turns from Stable to Aggressive: weight moves from the
smooth terms to gradient and perceptual. After 300 the learning rate is boosted by half, fading over
200 steps, and the counter starts anew. A change of mode and a boost are each followed by a cooldown
in which neither happens again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from vsr.losses import TERMS, Recipe

EMA: Final = 0.95
SLOW_EMA: Final = 0.995
PROGRESS_EMA: Final = 0.98
PLATEAU_AGGRESSIVE: Final = 150
PLATEAU_BOOST: Final = 300
COOLDOWN: Final = 100
BOOST_FACTOR: Final = 1.5
BOOST_STEPS: Final = 200
BOOST_REST: Final = 800
WEIGHT_RATE: Final = 0.01
PERCEPTUAL_RANGE: Final = (0.05, 0.25)
CLIP_RANGE: Final = (0.01, 5.0)

Mode = Literal["Stable", "Aggressive"]


@dataclass(slots=True)
class AdaptiveSystem:
    """State that follows the losses step by step.

    Attributes
    ----------
    recipe : Recipe
        The weights of the Stable mode.
    weights : dict of str to float
        The weights now, by term.
    losses : dict of str to float
        Smoothed losses (EMA 0.95) by term, and ``total``; empty before the first step.
    mode : {"Stable", "Aggressive"}
        See the module.
    plateau : int
        Steps since the last new minimum.
    cooldown : int
        Steps until the next change may happen.
    clip : float
        Norm at which gradients are clipped: twice its smoothed value.
    """

    recipe: Recipe
    weights: dict[str, float] = field(init=False)
    losses: dict[str, float] = field(default_factory=dict)
    mode: Mode = "Stable"
    plateau: int = 0
    cooldown: int = 0
    clip: float = CLIP_RANGE[1]
    _remaining: float | None = None
    _lowest: float = float("inf")
    _slow_perceptual: float | None = None
    _norm: float | None = None
    _since_boost: int = BOOST_REST

    def __post_init__(self) -> None:
        self.weights = self.recipe.weights()

    @property
    def boost_available(self) -> bool:
        """Whether a plateau would be answered by a boost of the learning rate."""
        return self.cooldown == 0 and self._since_boost >= BOOST_REST

    @property
    def boost_factor(self) -> float:
        """What the learning rate is multiplied by: 1.5 at a boost, back to 1 in 200 steps."""
        rest = max(0.0, 1 - self._since_boost / BOOST_STEPS)
        return 1 + (BOOST_FACTOR - 1) * rest

    @property
    def perceptual_trend(self) -> float:
        """Fast over slow average of the perceptual loss, minus 1; negative while it falls."""
        if not self._slow_perceptual:
            return 0.0
        return self.losses["perceptual"] / self._slow_perceptual - 1

    def update(self, losses: dict[str, float], *, bilinear: float, norm: float, may_boost: bool) -> bool:
        """Take in one step.

        Parameters
        ----------
        losses : dict of str to float
            The raw losses of this step by term, and ``total``.
        bilinear : float
            The L1 loss of the bilinear image of the same batch.
        norm : float
            L2 norm of the gradient before clipping.
        may_boost : bool
            Whether the schedule allows a boost now.

        Returns
        -------
        bool
            Whether a boost of the learning rate began.
        """
        self._smooth(losses, norm)
        self.cooldown = max(0, self.cooldown - 1)
        self._since_boost += 1
        self._count_plateau(losses["l1"] / max(bilinear, 1e-9))
        boosted = may_boost and self._boost()
        self._choose_mode()
        self._move_weights()
        return boosted

    def _smooth(self, losses: dict[str, float], norm: float) -> None:
        for name, value in losses.items():
            self.losses[name] = EMA * self.losses.get(name, value) + (1 - EMA) * value
        perceptual = losses["perceptual"]
        slow = perceptual if self._slow_perceptual is None else self._slow_perceptual
        self._slow_perceptual = SLOW_EMA * slow + (1 - SLOW_EMA) * perceptual
        self._norm = norm if self._norm is None else EMA * self._norm + (1 - EMA) * norm
        self.clip = min(max(2 * self._norm, CLIP_RANGE[0]), CLIP_RANGE[1])

    def _count_plateau(self, remaining: float) -> None:
        previous = remaining if self._remaining is None else self._remaining
        self._remaining = PROGRESS_EMA * previous + (1 - PROGRESS_EMA) * remaining
        if self._remaining < self._lowest:
            self._lowest = self._remaining
            self.plateau = 0
        else:
            self.plateau += 1

    def _boost(self) -> bool:
        if self.plateau < PLATEAU_BOOST or not self.boost_available:
            return False
        self._since_boost = 0
        self.plateau = 0
        self.cooldown = COOLDOWN
        return True

    def _choose_mode(self) -> None:
        wanted: Mode = "Aggressive" if self.plateau >= PLATEAU_AGGRESSIVE else "Stable"
        if wanted != self.mode and self.cooldown == 0:
            self.mode = wanted
            self.cooldown = COOLDOWN

    def _move_weights(self) -> None:
        wanted = self.recipe.weights()
        if self.mode == "Aggressive":
            wanted["gradient"] *= 1.5
            if wanted["perceptual"]:
                wanted["perceptual"] = min(
                    max(2 * wanted["perceptual"], PERCEPTUAL_RANGE[0]), PERCEPTUAL_RANGE[1]
                )
        shared = sum(wanted[term] for term in TERMS if term != "perceptual")
        for term in TERMS:
            target = wanted[term] if term == "perceptual" else wanted[term] / shared
            self.weights[term] += WEIGHT_RATE * (target - self.weights[term])
