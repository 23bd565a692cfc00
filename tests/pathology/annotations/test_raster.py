import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)
from skimage.draw import polygon2mask

from statkit.pathology.annotations.raster import MAX_PIXELS, rasterise, unfilled
from statkit.pathology.annotations.shape import Annotation, Annotations

SHAPE = (12, 15)


def drawn(geometry, **fields):
    return [Annotation(geometry=geometry, **fields)]


def centres_inside(geometry, shape):
    """Ask shapely about one centre after another; None where a centre lies on an outline."""
    rows = []
    for r in range(shape[0]):
        points = [Point(c + 0.5, r + 0.5) for c in range(shape[1])]
        rows.append([None if geometry.boundary.distance(p) < 1e-9 else geometry.contains(p) for p in points])
    return np.array(rows, dtype=object)


def assert_as_shapely(mask, geometry):
    expected = centres_inside(geometry, mask.shape)
    decided = expected != None  # noqa: E711  (elementwise)
    assert (mask[decided] == expected[decided].astype(bool)).all()


def test_a_square_of_four_by_four_covers_sixteen_pixels():
    mask = rasterise(drawn(box(10, 10, 14, 14)), (20, 20))
    assert mask.sum() == 16
    assert mask[10:14, 10:14].all()


def test_polygons_by_the_shifted_call_of_scikit_image():
    triangle = np.array([[1.3, 0.7], [13.2, 4.9], [5.1, 11.4]])
    expected = polygon2mask(SHAPE, triangle[:, ::-1] - 0.5)
    assert (rasterise(drawn(Polygon(triangle)), SHAPE) == expected).all()


HOLED = Polygon([(0, 0), (14, 0), (14, 11), (0, 11)], [[(2, 2), (2, 6), (6, 6), (6, 2)]])


def test_a_hole_is_not_covered():
    mask = rasterise(drawn(HOLED), SHAPE)
    assert mask.sum() == 14 * 11 - 16
    assert not mask[2:6, 2:6].any()


def test_parts_that_overlap_are_a_union():
    parts = MultiPolygon([box(0, 0, 4, 4), box(6, 6, 8, 8)])
    assert rasterise(drawn(parts), SHAPE).sum() == 20
    both = drawn(box(0, 0, 4, 4)) + drawn(box(2, 2, 6, 6))
    assert rasterise(both, SHAPE).sum() == 28
    assert rasterise(drawn(GeometryCollection([parts, Point(11, 11)])), SHAPE).sum() == 20


COORDINATES = st.integers(-400, 1900).map(lambda n: n / 100)
RINGS = st.lists(st.tuples(COORDINATES, COORDINATES), min_size=3, max_size=9)


@given(RINGS)
@settings(max_examples=40, deadline=None)
def test_any_outline_covers_the_centres_that_shapely_says(points):
    whole = shapely.make_valid(Polygon(points))
    areas = MultiPolygon([part for part in shapely.get_parts(whole) if part.geom_type == "Polygon"])
    mask = rasterise(drawn(areas), (8, 9))
    assert_as_shapely(mask, areas)


@given(st.lists(st.integers(0, 30).map(lambda n: n / 2), min_size=2, max_size=2, unique=True))
def test_shapes_with_a_common_edge_share_no_pixel_and_leave_none_out(cut):
    low, high = min(cut), max(cut)
    parts = [box(0, 0, 15, low), box(0, low, 15, high), box(0, high, 15, 15)]
    across = [box(0, 0, low, 15), box(low, 0, high, 15), box(high, 0, 15, 15)]
    for shapes in (parts, across):
        masks = [rasterise(drawn(shape), (15, 15)) for shape in shapes if shape.area]
        assert (np.sum(masks, axis=0) == 1).all()


def test_origin_and_downsample_place_a_tile_in_its_slide():
    on_slide = box(1000 + 4 * 2, 500 + 4 * 3, 1000 + 4 * 5, 500 + 4 * 7)
    mask = rasterise(drawn(on_slide), SHAPE, origin=(1000, 500), downsample=4)
    expected = np.zeros(SHAPE, dtype=bool)
    expected[3:7, 2:5] = True
    assert (mask == expected).all()


def test_what_lies_outside_or_half_outside_is_cut():
    assert not rasterise(drawn(box(-9, -9, -1, -1)), SHAPE).any()
    assert not rasterise(drawn(box(100, 2, 200, 3)), SHAPE).any()
    assert rasterise(drawn(box(-1e9, -1e9, 1e9, 1e9)), SHAPE).all()
    assert rasterise(drawn(box(-5, -5, 2, 2)), SHAPE).sum() == 4


def test_labels_choose_and_derived_classes_count():
    items = [
        Annotation(geometry=box(0, 0, 1, 1), label="Tumor"),
        Annotation(geometry=box(1, 0, 2, 1), label="Tumor: Positive"),
        Annotation(geometry=box(2, 0, 3, 1), label="Tumorous"),
        Annotation(geometry=box(3, 0, 4, 1)),
        Annotation(geometry=box(4, 0, 5, 1), label="Ignore*"),
        Annotation(geometry=box(5, 0, 6, 1), label="Stroma", object_type="tmaCore"),
        Annotation(geometry=box(6, 0, 7, 1), label="Tumor: Ignore*"),
    ]

    def columns(labels):
        return np.flatnonzero(rasterise(items, (1, 7), labels=labels)[0]).tolist()

    assert columns(None) == [0, 1, 2, 3]
    assert columns(["Tumor"]) == columns("Tumor") == [0, 1]
    assert columns({"Tumor: Positive", "Ignore*"}) == [1, 4]
    assert columns("Tumor: Ignore*") == [6]
    assert columns(["Stroma"]) == columns([]) == []


def test_what_lies_inside_another_counts_too():
    inner = Annotation(geometry=box(0, 0, 2, 2), label="Tumor")
    outer = Annotation(geometry=box(0, 0, 9, 9), label="Region*", children=(inner,))
    assert rasterise(Annotations(items=(outer,)), SHAPE).sum() == 4


def test_points_and_lines_cover_nothing_and_are_named():
    items = [
        Annotation(geometry=Point(3, 3), name="here"),
        Annotation(geometry=LineString([(0, 0), (9, 9)]), label="Stroma"),
        Annotation(geometry=MultiPoint([(1, 1), (2, 2)])),
        Annotation(geometry=box(0, 0, 2, 2)),
    ]
    assert rasterise(items[:3], SHAPE).sum() == 0
    assert [str(loss) for loss in unfilled(items)] == [
        "annotation 1 (here): a Point covers no pixel",
        "annotation 2 (Stroma): a LineString covers no pixel",
        "annotation 3: a MultiPoint covers no pixel",
    ]
    assert [loss.where for loss in unfilled(items, labels="Stroma")] == ["annotation 1 (Stroma)"]


def test_many_crossings_are_worked_on_in_blocks(monkeypatch):
    monkeypatch.setattr("statkit.pathology.annotations.raster._AT_ONCE", 5)
    star = Polygon([(7, 0), (9, 11), (0, 4), (14, 4), (5, 11)]).buffer(0)
    assert_as_shapely(rasterise(drawn(star), SHAPE), star)


@pytest.mark.parametrize(
    ("shape", "downsample"), [((-1, 5), 1), ((MAX_PIXELS, 2), 1), ((5, 5), 0), ((5, 5), float("nan"))]
)
def test_sizes_that_are_none_are_refused(shape, downsample):
    with pytest.raises(ValueError, match="possible"):
        rasterise([], shape, downsample=downsample)


def test_an_empty_mask_is_fine():
    assert rasterise(drawn(HOLED), (0, 5)).shape == (0, 5)
