"""B-spline bases on a uniform knot grid, as tensors."""

from __future__ import annotations

import torch
from torch import Tensor


def knots(intervals: int, order: int) -> Tensor:
    """Place uniform knots that cover [−1, 1] and go on by ``order`` knots on either side.

    Parameters
    ----------
    intervals : int
        Pieces that [−1, 1] is cut into, G ≥ 1.
    order : int
        Polynomial degree of the pieces, k ≥ 0.

    Returns
    -------
    Tensor
        G + 2k + 1 knots, rising, float32.
    """
    spacing = 2 / intervals
    return torch.arange(-order, intervals + order + 1, dtype=torch.float32) * spacing - 1


def basis(x: Tensor, grid: Tensor, order: int) -> Tensor:
    """Evaluate every basis function at every value, by the recursion of Cox and de Boor.

    Inside [−1, 1] they sum to 1; beyond the outermost knots all are 0: a spline is dead there.

    Parameters
    ----------
    x : Tensor
        Any shape.
    grid : Tensor
        As `knots` places them: evenly spaced.
    order : int
        Polynomial degree k.

    Returns
    -------
    Tensor
        The shape of ``x`` and a last axis of G + k functions.

    References
    ----------
    de Boor, A Practical Guide to Splines, 1978, chapter X.
    """
    x = x.unsqueeze(-1)
    bases = ((x >= grid[:-1]) & (x < grid[1:])).to(x.dtype)
    for k in range(1, order + 1):
        rising = (x - grid[: -(k + 1)]) / (grid[k:-1] - grid[: -(k + 1)])
        falling = (grid[k + 1 :] - x) / (grid[k + 1 :] - grid[1:-k])
        bases = rising * bases[..., :-1] + falling * bases[..., 1:]
    return bases
