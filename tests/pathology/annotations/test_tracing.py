import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from statkit.pathology.annotations.raster import rasterise
from statkit.pathology.annotations.shape import Annotation
from statkit.pathology.annotations.tracing import trace


def again(polygons, shape, **placed):
    return rasterise([Annotation(geometry=polygon) for polygon in polygons], shape, **placed)


@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=9), elements=st.booleans()))
@settings(max_examples=60, deadline=None)
def test_outlines_give_the_same_pixels_back(mask):
    found = trace(mask)
    assert (again(found, mask.shape) == mask).all()
    assert all(polygon.is_valid for polygon in found)
    assert sum(polygon.area for polygon in found) == mask.sum()


def test_one_pixel_is_one_square_with_five_positions():
    mask = np.zeros((5, 5), dtype=bool)
    mask[2, 3] = True
    (square,) = trace(mask)
    assert square.bounds == (3, 2, 4, 3)
    assert len(square.exterior.coords) == 5


def test_holes_and_corners():
    ring = np.ones((5, 5), dtype=bool)
    ring[2, 2] = False
    (found,) = trace(ring)
    assert len(found.interiors) == 1
    assert len(found.exterior.coords) == 5
    assert len(trace(np.eye(3, dtype=bool))) == 3


def test_a_tile_is_placed_in_its_slide():
    mask = np.eye(4, 6, dtype=bool)
    placed = {"origin": (100.0, 40.0), "downsample": 4.0}
    found = trace(mask, **placed)
    assert found[0].bounds[0] >= 100
    assert (again(found, mask.shape, **placed) == mask).all()
    assert again(found, (60, 130)).sum() == pytest.approx(mask.sum() * 16)
