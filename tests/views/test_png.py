import io

import numpy as np
import pytest
from PIL import Image

from statkit.views import png


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 5, 3), (7, 3, 3), (60, 40, 3)])
def test_pillow_reads_the_same_pixels(shape):
    pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    with Image.open(io.BytesIO(png.encoded(pixels))) as read:
        assert read.mode == "RGB"
        np.testing.assert_array_equal(np.asarray(read), pixels)
        assert [round(side) for side in read.info["dpi"]] == [100, 100]


def test_nothing_but_pixels_and_resolution_is_written():
    with Image.open(io.BytesIO(png.encoded(np.zeros((2, 2, 3), dtype=np.uint8)))) as read:
        read.load()
        assert set(read.info) == {"dpi"}


def test_a_slice_of_a_larger_array_is_encoded_as_it_looks():
    whole = np.random.default_rng(2).integers(0, 256, (6, 8, 4), dtype=np.uint8)
    with Image.open(io.BytesIO(png.encoded(whole[1:5, ::2, :3]))) as read:
        np.testing.assert_array_equal(np.asarray(read), whole[1:5, ::2, :3])
