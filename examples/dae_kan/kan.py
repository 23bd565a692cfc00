"""A Kolmogorov–Arnold layer that mixes channels: every edge is a learnt function of one variable."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from dae_kan import splines


class KAN(nn.Module):
    """A 1×1 layer whose edges are splines beside a weighted SiLU.

    y_o = Σ_i w_oi · SiLU(x_i) + Σ_i Σ_b c_oib · B_b(x_i) (Liu and others, KAN: Kolmogorov–Arnold
    Networks, 2024, in the form that evaluates the bases once for all edges). The bases are 0 outside
    the grid, so the inputs are normalised and squeezed into (−1, 1) first.

    Parameters
    ----------
    inputs, outputs : int
        Channels in and out; ``inputs · outputs · (intervals + order + 1)`` weights.
    intervals, order : int
        Pieces of the grid, and degree of the splines.
    """

    grid: Tensor

    def __init__(self, inputs: int, outputs: int, *, intervals: int = 5, order: int = 3) -> None:
        super().__init__()
        self.order = order
        self.normalise = nn.BatchNorm2d(inputs)
        self.base = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.spline = nn.Conv2d(inputs * (intervals + order), outputs, 1, bias=False)
        nn.init.normal_(self.spline.weight, std=0.1 / inputs**0.5)
        self.register_buffer("grid", splines.knots(intervals, order), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Map B×C×H×W to B×outputs×H×W."""
        x = torch.tanh(self.normalise(features))
        return self.base(functional.silu(x)) + self.spline(self._bases(x))

    def _bases(self, x: Tensor) -> Tensor:
        """Evaluate the splines: B×C×H×W to B×(C·bases)×H×W."""
        bases = splines.basis(x, self.grid.to(x.dtype), self.order)
        return bases.movedim(-1, 2).flatten(1, 2)
