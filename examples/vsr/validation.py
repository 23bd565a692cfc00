"""Ten held-out images, four clips each, the same in every run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Generator, Tensor, nn

from vsr import images
from vsr.clips import Clips, cut, place_windows
from vsr.network import bilinear
from vsr.quality import Quality, psnr, quality, ssim

CLIPS_PER_IMAGE: Final = 4
SIDE: Final = 96

#: Called after each batch with batch, batches, samples so far, seconds left.
Progress = Callable[[int, int, int, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The result of one validation.

    Attributes
    ----------
    quality : Quality
        Means over all clips.
    pictures : dict of str to Tensor
        For each image LR, KI and ground truth of its first clip side by side, 3×96×288 in [0, 1].
    """

    quality: Quality
    pictures: dict[str, Tensor]


class Validator:
    """Measures a network against the bilinear image, both against the ground truth."""

    def __init__(self) -> None:
        generator = Generator().manual_seed(1)
        self._batches = {name: _clips(name, generator) for name in images.VALIDATION}

    def run(self, network: nn.Module, progress: Progress) -> Validation:
        """Validate.

        Parameters
        ----------
        network : Module
            Maps B×5×3×h×w to B×3×3h×3w; left in training mode.
        progress : callable
            See `Progress`.
        """
        started = time.perf_counter()
        rows, pictures = [], {}
        network.eval()
        with torch.no_grad():
            for number, (name, clips) in enumerate(self._batches.items(), start=1):
                lr, ki = bilinear(clips.low).clamp(0, 1), network(clips.low).clamp(0, 1)
                rows.append(_measured(lr, ki, clips.truth))
                pictures[name.partition(".")[0]] = torch.cat([lr[0], ki[0], clips.truth[0]], dim=-1)
                spent = time.perf_counter() - started
                left = spent / number * (len(self._batches) - number)
                progress(number, len(self._batches), number * CLIPS_PER_IMAGE, left)
        network.train()
        return Validation(quality=_mean(rows), pictures=pictures)


def _clips(name: str, generator: Generator) -> Clips:
    image = [images.load(name)]
    windows = place_windows(image, [0] * CLIPS_PER_IMAGE, SIDE, generator)
    return cut(image, windows, SIDE, generator)


def _measured(lr: Tensor, ki: Tensor, truth: Tensor) -> Tensor:
    """Measure each clip: B×7, in the order of the fields of `Quality`."""
    lr_psnr, ki_psnr, lr_ssim, ki_ssim = psnr(lr, truth), psnr(ki, truth), ssim(lr, truth), ssim(ki, truth)
    loss = (ki - truth).abs().flatten(1).mean(dim=1)
    qualities = [quality(lr_psnr, lr_ssim), quality(ki_psnr, ki_ssim)]
    return torch.stack([*qualities, lr_psnr, ki_psnr, lr_ssim, ki_ssim, loss], dim=1).double()


def _mean(rows: Sequence[Tensor]) -> Quality:
    lr, ki, lr_psnr, ki_psnr, lr_ssim, ki_ssim, loss = torch.cat(list(rows)).mean(dim=0).tolist()
    return Quality(
        lr=lr, ki=ki, lr_psnr=lr_psnr, ki_psnr=ki_psnr, lr_ssim=lr_ssim, ki_ssim=ki_ssim, loss=loss
    )
