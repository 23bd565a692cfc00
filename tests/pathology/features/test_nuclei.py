"""Nuclei: drawn ones that are known, and scikit-image and scipy called directly on real tissue."""

import math

import numpy as np
import pytest
from scipy import ndimage
from skimage import draw
from skimage.color import hdx_from_rgb, separate_stains
from skimage.filters import threshold_otsu
from skimage.measure import regionprops

from statkit.pathology.features.nuclei import nuclei_in

SHAPES = ("area_px", "area_um2", "eccentricity", "solidity", "circularity", "axis_major_px", "axis_minor_px")


def slide(*discs, shape=(100, 100), pale=0.2, dark=1.0):
    """A plane of pale density with dark discs (row, column, radius)."""
    plane = np.full(shape, pale)
    for y, x, radius in discs:
        plane[draw.disk((y, x), radius, shape=shape)] = dark
    return plane


def otsu_by_trying(values):
    """The middle of the bin, of 256, that parts the values so that the two sides vary least within."""
    counts, edges = np.histogram(values, 256)
    centres = (edges[:-1] + edges[1:]) / 2
    best, found = math.inf, None
    for cut in range(1, 256):
        within = 0.0
        for side in (slice(0, cut), slice(cut, 256)):
            n = counts[side].sum()
            mean = (counts[side] * centres[side]).sum() / n if n else 0
            within += (counts[side] * (centres[side] - mean) ** 2).sum()
        if within < best - 1e-9:
            best, found = within, centres[cut - 1]
    return found


def dense(tile):
    return separate_stains(tile, hdx_from_rgb)[..., 0] * -np.log(1e-6)


def test_drawn_nuclei_are_counted():
    plane = slide((20, 20, 6), (20, 60, 8), (70, 30, 5), (99, 99, 9))
    found = nuclei_in(plane)
    measured = found.measures()
    assert measured["nuclei_count"] == 4
    assert measured["nuclei_at_border"] == 1
    assert measured["nuclei_per_10k_px"] == 4
    assert measured["nuclei_per_mm2"] is None
    assert measured["nuclear_area_fraction"] == (plane == 1).mean()
    assert measured["nuclear_area_px_mean"] == (plane == 1).sum() / 4
    assert np.array_equal(found.mask, plane == 1)


def test_resolution_gives_areas_in_the_world():
    """100 × 100 pixels of half a micrometre are 0.0025 mm²."""
    plane = slide((20, 20, 6), (20, 60, 8), (70, 30, 5))
    measured = nuclei_in(plane, mpp=0.5).measures()
    assert measured["nuclei_per_mm2"] == pytest.approx(3 / 0.0025)
    assert measured["nuclear_area_um2_mean"] == pytest.approx(measured["nuclear_area_px_mean"] / 4)
    assert measured["nuclear_area_um2_std"] == pytest.approx(measured["nuclear_area_px_std"] / 4)


@pytest.mark.parametrize(("mpp", "least"), [(None, 30), (0.25, 160), (0.5, 40), (0.3, 112), (4, 1)])
def test_specks_are_dropped_by_size_in_the_world(mpp, least):
    """10 µm² are 160 pixels at 0.25 µm, 40 at 0.5."""
    plane = np.full((60, 60), 0.2)
    plane[2 : 2 + least // 10, 2:12] = 1.0  # least pixels, or down to the ten below
    plane[2 + least // 10, 2 : 2 + least % 10] = 1.0
    assert (plane == 1).sum() == least
    found = nuclei_in(plane, mpp)
    assert found.least_area == least
    assert found.measures()["nuclei_count"] == 1
    if least > 1:
        plane[2, 2] = 0.2
        assert nuclei_in(plane, mpp).measures()["nuclei_count"] == 0


def test_holes_are_filled_and_corners_join():
    plane = slide((30, 30, 10))
    plane[28:33, 28:33] = 0.2
    plane[60:68, 60:68] = 1.0
    plane[68:76, 68:76] = 1.0  # touches the other at a corner
    plane[80:90, 0:5] = 1.0
    found = nuclei_in(plane)
    assert found.measures()["nuclei_count"] == 3
    assert found.mask[30, 30]
    assert len(np.unique(found.labels[60:76, 60:76])) == 2


def test_shapes_of_discs_squares_and_sticks():
    disc = nuclei_in(slide((50, 50, 30))).measures()
    assert disc["nuclear_circularity_mean"] == pytest.approx(1, abs=0.1)
    assert disc["nuclear_eccentricity_mean"] == pytest.approx(0, abs=0.05)
    assert disc["nuclear_axis_major_px_mean"] == pytest.approx(60, rel=0.02)
    assert disc["nuclear_area_px_std"] == 0
    stick = np.full((60, 60), 0.2)
    stick[20, 5:55] = 1.0
    measured = nuclei_in(stick).measures()
    assert measured["nuclear_eccentricity_mean"] > 0.99
    assert measured["nuclear_solidity_mean"] == 1
    assert measured["nuclear_circularity_mean"] < 0.3


def test_real_tissue_by_the_steps_written_out(ihc):
    for top, left in ((0, 0), (256, 128), (384, 384)):
        plane = dense(ihc[top : top + 128, left : left + 128])
        found = nuclei_in(plane, mpp=0.5)
        assert found.threshold == pytest.approx(threshold_otsu(plane))
        assert found.threshold == pytest.approx(otsu_by_trying(plane))
        filled = ndimage.binary_fill_holes(plane > threshold_otsu(plane))
        labels, _ = ndimage.label(filled, structure=np.ones((3, 3)))
        objects = [each for each in regionprops(labels) if each.area >= 40]
        measured = found.measures()
        assert measured["nuclei_count"] == len(objects) > 3
        kept = np.isin(labels, [each.label for each in objects])
        assert np.array_equal(found.mask, kept)
        columns = [
            [each.area for each in objects],
            [each.area / 4 for each in objects],
            [each.eccentricity for each in objects],
            [each.solidity for each in objects],
            [4 * math.pi * each.area / each.perimeter**2 for each in objects],
            [each.axis_major_length for each in objects],
            [each.axis_minor_length for each in objects],
        ]
        for name, values in zip(SHAPES, columns, strict=True):
            assert measured[f"nuclear_{name}_mean"] == pytest.approx(np.mean(values)), name
            assert measured[f"nuclear_{name}_std"] == pytest.approx(np.std(values)), name
        cut = [each for each in objects if min(each.bbox) == 0 or max(each.bbox) == 128]
        assert measured["nuclei_at_border"] == len(cut)


@pytest.mark.parametrize(
    "plane",
    [np.zeros((40, 40)), np.full((40, 40), 2.0), np.zeros((1, 1)), slide(shape=(50, 50))],
    ids=["white", "dark all over", "one pixel", "pale all over"],
)
def test_a_flat_tile_has_no_threshold_and_no_nucleus(plane):
    found = nuclei_in(plane, mpp=0.5)
    assert found.threshold is None
    assert not found.mask.any()
    assert not found.density().any()
    measured = found.measures()
    assert measured["nuclei_count"] == measured["nuclei_per_mm2"] == measured["nuclear_area_fraction"] == 0
    for name in SHAPES:
        assert measured[f"nuclear_{name}_mean"] is None
        assert measured[f"nuclear_{name}_std"] is None


def test_background_noise_is_no_nucleus():
    """Otsu alone would part it, and find nuclei where there is nothing."""
    rng = np.random.default_rng(0)
    plane = np.abs(ndimage.gaussian_filter(rng.normal(size=(128, 128)), 4)) * 0.3
    assert plane.max() < 0.1
    found = nuclei_in(plane)
    assert found.threshold == 0.1
    assert found.measures()["nuclei_count"] == 0
    lifted = nuclei_in(plane * 10)
    assert lifted.threshold == pytest.approx(threshold_otsu(plane * 10))
    assert lifted.measures()["nuclei_count"] > 10


def test_single_pixels_have_no_circularity():
    """Their perimeter is 0."""
    plane = np.full((9, 9), 0.2)
    plane[4, 4] = 1.0
    measured = nuclei_in(plane, mpp=8).measures()
    assert measured["nuclei_count"] == 1
    assert measured["nuclear_area_px_mean"] == 1
    assert measured["nuclear_circularity_mean"] is None


@pytest.mark.parametrize(("mpp", "sigma"), [(None, 8), (0.5, 8), (1, 4), (0.25, 16)])
def test_density_is_the_mask_under_a_gaussian_of_the_stated_width(mpp, sigma):
    plane = slide((60, 50, 9), (100, 120, 7), shape=(140, 150))
    found = nuclei_in(plane, mpp)
    assert found.sigma == sigma
    density = found.density()
    assert density.sum() == pytest.approx(found.mask.sum())
    assert 0 <= density.min() <= density.max() <= 1
    y, x = np.nonzero(found.mask)
    for at in ((60, 50), (70, 64), (90, 110)):
        weights = np.exp(-((y - at[0]) ** 2 + (x - at[1]) ** 2) / (2 * sigma**2))
        assert density[at] == pytest.approx(weights.sum() / (2 * math.pi * sigma**2), abs=2e-3)
