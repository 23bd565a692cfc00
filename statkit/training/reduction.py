"""From what a module takes and gives to one map an image, on the device it lies on.

All sums are in float32: half precision overflows at 65,504. Nothing here reads a value, so nothing
waits for the device; gradients are not followed.
"""

from __future__ import annotations

from typing import Final, Literal

import torch
from torch import Tensor

Kind = Literal["gate", "gate_from_io", "energy"]

KINDS: Final = ("gate", "gate_from_io", "energy")


def gate_map(gate: Tensor) -> Tensor | None:
    """Average an attention gate over its channels.

    Parameters
    ----------
    gate : Tensor, shape (B, C, H, W) or (B, H, W)
        M of F' = F + F⊗M (Park et al., BMVC 2018) or F' = F⊗M (Woo et al., ECCV 2018).

    Returns
    -------
    Tensor of float32, shape (B, H, W), or None
        None for another number of axes.
    """
    if gate.ndim == 4:
        return gate.detach().mean(1, dtype=torch.float32)
    return gate.detach().float().clone() if gate.ndim == 3 else None


def gate_from_io(given: Tensor, made: Tensor, *, residual: bool) -> Tensor | None:
    """Recover the gate of a module whose inside cannot be hooked, weighted by the input's energy.

    Parameters
    ----------
    given, made : Tensor, shape (B, C, H, W)
        The module's input x and output y.
    residual : bool
        Whether y = x + x·M, which gives Σ x(y−x) / Σ x²; else y = x·M, which gives Σ xy / Σ x². Sums
        run over the channels.

    Returns
    -------
    Tensor of float32, shape (B, H, W), or None
        None for other shapes, or a module that writes into its input. A place whose input is 0 in all
        channels has no gate: NaN.
    """
    if given is made or given.shape != made.shape or given.ndim != 4:
        return None
    x, y = given.detach().float(), made.detach().float()
    gain = (x * y).sum(1) / (x * x).sum(1)  # not vecdot: autocast would round it
    return gain - 1 if residual else gain


def energy_map(made: Tensor) -> Tensor | None:
    """Sum the squares of a layer's output over its channels: an activation energy, no attention.

    F²_sum of Zagoruyko & Komodakis, ICLR 2017.

    Parameters
    ----------
    made : Tensor, shape (B, C, H, W)

    Returns
    -------
    Tensor of float32, shape (B, H, W), or None
        None for another number of axes.
    """
    if made.ndim != 4:
        return None
    norm: Tensor = torch.linalg.vector_norm(made.detach(), dim=1, dtype=torch.float32)
    return norm.square_()
