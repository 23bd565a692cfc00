"""Images with attention on one spot, and raters who drew around it."""

from collections.abc import Callable

import numpy as np
import pytest

from statkit.pathology.validation.cases import ImageCase

SIDE = 32


def disc(row: float, column: float, radius: float) -> np.ndarray:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return (rows - row) ** 2 + (columns - column) ** 2 <= radius**2


@pytest.fixture
def case() -> Callable[..., ImageCase]:
    """Make one image: raters draw discs of their own size, attention points at the disc plus ``off``."""

    def make(number: int, raters: tuple[str, ...] = ("anna",), off: float = 0.0, **more) -> ImageCase:
        rng = np.random.default_rng(number)
        row, column = rng.uniform(10, 22, 2)
        rows, columns = (np.mgrid[:8, :8] + 0.5) * SIDE / 8
        attention = np.exp(-((rows - row - off) ** 2 + (columns - column) ** 2) / 40)
        drawn = {rater: {"Tumor": disc(row, column + place, 6 + place)} for place, rater in enumerate(raters)}
        given = {"image": f"image-{number}", "attention": {"bam": attention}, "annotations": drawn}
        return ImageCase(**given | more)

    return make
