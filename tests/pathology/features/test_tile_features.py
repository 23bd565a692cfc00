"""A tile's row: what is in it, that it says how it was made, and that nothing makes it fail."""

import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.color import combine_stains, hdx_from_rgb, rgb2gray, rgb_from_hed, separate_stains
from skimage.feature import graycomatrix, graycoprops
from skimage.filters import threshold_otsu

from statkit.errors import UsageError
from statkit.pathology.features import STAINS, Stains, TileFeatures, macenko, tile_features

TINY = [(1, 1), (1, 40), (2, 2), (40, 1), (3, 5)]


def test_stains_and_texture_of_a_real_tile(tile):
    found = tile_features(tile, stains="H-DAB", mpp=0.5)
    densities = separate_stains(tile, hdx_from_rgb) * -np.log(1e-6)
    tissue = -np.log(np.maximum(tile / 255, 1e-6)).mean(axis=2) > 0.15
    assert found.hematoxylin_mean == pytest.approx(densities[..., 0].mean())
    assert found.hematoxylin_std == pytest.approx(densities[..., 0].std())
    assert found.hematoxylin_tissue_mean == pytest.approx(densities[tissue][:, 0].mean())
    assert found.counterstain_mean == pytest.approx(densities[..., 1].mean())
    assert found.counterstain_std == pytest.approx(densities[..., 1].std())
    assert found.counterstain_tissue_mean == pytest.approx(densities[tissue][:, 1].mean())
    assert found.tissue_fraction == pytest.approx(tissue.mean())
    assert found.nuclear_threshold == pytest.approx(threshold_otsu(densities[..., 0]))
    grey = (rgb2gray(tile) * 16).astype(np.uint8)
    matrices = graycomatrix(grey, [1, 2, 3], np.deg2rad([0, 45, 90, 135]), 16, True, True)
    assert found.glcm_contrast == pytest.approx(graycoprops(matrices, "contrast").mean())
    assert found.green_mean == pytest.approx(tile[..., 1].mean() / 255)


def test_a_drawn_tile_has_the_nuclei_that_were_drawn():
    amounts = np.zeros((90, 120, 3))
    amounts[..., 1] = 0.05  # eosin; scikit-image's unit is 13.8 of ours
    for y in (20, 60):
        for x in (20, 60, 100):
            amounts[y - 5 : y + 5, x - 4 : x + 4, 0] = 0.08
    image = np.rint(combine_stains(amounts, rgb_from_hed) * 255).astype(np.uint8)
    found = tile_features(image, mpp=0.5)
    assert found.nuclei_count == 6
    assert found.nuclear_area_px_mean == 80
    assert found.nuclear_area_um2_mean == 20
    assert found.nuclei_per_10k_px == pytest.approx(6 / 1.08)
    assert found.nuclei_per_mm2 == pytest.approx(6 / (0.045 * 0.06))
    assert found.counterstain_mean == pytest.approx(0.05 * math.log(1e6), rel=0.02)


def test_the_row_says_how_it_was_made(tile):
    found = tile_features(tile, stains="h-dab", mpp=1, levels=32)
    assert (found.height, found.width) == (96, 96)
    assert (found.stains, found.nuclear_stain, found.counterstain) == ("H-DAB", "hematoxylin", "DAB")
    assert np.array(found.stain_matrix).shape == (3, 3)
    assert (found.mpp, found.glcm_levels, found.nuclear_least_area_px) == (1.0, 32, 10)
    assert (found.tissue_threshold, found.undo) == (0.15, None)
    assert found.nuclear_threshold > 0.1
    seen = (tile / 255 - 0.5) / 0.25
    assert tile_features(seen, undo=(0.5, 0.25)).undo == "mean 0.5, std 0.25"


def test_a_row_is_flat_json(tile):
    found = tile_features(tile, stains="H-DAB")
    again = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert set(again) == {field.name for field in dataclasses.fields(TileFeatures)}
    (row,) = found.rows()
    assert set(again) - set(row) == {"stain_matrix"}
    assert again["nuclei_per_mm2"] is None
    assert all(value is None or type(value) in (int, float, str) for value in row.values())


def test_bytes_floats_and_what_a_network_saw_are_one_tile(tile):
    wanted = tile_features(tile)
    rgb = tile / 255
    assert tile_features(rgb) == wanted
    seen = tile_features((rgb - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225], undo="imagenet")
    assert seen.undo == "imagenet"
    for name, value in wanted.to_dict().items():
        if isinstance(value, float):
            assert getattr(seen, name) == pytest.approx(value, rel=1e-6), name
    with pytest.raises(UsageError, match=r"undo='\[-1,1\]'"):
        tile_features(rgb * 2 - 1)


def test_every_way_to_name_stains(tile):
    own = Stains.of([[0.65, 0.704, 0.286], [0.268, 0.57, 0.776]])
    assert tile_features(tile, stains=own) == tile_features(
        tile, stains=np.array([[0.65, 0.704, 0.286], [0.268, 0.57, 0.776]])
    )
    assert tile_features(tile, stains=STAINS["H-DAB"]) == tile_features(tile, stains="H-DAB")
    assert tile_features(tile, stains="Macenko") == tile_features(tile, stains=macenko(tile))
    three = tile_features(tile, stains=[[0.65, 0.7, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])
    assert three.stain_unexplained is None
    assert three.stains == "own"


def test_the_stains_matter(tile):
    found = {name: tile_features(tile, stains=name) for name in STAINS}
    assert found["H&E"].counterstain_mean < 0.1 < found["H-DAB"].counterstain_mean
    assert found["H&E"].stain_unexplained > 3 * found["H-DAB"].stain_unexplained


@settings(max_examples=30)
@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3))),
    st.sampled_from(["H&E", "H-DAB"]),
    st.sampled_from([None, 0.25, 2, 16]),
)
def test_any_bytes_have_features(image, stains, mpp):
    for name, value in tile_features(image, stains=stains, mpp=mpp).rows()[0].items():
        assert not isinstance(value, float) or math.isfinite(value), name


@pytest.mark.parametrize("shape", TINY)
@pytest.mark.parametrize("value", [0, 128, 255])
def test_tiny_and_flat_tiles(shape, value):
    found = tile_features(np.full((*shape, 3), value, np.uint8), mpp=16)
    assert found.nuclei_count == 0
    assert found.nuclear_threshold is None
    assert found.nuclear_solidity_mean is None
    assert found.tissue_fraction == float(value < 255)
    assert (found.hematoxylin_tissue_mean is None) == (value == 255)
    assert (found.glcm_contrast is None) == (shape == (1, 1))


@pytest.mark.parametrize("mpp", [0, -0.5, 40, math.nan, math.inf, "fine", [0.5]])
def test_a_resolution_that_is_none_is_refused(tile, mpp):
    with pytest.raises(UsageError, match="micrometres per pixel"):
        tile_features(tile, mpp=mpp)


@pytest.mark.parametrize("stains", ["HE", "", "PAS", 3, None, [[1, 2, 3]]])
def test_stains_that_are_none_are_refused(tile, stains):
    with pytest.raises(UsageError, match="H-DAB, macenko"):
        tile_features(tile, stains=stains)


def test_other_levels_are_refused_before_anything_is_measured():
    with pytest.raises(UsageError, match="grey levels"):
        tile_features(None, levels=64)
