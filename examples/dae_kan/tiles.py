"""Tiles of one immunohistochemistry image, split by columns into a part to train on and a part to test on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import skimage.data
import skimage.io
import torch
from torch import Generator, Tensor
from torch.utils.data import Dataset

#: Side of a tile in pixels.
SIDE: Final = 96
#: Standard deviation of the noise, in units of the image's range [0, 1].
NOISE: Final = 0.1
#: The first column of the test part; the 384 columns before it are trained on.
SPLIT: Final = 384
#: Whose tissue it is: every tile is of one image, so of one patient, whoever that is.
PATIENT: Final = "ihc"
#: Seed of the noise on the test tiles: the same in every run.
_TEST_SEED: Final = 20_180_706
_TEST_ROWS: Final = 16
_TEST_COLUMNS: Final = (384, 400, 416)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a tile's upper left corner lies in the image (px)."""

    top: int
    left: int


def image() -> Tensor:
    """Read the image: colonic glands, FHL2 by DAB with hematoxylin; 3×512×512, float32 in [0, 1].

    It lies inside scikit-image's wheel, so nothing is downloaded.
    """
    pixels = skimage.io.imread(Path(skimage.data.__file__).parent / "ihc.png")
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous().float() / 255


def training_part() -> Tensor:
    """Give the columns that are trained on: 3×512×384."""
    return image()[:, :, :SPLIT]


def noisy(clean: Tensor, generator: Generator) -> Tensor:
    """Add Gaussian noise of `NOISE`, clipped to [0, 1]."""
    return (clean + NOISE * torch.randn(clean.shape, generator=generator)).clamp(0, 1)


class TrainingTiles(Dataset[tuple[Tensor, Tensor]]):
    """Random tiles, flipped and turned: pairs of noisy and clean image, 3×96×96 each.

    A tile follows from seed, epoch and index alone, so that worker processes change nothing.

    Parameters
    ----------
    count : int
        Tiles in an epoch.
    seed : int
        Of places, turns and noise.
    """

    def __init__(self, count: int, seed: int) -> None:
        self._part = training_part()
        self._count = count
        self._seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        if not 0 <= index < self._count:
            raise IndexError(index)
        generator = Generator().manual_seed((self._seed * 10_000 + self.epoch) * self._count + index)
        top, left, turns, flip = (_below(limit, generator) for limit in (*self._room(), 4, 2))
        clean = self._part[:, top : top + SIDE, left : left + SIDE].rot90(turns, (1, 2))
        clean = (clean.flip(2) if flip else clean).contiguous()
        return noisy(clean, generator), clean

    def _room(self) -> tuple[int, int]:
        height, width = self._part.shape[1:]
        return height - SIDE + 1, width - SIDE + 1


class TestTiles(Dataset[tuple[Tensor, Tensor]]):
    """The 48 tiles of the test part, on a fixed raster with fixed noise; neighbours overlap.

    They come in a fixed random order, so that every batch is from all over the part.
    """

    def __init__(self) -> None:
        whole = image()
        room = whole.shape[1] - SIDE
        rows = [round(row * room / (_TEST_ROWS - 1)) for row in range(_TEST_ROWS)]
        raster = [Place(top=top, left=left) for left in _TEST_COLUMNS for top in rows]
        generator = Generator().manual_seed(_TEST_SEED)
        self.places = [raster[at] for at in torch.randperm(len(raster), generator=generator).tolist()]
        self._clean = [_cut(whole, place) for place in self.places]
        self._noisy = [noisy(clean, generator) for clean in self._clean]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self._noisy[index], self._clean[index]


def _cut(whole: Tensor, place: Place) -> Tensor:
    return whole[:, place.top : place.top + SIDE, place.left : place.left + SIDE].contiguous()


def _below(limit: int, generator: Generator) -> int:
    return int(torch.randint(limit, (), generator=generator))
