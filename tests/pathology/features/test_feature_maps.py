"""Maps: the same numbers as the row, pixel by pixel, against scikit-image and scipy called directly."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.color import hdx_from_rgb, rgb2gray, separate_stains

from statkit.errors import UsageError
from statkit.pathology.features import feature_maps, tile_features


def test_maps_of_a_real_tile(tile):
    maps = feature_maps(tile, stains="H-DAB", mpp=0.5)
    densities = separate_stains(tile, hdx_from_rgb) * -np.log(1e-6)
    np.testing.assert_allclose(maps.hematoxylin, densities[..., 0], atol=1e-9)
    np.testing.assert_allclose(maps.counterstain, densities[..., 1], atol=1e-9)
    luminance = (tile / 255) @ [0.2125, 0.7154, 0.0721]
    np.testing.assert_allclose(maps.luminance, luminance, atol=1e-12)
    np.testing.assert_allclose(maps.luminance, rgb2gray(tile), atol=1e-12)
    gradient = np.hypot(*(ndimage.sobel(luminance, axis) for axis in (0, 1))) / 4 / np.sqrt(2)
    np.testing.assert_allclose(maps.edges, gradient, atol=1e-9)
    od = -np.log(np.maximum(tile / 255, 1e-6))
    assert np.array_equal(maps.tissue, od.sum(axis=2) / 3 > 0.15)
    blurred = ndimage.gaussian_filter(maps.nuclei * 1.0, 8)
    np.testing.assert_allclose(maps.nuclear_density, blurred, atol=1e-12)
    assert maps.nuclear_density_sigma_px == 8


@pytest.mark.parametrize("stains", ["H&E", "H-DAB", "macenko"])
def test_maps_and_row_agree(tile, stains):
    maps, row = feature_maps(tile, stains=stains), tile_features(tile, stains=stains)
    assert maps.hematoxylin.mean() == row.hematoxylin_mean
    assert maps.counterstain.std() == row.counterstain_std
    assert maps.nuclei.mean() == row.nuclear_area_fraction
    assert maps.tissue.mean() == row.tissue_fraction
    assert maps.nuclear_threshold == row.nuclear_threshold
    assert maps.stains.matrix == row.stain_matrix
    assert maps.tissue_threshold == row.tissue_threshold
    assert ndimage.label(maps.nuclei, np.ones((3, 3)))[1] == row.nuclei_count


def test_maps_by_name(tile):
    maps = feature_maps(tile[:40])
    assert list(maps.continuous()) == ["hematoxylin", "counterstain", "nuclear_density", "luminance", "edges"]
    assert list(maps.masks()) == ["nuclei", "tissue"]
    for plane in maps.continuous().values():
        assert plane.dtype == np.float64
        assert plane.shape == (40, 96)
        assert plane.min() >= 0
    for mask in maps.masks().values():
        assert mask.dtype == bool
        assert mask.shape == (40, 96)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 2), (300, 7)])
def test_flat_tiles_of_any_size(shape):
    maps = feature_maps(np.full((*shape, 3), 200, np.uint8))
    for plane in (maps.edges, maps.nuclear_density, maps.nuclei):
        assert plane.shape == shape
        assert plane.max() < 1e-12
    assert maps.tissue.all()


def test_what_a_network_saw(tile):
    seen = feature_maps((tile / 255 - 0.5) / 0.5, undo="[-1,1]")
    np.testing.assert_allclose(seen.hematoxylin, feature_maps(tile).hematoxylin, atol=1e-9)
    with pytest.raises(UsageError, match="undo="):
        feature_maps((tile / 255 - 0.5) / 0.5)
