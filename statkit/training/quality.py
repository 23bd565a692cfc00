"""How well a batch of images is reconstructed: MSE, PSNR and SSIM of tensors, computed where they lie.

Nothing here waits for the device: no value is read, every answer is a tensor on the input's device.
Gradients are not followed. Half precision is widened to float32 before any arithmetic; sums are kept
in float64 (float32 on devices without it). The window of SSIM is applied by shifted additions, not by
a convolution, so that neither autocast nor TF32 rounds it, and on a CPU it is faster as well.
"""

from __future__ import annotations

import math
from typing import Final, Literal

import torch
from torch import Tensor

Reduction = Literal["mean", "none"]

#: Side of the Gaussian window in pixels, and its standard deviation.
WINDOW: Final = 11
SIGMA: Final = 1.5

#: The constants K1, K2 that keep SSIM's two ratios finite.
K: Final = (0.01, 0.03)


def mse(x: Tensor, y: Tensor, *, reduction: Reduction = "mean") -> Tensor:
    """Give the mean squared error.

    Parameters
    ----------
    x, y : Tensor, shape (B, …), any real dtype
    reduction : {"mean", "none"}
        Over the whole batch, or one value an image.

    Returns
    -------
    Tensor of float64, 0-d or shape (B,), in squared units of the input, >= 0

    Raises
    ------
    ValueError
        The two differ in shape, are no batch, or are empty.
    """
    each = _mse_each(*_pair(x, y))
    return each.mean() if reduction == "mean" else each


def psnr(x: Tensor, y: Tensor, data_range: float, *, reduction: Reduction = "mean") -> Tensor:
    """Give the peak signal-to-noise ratio, 10·log10(R²/MSE) of each image.

    The mean is that of the images' decibels, not the decibels of the mean error. Identical images have
    +inf, and so has a batch that holds one.

    Parameters
    ----------
    x, y : Tensor, shape (B, …), any real dtype
    data_range : float
        R, the span of values an image can have: 1 for [0, 1], 2 for [-1, 1], 255 for bytes.
    reduction : {"mean", "none"}
        Over the batch, or one value an image.

    Returns
    -------
    Tensor of float64, 0-d or shape (B,), in dB

    Raises
    ------
    ValueError
        The two differ in shape, are no batch or empty, or the range is not above 0.
    """
    each = _decibels(_mse_each(*_pair(x, y)), _span(data_range))
    return each.mean() if reduction == "mean" else each


def mse_and_psnr(x: Tensor, y: Tensor, data_range: float) -> tuple[Tensor, Tensor]:
    """Give `mse` and `psnr` of the batch for the price of one.

    Parameters
    ----------
    x, y : Tensor, shape (B, …), any real dtype
    data_range : float

    Returns
    -------
    tuple of Tensor of float64, 0-d

    Raises
    ------
    ValueError
        As `psnr`.
    """
    span = _span(data_range)
    each = _mse_each(*_pair(x, y))
    return each.mean(), _decibels(each, span).mean()


def ssim(x: Tensor, y: Tensor, data_range: float, *, reduction: Reduction = "mean") -> Tensor | None:
    """Give the structural similarity of Wang et al. 2004 (IEEE Trans. Image Process. 13:600).

    Gaussian window of 11×11 pixels, σ = 1.5, K = (0.01, 0.03), population covariance, over the region
    where the window fits wholly; per channel, then the mean over channels and pixels, then over images.

    Parameters
    ----------
    x, y : Tensor, shape (B, C, H, W), any real dtype
    data_range : float
        R, the span of values an image can have: 1 for [0, 1], 2 for [-1, 1], 255 for bytes.
    reduction : {"mean", "none"}
        Over the batch, or one value an image.

    Returns
    -------
    Tensor of float64, 0-d or shape (B,), in [-1, 1]; None where a side is shorter than the window

    Raises
    ------
    ValueError
        The two differ in shape, are not B×C×H×W, are empty, or the range is not above 0.
    """
    span = _span(data_range)
    if x.ndim != 4:
        raise ValueError(f"SSIM takes images of shape B×C×H×W; these have {_shape(x)}.")
    x, y = _pair(x, y)
    if min(x.shape[-2:]) < WINDOW:
        return None
    each = _ssim_map(x, y, span).flatten(1).mean(1, dtype=_wide(x))
    return each.mean() if reduction == "mean" else each


def _mse_each(x: Tensor, y: Tensor) -> Tensor:
    return (x - y).square_().flatten(1).mean(1, dtype=_wide(x))


def _decibels(mse_each: Tensor, span: float) -> Tensor:
    return 20 * math.log10(span) - 10 * torch.log10(mse_each)


def _ssim_map(x: Tensor, y: Tensor, span: float) -> Tensor:
    """Give SSIM at every place of the window, shape (B, C, H - 10, W - 10)."""
    c1, c2 = ((k * span) ** 2 for k in K)
    # Variances do not see a common shift; taken out, it cannot cancel digits of the squares.
    shift = x.mean((-2, -1), keepdim=True)
    x, y = x - shift, y - shift
    mx, my = _blurred(x), _blurred(y)
    squares, product = _blurred(x * x + y * y), _blurred(x * y)
    structure = (2 * (product - mx * my) + c2) / (squares - mx * mx - my * my + c2)
    mx, my = mx + shift, my + shift
    return structure * (2 * mx * my + c1) / (mx * mx + my * my + c1)


def _blurred(images: Tensor) -> Tensor:
    """Weigh with the Gaussian window, first down, then across, only where it fits."""
    for axis in (-2, -1):
        size = images.shape[axis] - WINDOW + 1
        total = torch.zeros_like(images.narrow(axis, 0, size))
        for place, weight in enumerate(_gaussian()):
            total.add_(images.narrow(axis, place, size), alpha=weight)
        images = total
    return images


def _gaussian() -> list[float]:
    """Give the window's weights along one side; they sum to 1."""
    weights = [math.exp(-((place - WINDOW // 2) ** 2) / (2 * SIGMA**2)) for place in range(WINDOW)]
    return [weight / sum(weights) for weight in weights]


def _pair(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Check the shapes; give both without gradient, in float32, or float64 where one is."""
    if x.shape != y.shape:
        raise ValueError(
            f"One image batch has shape {_shape(x)}, the other {_shape(y)}; compare equal shapes."
        )
    if x.ndim < 2 or x.numel() == 0:
        raise ValueError(f"Found shape {_shape(x)}; give a batch, B first, with at least one image.")
    dtype = torch.float64 if torch.float64 in (x.dtype, y.dtype) else torch.float32
    return x.detach().to(dtype), y.detach().to(dtype)


def _span(data_range: float) -> float:
    if not 0 < data_range < math.inf:
        raise ValueError(
            f"data_range is {data_range}; give the span of values an image can have: 1.0 for [0, 1], "
            "2.0 for [-1, 1], 255.0 for bytes."
        )
    return float(data_range)


def _wide(images: Tensor) -> torch.dtype:
    """Give the type for sums: float64 everywhere but on MPS, which has none."""
    return torch.float32 if images.device.type == "mps" else torch.float64


def _shape(images: Tensor) -> str:
    return "×".join(map(str, images.shape)) or "()"
