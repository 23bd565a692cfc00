"""The colours of a tile, in units of [0, 1]."""

from __future__ import annotations

from typing import Final

from statkit.analysis.arrays import Floats

_CHANNELS: Final = ("red", "green", "blue")


def colour(image: Floats) -> dict[str, float]:
    """Measure colours.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3)
        RGB in [0, 1].

    Returns
    -------
    dict of str to float
        ``red_mean``, ``green_mean``, ``blue_mean``, in [0, 1]. ``red_variance``, ``green_variance``,
        ``blue_variance``: over the pixels of the channel, in [0, 0.25], and their mean
        ``color_variance_spatial``. ``color_variance_across_channels``: mean over pixels of the variance
        among the three channels of one pixel, in [0, 2/9]: how saturated the tile is, not how varied;
        what the original program called color_variance. Variances are the population's.
    """
    means, variances = image.mean(axis=(0, 1)), image.var(axis=(0, 1))
    measured = {f"{name}_mean": float(value) for name, value in zip(_CHANNELS, means, strict=True)}
    measured |= {f"{name}_variance": float(value) for name, value in zip(_CHANNELS, variances, strict=True)}
    measured["color_variance_spatial"] = float(variances.mean())
    measured["color_variance_across_channels"] = float(image.var(axis=2).mean())
    return measured
