"""The peaks against scikit-image: its h-maxima, its labels, and scipy's distances between them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import gaussian_filter
from scipy.spatial.distance import pdist
from skimage import measure, morphology

from statkit.analysis.attention import attention_metrics, peak_metrics_of_batch
from statkit.analysis.attention.mass import Maps
from statkit.analysis.attention.peaks import h_maxima
from statkit.analysis.attention.reconstruction import parts, reconstructed

SIDES = st.tuples(st.integers(1, 14), st.integers(1, 14))

#: From two levels (all plateau) to any number (hardly a tie).
STEPS = st.sampled_from([1, 2, 3, 4, 8, 40, 2**40])


@st.composite
def maps(draw):
    steps = draw(STEPS)
    whole = hnp.arrays(np.int64, draw(SIDES), elements=st.integers(0, steps))
    return draw(whole) / draw(st.sampled_from([1, steps, 7.3])) - draw(st.sampled_from([0, 0.1, 5]))


def scaled(a):
    return (a - a.min()) / (a.max() - a.min()) if a.max() > a.min() else np.zeros_like(a)


def oracle(a):
    """Count, separation and intensity by scikit-image and scipy."""
    u = scaled(a)
    tops = measure.label(morphology.h_maxima(u, 0.25), connectivity=2)
    found = measure.regionprops(tops, intensity_image=u)
    places = np.array([each.centroid for each in found])
    half = math.hypot(*(np.array(a.shape) - 1)) / 2
    return (
        len(found),
        pdist(places).mean() / half if len(found) > 1 else None,
        np.mean([each.intensity_mean for each in found]) if found else None,
    )


def assert_same(a):
    found = attention_metrics(a)
    number, separation, intensity = oracle(a)
    assert found["num_attention_peaks"] == number
    assert found["peak_separation_mean"] == (None if separation is None else pytest.approx(separation))
    assert found["peak_intensity_mean"] == (None if intensity is None else pytest.approx(intensity))


@given(maps())
def test_plateaus_ties_and_borders(a):
    u = scaled(a)
    np.testing.assert_array_equal(h_maxima(u[None])[0], morphology.h_maxima(u, 0.25).astype(bool))
    assert_same(a)


@given(maps(), st.sampled_from([0.05, 0.125, 1 / 3, 0.5, 1.0]))
def test_other_heights(a, height):
    u = scaled(a)
    np.testing.assert_array_equal(h_maxima(u[None], height)[0], morphology.h_maxima(u, height).astype(bool))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("blur", [0, 1, 3])
def test_noise_and_smooth_fields(seed, blur):
    noise = np.random.default_rng(seed).normal(size=(40, 23))
    assert_same(gaussian_filter(noise, blur) if blur else noise)


def test_a_batch_keeps_its_maps_apart():
    rng = np.random.default_rng(0)
    batch = np.stack([gaussian_filter(rng.normal(size=(16, 16)), 1.5) for _ in range(7)])
    batch[3] = 1
    tall, wide, high = zip(*(oracle(each) for each in batch), strict=True)
    found = peak_metrics_of_batch(batch)
    assert found["num_attention_peaks"] == pytest.approx(np.mean(tall))
    assert found["peak_separation_mean"] == pytest.approx(
        np.mean([each for each in wide if each is not None])
    )
    assert found["peak_intensity_mean"] == pytest.approx(np.mean([each for each in high if each is not None]))


@pytest.mark.parametrize(("second", "saddle", "number"), [(0.9, 0.65, 2), (0.9, 0.66, 1), (0.2, 0.0, 1)])
def test_a_peak_rises_a_quarter_of_the_range(second, saddle, number):
    ridge = np.array([[0.0, 1.0, saddle, second, 0.0]])
    assert attention_metrics(ridge)["num_attention_peaks"] == number


def test_peaks_on_the_border_and_in_corners_count():
    a = np.zeros((9, 9))
    a[[0, 0, 8, 8, 4], [0, 8, 0, 8, 0]] = 1
    found = attention_metrics(a)
    assert found["num_attention_peaks"] == 5
    assert found["peak_intensity_mean"] == 1


def test_a_plateau_is_one_peak_and_diagonal_cells_touch():
    a = np.zeros((8, 8))
    a[1:4, 1:4] = 1
    a[5, 5] = a[6, 6] = 1
    found = attention_metrics(a)
    assert found["num_attention_peaks"] == 2
    assert found["peak_separation_mean"] == pytest.approx(math.hypot(3.5, 3.5) / math.hypot(3.5, 3.5))


def test_two_opposite_corners_are_two_half_diagonals_apart():
    a = np.zeros((5, 8))
    a[0, 0] = a[4, 7] = 1
    assert attention_metrics(a)["peak_separation_mean"] == pytest.approx(2)


def test_many_peaks_are_measured_in_blocks():
    a = np.zeros((80, 80))
    a[::2, ::2] = 1  # 1,600 peaks, 1.3 million pairs
    places = np.argwhere(a)
    found = attention_metrics(a)
    assert found["num_attention_peaks"] == 1600
    assert found["peak_separation_mean"] == pytest.approx(pdist(places).mean() / math.hypot(39.5, 39.5))


def test_a_long_winding_plateau_is_followed_to_its_end():
    a = np.zeros((21, 21))
    a[::2] = 1
    a[1::4, -1] = a[3::4, 0] = 1
    assert attention_metrics(a)["num_attention_peaks"] == 1
    a[10, 10] = 0
    assert attention_metrics(a)["num_attention_peaks"] == 2


@given(st.data(), SIDES)
def test_reconstruction(data, shape):
    mask = data.draw(hnp.arrays(np.float64, shape, elements=st.integers(0, 9).map(float)))
    seed = np.minimum(data.draw(hnp.arrays(np.float64, shape, elements=st.integers(-3, 9).map(float))), mask)
    wanted = morphology.reconstruction(seed, mask, footprint=np.ones((3, 3)))
    np.testing.assert_array_equal(reconstructed(seed[None], mask[None])[0], wanted)


def test_nothing_flows_in_over_the_border():
    seed = np.full((1, 4, 5), -2.0)
    np.testing.assert_array_equal(reconstructed(seed, seed + 5), seed)


@given(st.integers(1, 3).flatmap(lambda b: SIDES.flatmap(lambda s: hnp.arrays(np.bool_, (b, *s)))))
def test_parts(marked):
    found = parts(marked)
    np.testing.assert_array_equal(found > 0, marked)
    for mine, each in zip(found, marked, strict=True):
        theirs = measure.label(each, connectivity=2)
        pairs = {(int(a), int(b)) for a, b in zip(mine.flat, theirs.flat, strict=True)} - {(0, 0)}
        assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)
    numbers = [set(each[each > 0].tolist()) for each in found]
    assert len(set().union(*numbers)) == sum(map(len, numbers))


def test_coverage_is_the_area_above_half_height():
    line = np.array([[0.0, 0.49, 0.5, 1.0]])
    assert attention_metrics(line)["peak_coverage"] == 0.5


def test_maps_that_span_nothing_have_no_top():
    assert not h_maxima(Maps.of(np.full((2, 3, 3), 7.0)).scaled).any()
