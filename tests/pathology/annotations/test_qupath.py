import json
import math

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from statkit.errors import MalformedFileError, TruncatedFileError, UnknownFormatError
from statkit.pathology.annotations import qupath
from statkit.pathology.annotations.facts import ImageFacts
from statkit.pathology.annotations.shape import Annotation, Annotations, Plane

SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
GEOMETRY = {"type": "Polygon", "coordinates": [SQUARE]}


def feature(geometry=GEOMETRY, **properties):
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def read(document):
    return qupath.read(json.dumps(document).encode())


def only(document):
    found = read(document)
    assert found.losses == ()
    (item,) = found.items
    return item


def losses(document):
    return [str(loss) for loss in read(document).losses]


# what the versions of QuPath wrote


def test_version_0_2_has_the_kind_in_the_id_and_packed_colours():
    item = only(
        {
            "type": "Feature",
            "id": "PathDetectionObject",
            "geometry": GEOMETRY,
            "properties": {
                "classification": {"name": "Tumor", "colorRGB": -3670016},
                "isLocked": False,
                "measurements": [{"name": "Area", "value": 16.5}],
            },
        }
    )
    assert (item.object_type, item.id) == ("detection", "")
    assert (item.label, item.label_colour) == ("Tumor", (200, 0, 0))
    assert not item.locked
    assert item.measurements == {"Area": 16.5}


def test_version_0_3_has_an_object_type_with_an_underscore():
    item = only(
        [
            {
                "type": "Feature",
                "id": "PathAnnotationObject",
                "geometry": GEOMETRY,
                "properties": {
                    "object_type": "annotation",
                    "name": "A1",
                    "color": -256,
                    "classification": {"name": "Tumor: Positive", "colorRGB": -377282},
                    "isLocked": True,
                },
            }
        ]
    )
    assert (item.object_type, item.name, item.colour) == ("annotation", "A1", (255, 255, 0))
    assert (item.label, item.label_colour) == ("Tumor: Positive", (250, 62, 62))
    assert item.locked


def test_version_0_4_has_a_uuid_and_names():
    uuid = "00dc4a9e-0d3c-4f0b-9c30-0a1c1a6a7a0d"
    item = only(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "id": uuid,
                    "geometry": GEOMETRY,
                    "properties": {
                        "objectType": "cell",
                        "classification": {"names": ["Tumor", "Positive"], "color": [250, 62, 62]},
                        "color": [1, 2, 3],
                        "measurements": {"Area": 16.0, "Nothing": float("nan")},
                    },
                    "nucleusGeometry": {"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 1]]]},
                }
            ],
        }
    )
    assert (item.id, item.object_type) == (uuid, "cell")
    assert (item.label, item.label_colour, item.colour) == ("Tumor: Positive", (250, 62, 62), (1, 2, 3))
    assert item.measurements == {"Area": 16.0}
    assert item.nucleus.area == 0.5


def test_version_0_5_has_metadata_and_0_6_the_hierarchy():
    child = feature(objectType="detection")
    item = only(
        {
            "type": "FeatureCollection",
            "features": [feature(metadata={"ANNOTATION_DESCRIPTION": "x"}, childObjects=[child, child])],
        }
    )
    assert item.metadata == {"ANNOTATION_DESCRIPTION": "x"}
    assert [inner.object_type for inner in item.children] == ["detection", "detection"]
    assert len(list(item.flat())) == 3


@pytest.mark.parametrize("properties", [{}, {"properties": None}, {"properties": {}}])
def test_what_says_nothing_is_an_annotation(properties):
    item = only({"type": "Feature", "geometry": GEOMETRY} | properties)
    assert item == Annotation(geometry=Polygon(SQUARE))


def test_a_geometry_alone_is_one_annotation():
    assert only(GEOMETRY).geometry.area == 16


def test_an_ellipse_and_a_plane_stand_in_the_geometry():
    item = only(feature(GEOMETRY | {"isEllipse": True, "plane": {"c": 1, "z": 2, "t": 3}}))
    assert item.ellipse
    assert item.plane == Plane(1, 2, 3)
    assert only(feature(GEOMETRY | {"plane": {"z": 2}})).plane == Plane(-1, 2, 0)


@pytest.mark.parametrize(
    "rings",
    [
        [SQUARE, [[1, 1], [1, 2], [2, 2], [1, 1]]],
        [[[0, 0], [4, 4], [4, 0], [0, 4], [0, 0]]],
    ],
)
def test_a_hole_or_a_repaired_outline_is_no_ellipse(rings):
    geometry = {"type": "Polygon", "coordinates": rings, "isEllipse": True}
    assert not qupath.read(json.dumps(feature(geometry)).encode()).items[0].ellipse


def test_holes_open_rings_third_coordinates():
    hole = [[1, 1], [1, 2], [2, 2]]
    item = only(feature({"type": "Polygon", "coordinates": [[[*p, 7] for p in SQUARE[:4]], hole]}))
    assert item.geometry.equals(Polygon(SQUARE, [hole]))
    assert not item.geometry.has_z


@pytest.mark.parametrize("classification", [None, "", {}, {"name": None}])
def test_unclassified(classification):
    assert only(feature(classification=classification)).label == ""


def test_a_classification_that_is_a_text():
    assert only(feature(classification="Stroma")).label == "Stroma"


def test_facts_of_the_image_come_from_the_collection_or_from_features_that_agree():
    mine, yours = {"statkit:rater": "A", "statkit:mpp": "0.25"}, {"statkit:rater": "B", "statkit:mpp": "0.25"}
    found = read({"type": "FeatureCollection", "features": [feature(metadata=mine), feature(metadata=yours)]})
    assert found.facts == ImageFacts(mpp=0.25)
    found = read({"type": "FeatureCollection", "metadata": mine, "features": [feature(metadata=yours)]})
    assert found.facts == ImageFacts(mpp=0.25, rater="A")


# what cannot be read is left out and named


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (None, "its geometry is null"),
        ([1], "its geometry is a list"),
        ({"type": "Circle"}, "geometry type 'Circle'"),
        ({"type": ["Polygon"]}, "geometry type a list"),
        ({"type": "Polygon"}, "its coordinates are null"),
        ({"type": "Polygon", "coordinates": []}, "its coordinates are empty"),
        ({"type": "Polygon", "coordinates": [[]]}, "its coordinates are empty"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}, "fewer than three different"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [2, 2], [0, 0]]]}, "encloses nothing"),
        ({"type": "Polygon", "coordinates": {"0": 1}}, "its coordinates are an object"),
        ({"type": "Polygon", "coordinates": [[[0, "1"], [1, 1], [2, 3]]]}, "a coordinate is '1'"),
        ({"type": "Polygon", "coordinates": [[[0, True], [1, 1], [2, 3]]]}, "a coordinate is a truth value"),
        ({"type": "Polygon", "coordinates": [[[0, None], [1, 1], [2, 3]]]}, "a coordinate is null"),
        ({"type": "Polygon", "coordinates": [[0, 1, 2, 3]]}, "a position is 0 where"),
        ({"type": "Point", "coordinates": [1]}, "a position is a list"),
        ({"type": "Point", "coordinates": [math.nan, 1]}, "a coordinate of nan"),
        ({"type": "Point", "coordinates": [1, math.inf]}, "a coordinate of inf"),
        ({"type": "Point", "coordinates": [1, 2e9]}, "beyond 1e+09 pixels"),
        ({"type": "Point", "coordinates": [10**4000, 1]}, "a coordinate of a number is beyond"),
        ({"type": "LineString", "coordinates": [[1, 2]]}, "a line of one point"),
        ({"type": "GeometryCollection", "geometries": []}, "its geometries are empty"),
    ],
)
def test_a_bad_geometry_costs_its_feature_alone(geometry, reason):
    found = read({"type": "FeatureCollection", "features": [feature(geometry), feature()]})
    assert len(found.items) == 1
    (loss,) = found.losses
    assert loss.where == "feature 1"
    assert loss.what.startswith("left out: ")
    assert reason in loss.what


@pytest.mark.parametrize(
    ("properties", "what"),
    [
        ({"color": [1, 2]}, "its colour a list is no [red, green, blue]"),
        ({"color": [1, 2, 300]}, "its colour a list is no"),
        ({"color": "red"}, "its colour 'red' is no"),
        ({"color": 1 << 40}, "its colour 1099511627776 is no"),
        ({"classification": 3}, "its classification is 3"),
        ({"classification": {"name": [1]}}, "its class is a list"),
        ({"name": {"a": 1}}, "its name is an object"),
        ({"measurements": 3}, "its measurements are 3"),
        ({"measurements": {"a": "b"}}, "measurement 'a' is 'b'"),
        ({"measurements": {"a": math.inf}}, "measurement 'a' is infinite"),
        ({"measurements": {"a": 10**400}}, "measurement 'a' is a number"),
        ({"measurements": [{"name": 1, "value": 2}]}, "measurement 1 is 2"),
        ({"metadata": []}, "its metadata are a list"),
        ({"metadata": {"a": {}}}, "its metadata 'a' is an object"),
        ({"objectType": "blob"}, "object type 'blob' is not known"),
        ({"childObjects": 1}, "its objects inside are 1"),
        ({"childObjects": [1]}, "child 1: left out: it is no feature"),
        ({"isMissing": True}, "property 'isMissing' is not kept"),
    ],
)
def test_a_bad_property_costs_itself_alone(properties, what):
    found = read(feature(**properties))
    assert len(found.items) == 1
    (loss,) = found.losses
    assert what in str(loss)


def test_a_lost_parent_names_its_children():
    (loss,) = losses(feature(None, childObjects=[feature(), feature()]))
    assert loss.endswith("; 2 objects inside it are left out too")


@pytest.mark.parametrize("features", [None, {}, "x", 3])
def test_a_collection_without_features_is_empty(features):
    found = read({"type": "FeatureCollection", "features": features})
    assert found.items == ()
    assert len(found.losses) == 1


def test_an_outline_that_crosses_itself_is_repaired_by_the_even_odd_rule():
    bow = [[0, 0], [4, 4], [4, 0], [0, 4], [0, 0]]
    found = read(feature({"type": "Polygon", "coordinates": [bow]}))
    assert [str(loss) for loss in found.losses] == ["feature 1: its outline crosses itself; it was repaired"]
    assert found.items[0].geometry.area == 8
    assert found.items[0].geometry.is_valid


def test_parts_that_overlap_become_one():
    squares = [[SQUARE], [[[2, 2], [6, 2], [6, 6], [2, 6], [2, 2]]]]
    found = read(feature({"type": "MultiPolygon", "coordinates": squares}))
    assert found.items[0].geometry.area == 28


def test_too_many_losses_are_counted():
    found = read([feature(None)] * 250)
    assert len(found.losses) == 101
    assert found.losses[-1].what.startswith("150 further losses")


def nested(levels):
    inner = feature()
    for _ in range(levels):
        inner = feature(childObjects=[inner])
    return inner


def test_objects_nested_too_deep_are_named():
    found = read(nested(qupath.MAX_LEVELS))
    assert found.losses == ()
    assert qupath.read(qupath.write(found)) == found
    (loss,) = read(nested(qupath.MAX_LEVELS + 2)).losses
    assert "more than 24 levels" in loss.what


def test_collections_nested_too_deep_are_named():
    inner = GEOMETRY
    for _ in range(10):
        inner = {"type": "GeometryCollection", "geometries": [inner]}
    assert "more than 8 geometry collections" in losses(feature(inner))[0]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", TruncatedFileError),
        (b'{"type": "FeatureCollection", "features": [', TruncatedFileError),
        (b"[" * 10_000, MalformedFileError),
        (b'{"type":"FeatureCollection","features":' + b'[{"a":' * 10_000, MalformedFileError),
        (b"hello", MalformedFileError),
        (b"{}", UnknownFormatError),
        (b"3", UnknownFormatError),
        (b'"x"', UnknownFormatError),
        (b"[3]", UnknownFormatError),
        (b'{"type": "Topology"}', UnknownFormatError),
        (b'{"type": ["Feature"]}', UnknownFormatError),
    ],
)
def test_what_is_no_geojson_is_a_clear_error(data, error):
    with pytest.raises(error) as caught:
        qupath.read(data, "x.geojson")
    assert "\n" not in str(caught.value)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
KEYS = [
    "objectType",
    "name",
    "color",
    "classification",
    "isLocked",
    "measurements",
    "metadata",
    "childObjects",
]


@given(
    st.dictionaries(st.sampled_from(KEYS), ANY_JSON, max_size=4),
    st.dictionaries(st.sampled_from(["type", "coordinates", "geometries", "plane", "isEllipse"]), ANY_JSON),
    ANY_JSON,
)
@settings(max_examples=60, deadline=None)
def test_nothing_in_a_feature_can_break_the_reading(properties, geometry, id):
    bare = {"type": "Feature", "id": id, "geometry": GEOMETRY | geometry, "properties": properties}
    found = qupath.parsed([bare])
    again = qupath.read(qupath.write(found))
    assert again.items == found.items


# writing


def written(*items, **fields):
    return qupath.write(Annotations(items=items, **fields))


def test_bytes_are_as_a_person_can_read_and_a_diff_can_show():
    data = written(
        Annotation(
            geometry=box(0, 0, 1.234567, 2, ccw=False),
            id="u",
            label="Tumor: Positive",
            label_colour=(1, 2, 3),
            locked=True,
        ),
        Annotation(geometry=Point(1, -0.001)),
    )
    assert data == (
        b'{"type":"FeatureCollection","features":[\n'
        b'{"type":"Feature","id":"u","geometry":{"type":"Polygon","coordinates":'
        b'[[[0,0],[0,2],[1.23,2],[1.23,0],[0,0]]]},"properties":{"objectType":"annotation",'
        b'"classification":{"names":["Tumor","Positive"],"color":[1,2,3]},"isLocked":true}},\n'
        b'{"type":"Feature","geometry":{"type":"Point","coordinates":[1,0]},'
        b'"properties":{"objectType":"annotation"}}\n]}\n'
    )


def test_nothing_drawn_is_a_collection_too():
    assert written() == b'{"type":"FeatureCollection","features":[]}\n'
    facts = ImageFacts(rater="Å")
    assert qupath.read(written(facts=facts)).facts == facts


def test_a_multipolygon_of_one_part_is_written_as_polygon():
    document = json.loads(written(Annotation(geometry=MultiPolygon([box(0, 0, 1, 1)]))))
    assert document["features"][0]["geometry"]["type"] == "Polygon"


def test_a_shape_that_two_decimals_would_destroy_is_written_exactly():
    tiny = box(0.001, 0.001, 0.004, 0.004)
    (item,) = qupath.read(written(Annotation(geometry=tiny))).items
    assert item.geometry.equals(tiny)


def in_cents(geometry):
    return shapely.transform(geometry, lambda positions: positions.round(2))


CENTS = st.integers(-10_000, 10_000).map(lambda n: n / 100)
POSITIONS = st.tuples(CENTS, CENTS)
POINTS = POSITIONS.map(Point)
LINES = st.lists(POSITIONS, min_size=2, max_size=5, unique=True).map(LineString)
BOXES = st.tuples(POSITIONS, st.integers(1, 500), st.integers(1, 500)).map(
    lambda b: in_cents(box(b[0][0], b[0][1], b[0][0] + b[1], b[0][1] + b[2]))
)
HOLED = BOXES.map(lambda b: in_cents(b.difference(shapely.affinity.scale(b, 0.5, 0.5))))
SEVERAL = st.lists(BOXES, min_size=2, max_size=4).map(shapely.union_all)
SIMPLE = POINTS | LINES | BOXES | HOLED
GEOMETRIES = (
    SIMPLE
    | SEVERAL
    | st.lists(POSITIONS, min_size=2, max_size=4, unique=True).map(MultiPoint)
    | st.lists(LINES, min_size=2, max_size=3).map(MultiLineString)
    | st.lists(SIMPLE, min_size=1, max_size=3).map(GeometryCollection)
)
TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=8)
COLOURS = st.none() | st.tuples(*[st.integers(0, 255)] * 3)
ANNOTATIONS = st.builds(
    Annotation,
    geometry=GEOMETRIES,
    id=TEXT.filter(lambda t: not t.startswith(("Path", "TMA"))),
    name=TEXT,
    label=TEXT,
    colour=COLOURS,
    object_type=st.sampled_from(["annotation", "detection", "cell", "tile", "tmaCore"]),
    locked=st.booleans(),
    plane=st.builds(Plane, st.integers(-1, 9), st.integers(0, 9), st.integers(0, 9)),
    nucleus=st.none() | BOXES,
    measurements=st.dictionaries(TEXT, st.floats(allow_nan=False, allow_infinity=False), max_size=2),
    metadata=st.dictionaries(TEXT, TEXT.filter(bool), max_size=2),
)


@given(st.lists(ANNOTATIONS, max_size=3), st.lists(ANNOTATIONS, max_size=2))
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_back_the_same(items, children):
    whole = [Annotation(geometry=box(0, 0, 1, 1), children=tuple(children)), *items]
    found = qupath.read(written(*whole))
    assert found.losses == ()
    assert found.items == tuple(whole)
    assert qupath.write(found) == written(*whole)
