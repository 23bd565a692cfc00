"""Pictures of a batch, pixel by pixel by a dumber road."""

import math

import pytest
import torch

from statkit.training.pixels import picture, pictures


def expected(images, data_range):
    """Bytes of one pixel after the other."""
    count, channels, height, width = images.shape
    made = torch.zeros(count, height, width, 3, dtype=torch.uint8)
    for n in range(count):
        for y in range(height):
            for x in range(width):
                values = [float(v) / data_range for v in images[n, :, y, x]]
                values = values if channels == 3 else [sum(values) / channels] * 3
                for c, value in enumerate(values):
                    made[n, y, x, c] = round(255 * min(1.0, max(0.0, value)))
    return made


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_channels_become_colours_and_what_lies_outside_is_cut(channels):
    images = torch.rand(3, channels, 2, 4, generator=torch.Generator().manual_seed(channels)) * 2.4 - 0.2
    found = pictures(images, 2, 2.0)
    assert found.shape == (2, 2, 4, 3)
    assert (found.int() - expected(images[:2], 2.0).int()).abs().max() <= 1
    assert torch.equal(picture(images, 2.0), found[0])


def test_nan_is_black_and_the_input_is_left_alone():
    images = torch.full((1, 3, 2, 2), math.nan)
    assert pictures(images, 5, 1.0).max() == 0
    images = torch.rand(2, 3, 2, 2)
    before = images.clone()
    pictures(images, 2, 1.0, lambda batch: batch.mul_(0.5))
    pictures(images, 2, 1.0)
    assert torch.equal(images, before)


@pytest.mark.parametrize("shape", [(3, 2, 2), (0, 3, 2, 2), (2, 7)])
def test_what_is_no_batch_of_images_has_none(shape):
    assert pictures(torch.zeros(shape), 2, 1.0) is None
    assert picture(torch.zeros(shape), 1.0) is None
