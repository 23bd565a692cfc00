"""Short clips out of still images: a window that pans, and what a camera of a third the size sees.

The window moves by whole pixels of the still image per frame. After area-averaging by 3 these are
thirds of a low-resolution pixel, so every frame samples the scene at another sub-pixel phase: what
video super-resolution lives on. No image is interpolated, so the centre frame is exact ground truth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Generator, Tensor
from torch.nn import functional

SCALE: Final = 3
FRAMES: Final = 5
#: Largest pan, in pixels of the still image per frame, along each axis.
MAX_SPEED: Final = 2
#: Standard deviation of the camera's noise, as a fraction of the full range.
NOISE: Final = 0.004

_REACH: Final = FRAMES // 2
_MARGIN: Final = _REACH * MAX_SPEED


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Where a clip lies: image number, top left corner of the centre frame, pan per frame."""

    image: int
    top: int
    left: int
    speed_y: int
    speed_x: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clips:
    """A batch.

    Attributes
    ----------
    low : Tensor
        B×5×3×h×w, what the network sees, with noise, float32 about [0, 1].
    truth : Tensor
        B×3×3h×3w, the centre frame in full resolution.
    """

    low: Tensor
    truth: Tensor


def place_windows(
    images: Sequence[Tensor], numbers: Sequence[int], side: int, generator: Generator
) -> list[Window]:
    """Place one random window of ``side``×``side`` full-resolution pixels for each image number."""

    def below(end: int) -> int:
        return int(torch.randint(end, (), generator=generator))

    windows = []
    for number in numbers:
        height, width = images[number].shape[1:]
        windows.append(
            Window(
                image=number,
                top=_MARGIN + below(height - side - 2 * _MARGIN + 1),
                left=_MARGIN + below(width - side - 2 * _MARGIN + 1),
                speed_y=below(2 * MAX_SPEED + 1) - MAX_SPEED,
                speed_x=below(2 * MAX_SPEED + 1) - MAX_SPEED,
            )
        )
    return windows


def cut(images: Sequence[Tensor], windows: Sequence[Window], side: int, generator: Generator) -> Clips:
    """Film the windows: five frames each, area-averaged by 3, with noise."""
    frames = torch.stack([_frame(images[w.image], w, side, t) for w in windows for t in range(FRAMES)])
    low = functional.avg_pool2d(frames, SCALE)
    low += NOISE * torch.randn(low.shape, generator=generator)
    return Clips(low=low.view(len(windows), FRAMES, *low.shape[1:]), truth=frames[_REACH::FRAMES])


def _frame(image: Tensor, window: Window, side: int, t: int) -> Tensor:
    top = window.top + (t - _REACH) * window.speed_y
    left = window.left + (t - _REACH) * window.speed_x
    return image[:, top : top + side, left : left + side]


def mirrored(clips: Clips, generator: Generator) -> Clips:
    """Flip and transpose a whole batch at random: one of the eight symmetries of the square."""
    flips = [axis for axis in (-2, -1) if torch.rand((), generator=generator) < 0.5]
    low, truth = clips.low.flip(flips), clips.truth.flip(flips)
    if torch.rand((), generator=generator) < 0.5:
        low, truth = low.transpose(-2, -1), truth.transpose(-2, -1)
    return Clips(low=low.contiguous(), truth=truth.contiguous())


class ClipStream:
    """The training clips in shuffled order, epoch after epoch.

    Parameters
    ----------
    images : sequence of Tensor
        The training images, each 3×H×W.
    count : int
        Windows in an epoch; their places are the same for every seed.
    side : int
        Side of the full-resolution window, a multiple of 3.
    batch : int
        Clips in a batch.
    seed : int
        Decides order, flips and noise.
    """

    def __init__(self, images: Sequence[Tensor], *, count: int, side: int, batch: int, seed: int) -> None:
        places = Generator().manual_seed(0)
        self._images = images
        self._windows = place_windows(images, [i % len(images) for i in range(count)], side, places)
        self._side = side
        self._batch = batch
        self._generator = Generator().manual_seed(seed)

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches in an epoch."""
        return len(self._windows) // self._batch

    def __iter__(self) -> Iterator[Clips]:
        """Yield batches without end."""
        while True:
            order = torch.randperm(len(self._windows), generator=self._generator).tolist()
            for start in range(0, self.steps_per_epoch * self._batch, self._batch):
                windows = [self._windows[i] for i in order[start : start + self._batch]]
                yield mirrored(cut(self._images, windows, self._side, self._generator), self._generator)
