"""The still images: those that lie inside scikit-image's wheel, so that nothing is downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import skimage.data
import skimage.io
import torch
from torch import Tensor

#: Whole images to train on. No scene of these is among the validation images.
TRAINING: Final = (
    "astronaut.png",
    "brick.png",
    "cell.png",
    "color.png",
    "grass.png",
    "hubble_deep_field.jpg",
    "motorcycle_left.png",
    "retina.jpg",
    "text.png",
)

#: Ten whole images that are never trained on.
VALIDATION: Final = (
    "camera.png",
    "chelsea.png",
    "clock_motion.png",
    "coffee.png",
    "coins.png",
    "gravel.png",
    "ihc.png",
    "moon.png",
    "page.png",
    "rocket.jpg",
)


def load(name: str) -> Tensor:
    """Read one image of scikit-image's own.

    Parameters
    ----------
    name : str
        File name inside ``skimage/data``.

    Returns
    -------
    Tensor
        3×H×W, float32 in [0, 1]; grey images have three equal channels.

    Raises
    ------
    FileNotFoundError
        If the installed scikit-image ships no such image.
    """
    path = Path(skimage.data.__file__).parent / name
    if not path.is_file():
        raise FileNotFoundError(
            f"{name} is not inside the installed scikit-image; version 0.26 ships it: "
            f"pip install 'scikit-image>=0.24,<0.27'"
        )
    pixels = torch.from_numpy(skimage.io.imread(path))
    if pixels.ndim == 2:
        pixels = pixels.unsqueeze(-1).expand(-1, -1, 3)
    return pixels.permute(2, 0, 1).float().div(255.0).contiguous()
