import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from skimage.transform import resize

from statkit.views import pixels

SIDES = st.integers(1, 12)


def _by_area(array, height, width):
    """Average over rectangles, cell by cell."""

    def weights(n, count):
        return np.array(
            [
                [
                    max(0.0, min((i + 1) * n / count, j + 1) - max(i * n / count, j)) * count / n
                    for j in range(n)
                ]
                for i in range(count)
            ]
        )

    return np.einsum(
        "ih,hw...,jw->ij...", weights(array.shape[0], height), array, weights(array.shape[1], width)
    )


@given(st.tuples(SIDES, SIDES), SIDES, SIDES, st.booleans())
def test_resized_averages_by_area(shape, height, width, colour):
    array = np.random.default_rng(0).random((*shape, 3) if colour else shape)
    np.testing.assert_allclose(
        pixels.resized(array, height, width), _by_area(array, height, width), atol=1e-12
    )


def test_whole_factors_repeat_pixels():
    image = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    np.testing.assert_array_equal(pixels.resized(image, 6, 4), image.repeat(3, 0).repeat(2, 1))


def test_a_missing_cell_stays_missing_and_spares_its_neighbours():
    array = np.ones((4, 4))
    array[1, 1] = np.nan
    large = pixels.resized(array, 8, 8)
    np.testing.assert_array_equal(np.isnan(large), np.isnan(array).repeat(2, 0).repeat(2, 1))
    assert pixels.resized(array, 2, 2).tolist() == [[1, 1], [1, 1]]


@given(arrays_of.arrays(np.float64, st.tuples(SIDES, SIDES), elements=st.floats(-5, 5)), SIDES, SIDES)
def test_interpolated_agrees_with_scikit_image(array, more, wider):
    height, width = array.shape[0] + more, array.shape[1] + wider
    expected = resize(array, (height, width), order=1, mode="edge", anti_aliasing=False)
    np.testing.assert_allclose(pixels.interpolated(array, height, width), expected, atol=1e-6)


def test_interpolation_keeps_a_missing_cell_missing():
    array = np.array([[0.0, np.nan, 1.0]])
    assert np.isnan(pixels.interpolated(array, 1, 9)[0, 4])
    assert pixels.interpolated(array, 1, 9)[0, 0] == 0


def test_colours_run_from_the_first_to_the_last_of_the_ramp():
    values = np.array([[0.0, 0.5, 1.0, 2.0, -1.0, np.nan, np.inf]])
    shown = pixels.coloured(values, 0, 1, pixels.ERROR_RAMP)[0].tolist()
    low, middle, high = map(list, pixels.ERROR_RAMP)
    assert shown == [low, middle, high, high, low, list(pixels.MISSING), list(pixels.MISSING)]


def test_a_flat_map_has_the_colour_of_the_lowest():
    shown = pixels.coloured(np.full((2, 2), 0.3), 0.3, 0.3, pixels.ATTENTION_RAMP)
    assert np.unique(shown.reshape(-1, 3), axis=0).tolist() == [list(pixels.ATTENTION_RAMP[0])]


def test_an_overlay_is_half_grey_image_half_colour():
    image = np.array([[[255, 255, 255], [0, 0, 0]]], dtype=np.uint8)
    colours = np.array([[[200, 0, 100], [200, 0, 100]]], dtype=np.uint8)
    shown = pixels.overlaid(pixels.grey(image), colours)
    assert shown.tolist() == [[[228, 128, 178], [100, 0, 50]]]
    assert pixels.overlaid(None, colours) is colours


def test_bars_have_the_highest_on_top():
    bar = pixels.bar(11, 2, pixels.ATTENTION_RAMP)
    assert bar.shape == (11, 2, 3)
    assert (bar[0, 0].tolist(), bar[-1, 0].tolist()) == (
        list(pixels.ATTENTION_RAMP[-1]),
        list(pixels.ATTENTION_RAMP[0]),
    )


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 1), (4, 5, 3), (4, 5, 4)])
def test_images_get_three_channels(shape):
    assert pixels.rgb(np.zeros(shape, dtype=np.uint8)).shape == (4, 5, 3)


@pytest.mark.parametrize("shape", [(4,), (4, 5, 2), (0, 5, 3), (2, 4, 5, 3)])
def test_what_is_no_image_is_refused(shape):
    with pytest.raises(ValueError, match="possible"):
        pixels.rgb(np.zeros(shape, dtype=np.uint8))


@given(SIDES, SIDES, st.integers(1, 500), st.integers(1, 500))
def test_fitted_fits(height, width, most_high, most_wide):
    high, wide = pixels.fitted(height, width, most_high, most_wide)
    assert 1 <= high <= most_high
    assert 1 <= wide <= most_wide
    assert high == most_high or wide == most_wide
