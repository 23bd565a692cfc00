"""The first samples of a batch as pictures, made where they lie."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def pictures(
    images: Tensor, most: int, data_range: float, denormalize: Callable[[Tensor], Tensor] | None = None
) -> Tensor | None:
    """Give the first images of a batch as bytes.

    Parameters
    ----------
    images : Tensor, shape (B, C, H, W)
        One channel is grey, three are RGB; of any other number the mean is shown, grey.
    most : int
        How many, where there are so many.
    data_range : float
        Without ``denormalize``, [0, data_range] becomes [0, 255]; what lies outside is cut.
    denormalize : callable, optional
        From a batch in the model's scale to one in [0, 1].

    Returns
    -------
    Tensor of uint8, shape (n, H, W, 3), or None
        None for other shapes.
    """
    if images.ndim != 4 or images.numel() == 0:
        return None
    first = images.narrow(0, 0, min(most, len(images))).detach()
    # a copy, whatever denormalize does to it
    scaled = denormalize(first.clone()) if denormalize is not None else first.float() / data_range
    channels = scaled.float()
    if channels.shape[1] not in (1, 3):
        channels = channels.mean(1, keepdim=True)
    levels = torch.nan_to_num(channels).clamp_(0, 1).mul_(255).round_().to(torch.uint8)
    return torch.stack(levels.expand(-1, 3, -1, -1).unbind(1), dim=-1)


def picture(
    images: Tensor, data_range: float, denormalize: Callable[[Tensor], Tensor] | None = None
) -> Tensor | None:
    """Give the first image alone, (H, W, 3): see `pictures`."""
    found = pictures(images, 1, data_range, denormalize)
    return None if found is None else found.select(0, 0)


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
