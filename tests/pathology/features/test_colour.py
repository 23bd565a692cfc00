"""Colour by loops over pixels."""

import numpy as np
import pytest

from statkit.pathology.features.colour import colour


def variance(values):
    values = list(values)
    mean = sum(values) / len(values)
    return sum((v - mean) ** 2 for v in values) / len(values)


def test_every_number_by_a_loop(tile):
    image = tile[:12, :9] / 255
    listed = [pixel for row in image.tolist() for pixel in row]
    channels = dict(zip(("red", "green", "blue"), zip(*listed, strict=True), strict=True))
    wanted = {f"{name}_mean": sum(values) / len(values) for name, values in channels.items()}
    wanted |= {f"{name}_variance": variance(values) for name, values in channels.items()}
    wanted["color_variance_spatial"] = sum(map(variance, channels.values())) / 3
    wanted["color_variance_across_channels"] = sum(map(variance, listed)) / len(listed)
    assert colour(image) == pytest.approx(wanted)
    # what the original program computed
    assert wanted["color_variance_across_channels"] == pytest.approx(np.var(image, axis=2).mean())


def test_the_two_variances_are_different_things():
    saturated = colour(np.tile([1.0, 0.0, 0.0], (8, 8, 1)))
    assert saturated["color_variance_across_channels"] == pytest.approx(2 / 9)
    assert saturated["color_variance_spatial"] == 0
    checks = colour(np.indices((8, 8)).sum(axis=0)[..., None] % 2 * np.ones(3))
    assert checks["color_variance_across_channels"] == 0
    assert checks["color_variance_spatial"] == 0.25
