"""The first sample of a batch as pictures, made where it lies."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def picture(
    images: Tensor, data_range: float, denormalize: Callable[[Tensor], Tensor] | None = None
) -> Tensor | None:
    """Give the first image of a batch as bytes.

    Parameters
    ----------
    images : Tensor, shape (B, C, H, W)
        One channel is grey, three are RGB; of any other number the mean is shown, grey.
    data_range : float
        Without ``denormalize``, [0, data_range] becomes [0, 255]; what lies outside is cut.
    denormalize : callable, optional
        From a batch in the model's scale to one in [0, 1].

    Returns
    -------
    Tensor of uint8, shape (H, W, 3), or None
        None for other shapes.
    """
    if images.ndim != 4 or images.numel() == 0:
        return None
    first = images.narrow(0, 0, 1).detach().clone()  # whatever denormalize does to it
    scaled = denormalize(first) if denormalize is not None else first.float() / data_range
    channels = scaled.select(0, 0).float()
    if len(channels) not in (1, 3):
        channels = channels.mean(0, keepdim=True)
    levels = torch.nan_to_num(channels).clamp(0, 1).mul(255).round().to(torch.uint8)
    return torch.stack(levels.expand(3, -1, -1).unbind(0), dim=-1)


def error_image(made: Tensor, target: Tensor) -> Tensor:
    """Give the squared error of the first sample, mean over channels, in squared units of the input.

    Parameters
    ----------
    made, target : Tensor, shape (B, C, H, W)

    Returns
    -------
    Tensor of float32, shape (H, W)
    """
    return (made.select(0, 0).detach().float() - target.select(0, 0).detach().float()).square_().mean(0)
