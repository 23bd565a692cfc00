"""What may be measured, and what each refused image is told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from statkit.errors import UsageError
from statkit.pathology.features.pixel_range import pixels, undone

IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
BYTES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(3)))


@given(BYTES)
def test_bytes_are_levels_of_255(image):
    assert pixels(image).tolist() == [[[v / 255 for v in p] for p in row] for row in image.tolist()]


@given(BYTES, st.sampled_from([np.float16, np.float32, np.float64]))
def test_what_a_network_saw_comes_back(image, dtype):
    rgb = image / 255
    mean, std = IMAGENET
    ways = {
        "[-1,1]": rgb * 2 - 1,
        "[-1, 1]": rgb * 2 - 1,
        "imagenet": (rgb - mean) / std,
        (0.5, 0.25): (rgb - 0.5) / 0.25,
        ((0.1, 0.2, 0.3), 2.0): (rgb - [0.1, 0.2, 0.3]) / 2,
    }
    near = 4 * np.finfo(dtype).eps
    for undo, seen in ways.items():
        back = pixels(seen.astype(dtype), undo=undo)
        np.testing.assert_allclose(back, rgb, atol=near)
        assert back.min() >= 0
        assert back.max() <= 1


def test_floats_in_range_are_taken_as_they_are(tile):
    for scale in (1.0, 0.01):
        np.testing.assert_allclose(
            pixels((tile / 255 * scale).astype(np.float32)), tile / 255 * scale, atol=1e-7
        )
    # so dim that [0, 255] cannot be told from [0, 1]
    assert pixels(np.full((2, 2, 3), 0.9)).max() == 0.9


def test_a_rounding_error_is_cut():
    image = np.array([[[-5e-5, 0.5, 1 + 5e-5]]])
    assert pixels(image).tolist() == [[[0, 0.5, 1]]]
    with pytest.raises(UsageError):
        pixels(np.array([[[-2e-4, 0.5, 1]]]))


def test_a_view_that_cannot_be_written_is_read(tile):
    view = memoryview(tile.tobytes()).cast("B", tile.shape)
    assert np.array_equal(pixels(view), tile / 255)


RANGES = {
    "[-1, 1]": (lambda rgb: rgb * 2 - 1, r"undo='\[-1,1\]'"),
    "imagenet": (lambda rgb: (rgb - IMAGENET[0]) / IMAGENET[1], "undo='imagenet'"),
    "imagenet of a pale tile, all above 0": (
        lambda rgb: (0.9 + rgb / 10 - IMAGENET[0]) / IMAGENET[1],
        "undo='imagenet'",
    ),
    "[0, 255]": (lambda rgb: rgb * 255, "divide by 255"),
    "[0, 65535]": (lambda rgb: rgb * 65535, "divide by 65535"),
    "overshot": (lambda rgb: rgb * 1.1 - 0.05, r"np\.clip"),
    "unknown": (lambda rgb: rgb * 20 - 10, r"undo=\(mean, std\)"),
    "huge": (lambda rgb: rgb * 1e6, r"undo=\(mean, std\)"),
}


@pytest.mark.parametrize("name", RANGES)
def test_another_range_is_refused_and_told_how_to_be_undone(tile, name):
    scaled, advice = RANGES[name]
    rgb = tile / 255
    rgb = (rgb - rgb.min()) / (rgb.max() - rgb.min())
    with pytest.raises(UsageError, match=advice) as refused:
        pixels(scaled(rgb))
    assert "possible: [0, 1]" in str(refused.value)
    assert "\n" not in str(refused.value)


SHAPES = {
    "grey": (np.zeros((5, 4)), "grey"),
    "grey with an axis": (np.zeros((5, 4, 1), np.uint8), "grey"),
    "alpha": (np.zeros((5, 4, 4), np.uint8), r"image\[\.\.\., :3\]"),
    "channels first": (np.zeros((3, 5, 6)), "np.moveaxis"),
    "a batch": (np.zeros((2, 5, 4, 3)), "features_of_images"),
    "empty": (np.zeros((0, 4, 3)), "no pixel"),
    "a line": (np.zeros(3), r"\(3,\)"),
    "five channels": (np.zeros((5, 4, 5)), r"\(5, 4, 5\)"),
    "16 bits": (np.zeros((5, 4, 3), np.uint16), "uint16"),
    "bools": (np.zeros((5, 4, 3), bool), "bool"),
    "texts": (np.full((5, 4, 3), "a"), "possible: uint8"),
    "ragged": ([[1, 2], [3]], "no image"),
    "nothing": (None, r"\(\)"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_another_shape_or_type_is_refused(name):
    image, said = SHAPES[name]
    with pytest.raises(UsageError, match=said):
        pixels(image)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(bad):
    image = np.zeros((2, 5, 3))
    image[1, 2, 0] = bad
    with pytest.raises(UsageError, match=r"3\.3%"):
        pixels(image)


def test_undo_must_fit_what_was_done(tile):
    rgb = tile / 255
    with pytest.raises(UsageError, match="bytes are RGB already"):
        pixels(tile, undo="imagenet")
    with pytest.raises(UsageError, match="something else was done"):
        pixels((rgb - IMAGENET[0]) / IMAGENET[1], undo="[-1,1]")
    with pytest.raises(UsageError, match="something else was done"):
        pixels(rgb, undo=(123.7, 58.4))


@pytest.mark.parametrize(
    "undo",
    ["caffe", (1, 2, 3), ((0.5, 0.5), 1), ("a", 1), (0.5, 0), (0.5, -1), (np.nan, 1), (0.5, np.inf), (), 3],
)
def test_undo_must_be_one_that_exists(undo):
    with pytest.raises(UsageError, match="undo"):
        pixels(np.zeros((2, 2, 3)), undo=undo)


def test_what_was_undone_has_a_name():
    assert undone(None) is None
    assert undone("imagenet") == "imagenet"
    assert undone((0.5, (1, 2, 3))) == "mean 0.5, std [1.0, 2.0, 3.0]"
