"""Pictures compared with what they looked like when a person last looked at them."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

BASELINES = Path(__file__).parent / "baselines"

#: Pixels of a picture that make one of its baseline, along either side.
SHRUNK = 4

#: Levels of 255 that the pictures may differ by, on the mean and in the worst 12 × 12 block. Another
#: version of the font's rasteriser moves single pixels; a missing line or a moved panel moves blocks.
MEAN, WORST = 0.5, 8.0
BLOCK = 12


def shrunk(picture: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(picture)) as read:
        size = (read.width // SHRUNK, read.height // SHRUNK)
        return np.asarray(read.convert("RGB").resize(size, Image.Resampling.BOX))


def difference(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Give the mean difference, and that of the block that differs most."""
    apart = np.abs(first.astype(float) - second).mean(axis=2)
    high, wide = (side // BLOCK * BLOCK for side in apart.shape)
    blocks = apart[:high, :wide].reshape(high // BLOCK, BLOCK, wide // BLOCK, BLOCK).mean(axis=(1, 3))
    return float(apart.mean()), float(blocks.max())


@pytest.fixture
def looks_like() -> Callable[[bytes, str], None]:
    """Compare a picture with its baseline; a missing one is written, and the test fails."""

    def compare(picture: bytes, name: str) -> None:
        made, kept = shrunk(picture), BASELINES / f"{name}.png"
        if not kept.exists():
            BASELINES.mkdir(exist_ok=True)
            Image.fromarray(made).save(kept, optimize=True)
            pytest.fail(f"{kept.name} was not there and is now: look at it, then run again")
        with Image.open(kept) as read:
            known = np.asarray(read.convert("RGB"))
        assert made.shape == known.shape
        mean, worst = difference(made, known)
        assert mean <= MEAN, f"{name}: {mean:.2f} levels apart on the mean"
        assert worst <= WORST, f"{name}: {worst:.1f} levels apart in one block"

    return compare
