"""The four loss terms, always measured; a recipe of weights decides what they count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

#: Terms in the order the snapshot names them.
TERMS: Final = ("l1", "ms", "gradient", "perceptual")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The weights a run starts from and returns to when it is stable.

    ``l1``, ``ms`` and ``gradient`` share 1; ``perceptual`` comes on top.
    """

    l1: float
    ms: float
    gradient: float
    perceptual: float

    def weights(self) -> dict[str, float]:
        """Give the weights by the name of their term."""
        return {term: getattr(self, term) for term in TERMS}


#: What ``--loss`` chooses from. ``coarse`` looks at images averaged by 2 and by 4 and hardly at full
#: resolution; ``full`` has the weights of the original program.
RECIPES: Final = {
    "coarse": Recipe(l1=0.05, ms=0.9, gradient=0.05, perceptual=0.05),
    "full": Recipe(l1=0.6, ms=0.2, gradient=0.2, perceptual=0.1),
}


class LossTerms(nn.Module):
    """The four terms of one batch.

    The perceptual term compares the outputs of two frozen convolutions whose weights are random and
    the same in every run. Random features already weigh structure over single pixels; no network
    trained on other images is needed.
    """

    def __init__(self, features: int = 12) -> None:
        super().__init__()
        first, second = nn.Conv2d(3, features, 3), nn.Conv2d(features, features, 3, stride=2)
        fixed = Generator().manual_seed(0)
        for layer in (first, second):
            nn.init.kaiming_normal_(layer.weight, generator=fixed)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        self.features = nn.Sequential(first, nn.ReLU(), second).requires_grad_(False)

    def forward(self, image: Tensor, truth: Tensor) -> dict[str, Tensor]:
        """Measure B×3×H×W against the same, both about [0, 1]; scalars by name.

        ``l1`` is the mean absolute difference, ``ms`` the same after averaging by 2 and by 4,
        ``gradient`` that of the finite differences down and right, ``perceptual`` that of the
        random features.
        """
        difference = image - truth
        half = functional.avg_pool2d(difference, 2)
        quarter = functional.avg_pool2d(half, 2)
        down = difference[..., 1:, :] - difference[..., :-1, :]
        right = difference[..., :, 1:] - difference[..., :, :-1]
        with torch.no_grad():
            wanted = self.features(truth)
        return {
            "l1": difference.abs().mean(),
            "ms": (half.abs().mean() + quarter.abs().mean()) / 2,
            "gradient": (down.abs().mean() + right.abs().mean()) / 2,
            "perceptual": functional.l1_loss(self.features(image), wanted),
        }
