"""How good an image is: PSNR and SSIM, and the one number made of both.

quality = clip(0.7 · clip((PSNR − 20) / 30, 0, 1) + 0.3 · SSIM, 0, 1) for each image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

#: PSNR given to an image whose mean squared error is below 1e-10, in dB.
PSNR_CEILING: Final = 100.0

_WINDOW: Final = 11
_SIGMA: Final = 1.5
_C1: Final = 0.01**2
_C2: Final = 0.03**2


def psnr(image: Tensor, truth: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of each image, in dB: B×3×H×W in [0, 1] to B."""
    error = (image - truth).square().flatten(1).mean(dim=1)
    return 10 * torch.log10(1 / error.clamp_min(10 ** (-PSNR_CEILING / 10)))


def ssim(image: Tensor, truth: Tensor) -> Tensor:
    """Structural similarity of each image: B×3×H×W in [0, 1] to B, in [−1, 1].

    Gaussian window of 11×11, sigma 1.5, valid region, population covariance, mean over pixels and
    channels (Wang, Bovik, Sheikh, Simoncelli, IEEE Transactions on Image Processing 13, 2004).
    """
    # the variances are small differences of large numbers: float64
    stacked = torch.cat([image, truth, image * image, truth * truth, image * truth]).double()
    mean_x, mean_y, xx, yy, xy = _blurred(stacked).chunk(5)
    covariance = xy - mean_x * mean_y
    variances = xx - mean_x.square() + yy - mean_y.square()
    luminance = (2 * mean_x * mean_y + _C1) / (mean_x.square() + mean_y.square() + _C1)
    structure = (2 * covariance + _C2) / (variances + _C2)
    return (luminance * structure).flatten(1).mean(dim=1)


def _blurred(images: Tensor) -> Tensor:
    offsets = torch.arange(_WINDOW, dtype=images.dtype) - _WINDOW // 2
    kernel = torch.exp(-offsets.square() / (2 * _SIGMA**2))
    kernel = (kernel / kernel.sum()).expand(images.shape[1], 1, 1, -1)
    rows = functional.conv2d(images, kernel, groups=images.shape[1])
    return functional.conv2d(rows, kernel.transpose(-2, -1), groups=images.shape[1])


def quality(psnr_db: Tensor, ssim_value: Tensor) -> Tensor:
    """Combine both to a fraction, elementwise."""
    fidelity = ((psnr_db - 20) / 30).clamp(0, 1)
    return (0.7 * fidelity + 0.3 * ssim_value).clamp(0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """One validation: means over all validation clips.

    Attributes
    ----------
    lr, ki : float
        Quality of the bilinear image and of the network's, fractions.
    lr_psnr, ki_psnr : float
        dB.
    lr_ssim, ki_ssim : float
        In [−1, 1].
    loss : float
        Mean absolute error of the network's image. The same measure for every loss recipe, so runs
        with different recipes can be compared by it.
    """

    lr: float
    ki: float
    lr_psnr: float
    ki_psnr: float
    lr_ssim: float
    ki_ssim: float
    loss: float

    @property
    def improvement(self) -> float:
        """KI − LR, as a fraction.

        Four definitions are in use: the difference of the means, the mean of the differences over
        images, their sum over images, and the share of the gap closed, (KI − LR) / (1 − LR). This is
        the first, which equals the second.
        """
        return self.ki - self.lr

    @property
    def ki_to_gt(self) -> float:
        """Mean of KI − 1, at most 0: what is missing to the ground truth."""
        return self.ki - 1

    @property
    def lr_to_gt(self) -> float:
        """Mean of LR − 1, at most 0. ``ki_to_gt − lr_to_gt`` is the improvement."""
        return self.lr - 1
