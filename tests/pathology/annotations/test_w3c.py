import json

import pytest
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

from statkit.errors import MalformedFileError, UnknownFormatError
from statkit.pathology.annotations import w3c
from statkit.pathology.annotations.facts import ImageFacts
from statkit.pathology.annotations.shape import Annotation, Annotations

FRAGMENT = {"type": "FragmentSelector", "value": "xywh=pixel:10,20,4,5"}
#: As Annotorious 3 gives it.
ANNOTORIOUS = {
    "@context": "http://www.w3.org/ns/anno.jsonld",
    "id": "0f1a",
    "type": "Annotation",
    "body": [
        {"type": "TextualBody", "purpose": "tagging", "value": "Tumor"},
        {"type": "TextualBody", "purpose": "commenting", "value": "left edge"},
    ],
    "creator": {"id": "http://example.com/anna", "name": "Anna"},
    "target": {
        "source": "tile.png",
        "selector": {
            "type": "SvgSelector",
            "value": "<svg><polygon points='0,0 4,0 4,4 0,4'></polygon></svg>",
        },
    },
}


def read(document, **options):
    return w3c.read(json.dumps(document).encode(), **options)


def drawn(selector, **fields):
    return {"type": "Annotation", "target": {"source": "x", "selector": selector}} | fields


def test_what_annotorious_writes():
    found = read([ANNOTORIOUS])
    assert found.losses == ()
    assert found.format == "w3c"
    (item,) = found.items
    assert (item.id, item.label, item.name) == ("0f1a", "Tumor", "left edge")
    assert item.geometry.equals(box(0, 0, 4, 4))
    assert found.facts.rater == "Anna"


@pytest.mark.parametrize(
    "document",
    [
        ANNOTORIOUS,
        [ANNOTORIOUS],
        {"type": "AnnotationPage", "items": [ANNOTORIOUS]},
        {"type": "AnnotationCollection", "first": {"type": "AnnotationPage", "items": [ANNOTORIOUS]}},
    ],
)
def test_alone_in_a_list_on_a_page(document):
    assert len(read(document).items) == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("xywh=pixel:10,20,4,5", box(10, 20, 14, 25)),
        ("xywh=10,20,4,5", box(10, 20, 14, 25)),
        ("xywh=percent:10,20,50,25", box(20, 10, 120, 22.5)),
        ("t=1&xywh=pixel:1.5,2,0.5,1", box(1.5, 2, 2, 3)),
        ("xywh=pixel:3,4,0,0", Point(3, 4)),
    ],
)
def test_fragments(value, expected):
    found = read(drawn({"type": "FragmentSelector", "value": value}), image_size=(200, 50))
    assert found.losses == ()
    assert found.items[0].geometry.equals(expected)


def test_the_region_may_stand_in_the_address():
    assert read({"type": "Annotation", "target": "http://x/y.png#xywh=1,2,3,4"}).items[0].geometry.area == 12
    inside = {"type": "Annotation", "target": {"source": "y.png#xywh=1,2,3,4"}}
    assert read(inside).items[0].geometry.area == 12


def test_the_first_selector_that_can_be_read_counts():
    assert read(drawn([{"type": "CssSelector", "value": "x"}, FRAGMENT])).items[0].geometry.area == 20


def test_several_targets_are_several_shapes():
    target = {"source": "x", "selector": FRAGMENT}
    found = read({"type": "Annotation", "id": "a", "target": [target, target]})
    assert [item.id for item in found.items] == ["a", ""]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (3, "it is 3"),
        ({"type": "Annotation"}, "no target"),
        ({"type": "Annotation", "target": 3}, "its target is 3"),
        ({"type": "Annotation", "target": "y.png"}, "names no region"),
        ({"type": "Annotation", "target": {"source": {}}}, "its source is an object"),
        (drawn(3), "its selector is 3"),
        (drawn({"type": "SvgSelector"}), "whose value is null"),
        (drawn({"type": "PointSelector", "value": "x"}), "selector 'PointSelector'"),
        (drawn(FRAGMENT | {"value": "xywh=pixel:1,2,3"}), "has 3 numbers"),
        (drawn(FRAGMENT | {"value": "xywh=pixel:1,2,3,x"}), "'x' is no number"),
        (drawn(FRAGMENT | {"value": "xywh=pixel:1,2,-3,1"}), "encloses nothing"),
        (drawn(FRAGMENT | {"value": "xywh=percent:1,2,3,4"}), "size of the image is not known"),
        (drawn({"type": "SvgSelector", "value": "<svg><script/></svg>"}), "'script' is refused"),
        (drawn({"type": "SvgSelector", "value": "<!DOCTYPE svg><svg/>"}), "document type"),
    ],
)
def test_a_bad_annotation_costs_itself_alone(given, reason):
    found = read([ANNOTORIOUS, given])
    assert len(found.items) == 1
    assert found.losses
    assert all(loss.where == "annotation 2" for loss in found.losses)
    assert any("left out" in loss.what for loss in found.losses)
    assert any(reason in loss.what for loss in found.losses)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"motivation": "x"}, "property 'motivation' is not kept"),
        ({"body": {"purpose": "replying", "value": "x"}}, "purpose is 'replying'"),
        ({"body": {"purpose": [{}, "replying"], "value": "x"}}, "purpose is a list"),
        ({"body": [3]}, "purpose is null"),
        ({"creator": [1]}, "its creator is a list"),
    ],
)
def test_what_is_not_kept_is_named(fields, what):
    found = read(drawn(FRAGMENT, **fields))
    assert len(found.items) == 1
    assert what in str(found.losses)


def test_bodies_of_other_shapes():
    assert read(drawn(FRAGMENT, body="Tumor")).items[0].label == "Tumor"
    tags = [{"purpose": "tagging", "value": word} for word in ("Tumor", "Positive")]
    assert read(drawn(FRAGMENT, body=tags)).items[0].label == "Tumor: Positive"
    several = {"purpose": ["highlighting", "tagging"], "value": "Necrosis"}
    assert read(drawn(FRAGMENT, body=several)).items[0].label == "Necrosis"
    resource = {"type": "SpecificResource", "purpose": "tagging", "source": {"id": "x:1", "label": "Stroma"}}
    assert read(drawn(FRAGMENT, body=resource)).items[0].label == "Stroma"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"{}", UnknownFormatError),
        (b"[]", UnknownFormatError),
        (b"x", MalformedFileError),
        (b"[1]", UnknownFormatError),
    ],
)
def test_what_is_none_of_it(data, error):
    with pytest.raises(error):
        w3c.read(data, "x.json")


HOLED = Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(2, 2), (4, 2), (4, 4), (2, 4)]])


@pytest.mark.parametrize(
    "geometry",
    [
        box(1, 2, 3.25, 4),
        Polygon([(0, 0), (4, 1), (2, 5.5)]),
        HOLED,
        MultiPolygon([HOLED, box(20, 20, 21, 22)]),
        Point(3, 4.5),
        LineString([(0, 0), (4, 1), (2, 5)]),
        MultiLineString([[(0, 0), (4, 1)], [(2, 5), (3, 3)]]),
    ],
)
def test_shapes_come_back(geometry):
    item = Annotation(geometry=geometry, id="a", label="Tumor: Positive", name='a "name" <b>')
    data, losses = w3c.write(Annotations(items=(item,), facts=ImageFacts(rater="Ä")), source="x.png")
    assert losses == ()
    found = w3c.read(data)
    assert found.losses == ()
    (again,) = found.items
    assert again.geometry.equals(geometry)
    assert (again.id, again.label, again.name) == (item.id, item.label, item.name)
    assert found.facts.rater == "Ä"


def test_an_ellipse_stays_one():
    circle = Annotation(geometry=Point(10, 20).buffer(5, quad_segs=24), ellipse=True)
    data, losses = w3c.write(Annotations(items=(circle,)))
    assert losses == ()
    (again,) = w3c.read(data).items
    assert again.ellipse
    assert again.geometry.bounds == pytest.approx((5, 15, 15, 25))


def test_what_one_annotation_cannot_hold_becomes_several():
    mixed = GeometryCollection([box(0, 0, 1, 1), Point(3, 3), LineString([(0, 0), (1, 1)])])
    items = (Annotation(geometry=MultiPoint([(1, 1), (2, 2)]), id="p"), Annotation(geometry=mixed))
    data, losses = w3c.write(Annotations(items=items))
    assert [str(loss) for loss in losses] == [
        "annotation 1: its 2 parts become annotations of their own",
        "annotation 2: its 3 parts become annotations of their own",
    ]
    kinds = [item.geometry.geom_type for item in w3c.read(data).items]
    assert kinds == ["Point", "Point", "Polygon", "LineString", "Point"]
    assert [each["id"] for each in json.loads(data)][:3] == ["p", "p-2", "annotation-2"]


def test_what_cannot_be_said_is_in_the_report():
    item = Annotation(
        geometry=box(0, 0, 1, 1),
        colour=(1, 2, 3),
        locked=True,
        measurements={"a": 1.0},
        metadata={"statkit:rater": "A", "b": "c"},
    )
    _, losses = w3c.write(Annotations(items=(item,), facts=ImageFacts(mpp=0.25)))
    assert [str(loss) for loss in losses] == [
        "all annotations: not kept: what is known of the image and of the session",
        "annotation 1: not kept: its colour, lock, measurements, metadata",
    ]


def test_nothing_drawn_is_an_empty_list():
    assert w3c.write(Annotations()) == (b"[]\n", ())
