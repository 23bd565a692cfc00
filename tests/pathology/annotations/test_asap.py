import pytest
from shapely.geometry import GeometryCollection, LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from statkit.errors import MalformedFileError, UnknownFormatError
from statkit.pathology.annotations import asap
from statkit.pathology.annotations.facts import ImageFacts
from statkit.pathology.annotations.shape import Annotation, Annotations

#: As ASAP 2 writes it.
ASAP = b"""<?xml version="1.0"?>
<ASAP_Annotations>
\t<Annotations>
\t\t<Annotation Name="Annotation 0" Type="Polygon" PartOfGroup="Tumor" Color="#F4FA58">
\t\t\t<Coordinates>
\t\t\t\t<Coordinate Order="0" X="0.000000" Y="0" />
\t\t\t\t<Coordinate Order="2" X="4" Y="4,0" />
\t\t\t\t<Coordinate Order="1" X="4" Y="0" />
\t\t\t\t<Coordinate Order="10" X="0" Y="4" />
\t\t\t</Coordinates>
\t\t</Annotation>
\t\t<Annotation Name="b" Type="Dot" PartOfGroup="None" Color="#010203">
\t\t\t<Coordinates><Coordinate Order="0" X="7.5" Y="8" /></Coordinates>
\t\t</Annotation>
\t</Annotations>
\t<AnnotationGroups>
\t\t<Group Name="Tumor" PartOfGroup="None" Color="#64FE2E"><Attributes /></Group>
\t</AnnotationGroups>
</ASAP_Annotations>
"""


def one(kind, positions, **attributes):
    places = "".join(f'<Coordinate Order="{n}" X="{x}" Y="{y}"/>' for n, (x, y) in enumerate(positions))
    head = "".join(f' {key}="{value}"' for key, value in ({"Type": kind} | attributes).items())
    inside = f"<Annotation{head}><Coordinates>{places}</Coordinates></Annotation>"
    return f"<ASAP_Annotations><Annotations>{inside}</Annotations></ASAP_Annotations>".encode()


def test_what_asap_writes():
    found = asap.read(ASAP)
    assert found.losses == ()
    assert found.format == "asap"
    area, dot = found.items
    assert area.geometry.equals(box(0, 0, 4, 4))
    assert (area.name, area.label, area.label_colour, area.colour) == (
        "Annotation 0",
        "Tumor",
        (0x64, 0xFE, 0x2E),
        None,
    )
    assert dot.geometry.equals(Point(7.5, 8))
    assert (dot.name, dot.label, dot.colour) == ("b", "", (1, 2, 3))


def test_the_first_point_is_not_written_twice():
    data, _ = asap.write(Annotations(items=(Annotation(geometry=box(0, 0, 4, 4)),)))
    assert data.count(b"<Coordinate ") == 4


def test_other_kinds():
    square = [(0, 0), (4, 0), (4, 4), (0, 4)]
    assert asap.read(one("Rectangle", square)).items[0].geometry.area == 16
    spline = asap.read(one("Spline", square))
    assert spline.items[0].geometry.area == 16
    assert "spline" in spline.losses[0].what
    assert asap.read(one("PointSet", square)).items[0].geometry.equals(MultiPoint(square))


@pytest.mark.parametrize(
    ("kind", "positions", "reason"),
    [
        ("Polygon", [(0, 0), (1, 1)], "fewer than three"),
        ("Polygon", [], "fewer than three"),
        ("Dot", [], "no coordinates"),
        ("Blob", [(0, 0)], "type 'Blob'"),
        ("Dot", [("x", 0)], "'x' is no number"),
        ("Dot", [("nan", 0)], "'nan' is no number"),
        ("Dot", [("1e99", 0)], "'1e99' is no number"),
        ("Polygon", [(0, 0), (1, 1), (2, 2)], "encloses nothing"),
    ],
)
def test_a_bad_annotation_is_left_out_and_named(kind, positions, reason):
    found = asap.read(one(kind, positions))
    assert found.items == ()
    assert reason in found.losses[0].what


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"<ASAP_Annotations>", MalformedFileError),
        (b"<html></html>", UnknownFormatError),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><ASAP_Annotations>&x;</ASAP_Annotations>', MalformedFileError),
        (b"<!DOCTYPE lolz><ASAP_Annotations/>", MalformedFileError),
        (b"<ASAP_Annotations>" + b"<a>" * 10_000, MalformedFileError),
        (b"<\xff\xff>", MalformedFileError),
    ],
)
def test_documents_that_are_refused(data, error):
    with pytest.raises(error) as caught:
        asap.read(data, "x.xml")
    assert str(caught.value).startswith("x.xml: ")


def test_a_document_without_annotations_is_empty():
    assert asap.read(b"<ASAP_Annotations/>") == Annotations(format="asap")


def test_xml_is_told_from_json():
    assert asap.is_xml(ASAP)
    assert asap.is_xml(b"\xef\xbb\xbf\n <a/>")
    assert asap.is_xml("<a/>".encode("utf-16"))
    assert not asap.is_xml(b'{"a": "<"}')
    assert not asap.is_xml(b"")


SHAPES = (
    Annotation(
        geometry=box(0, 0, 4, 4.25), name='"b" <c> &\n', label="Tumor: Positive", label_colour=(1, 2, 3)
    ),
    Annotation(geometry=Polygon([(0, 0), (4, 1), (2, 5)]), label="Stroma", colour=(9, 8, 7)),
    Annotation(geometry=Point(3, 4.5)),
    Annotation(geometry=MultiPoint([(1, 2), (3, 4)]), name="Ä"),
)


def test_what_the_format_knows_comes_back():
    data, losses = asap.write(Annotations(items=SHAPES))
    assert losses == ()
    again = asap.read(data).items
    assert [item.geometry.equals(shape.geometry) for item, shape in zip(again, SHAPES, strict=True)] == [
        True
    ] * 4
    for field in ("name", "label", "colour"):
        assert [getattr(item, field) for item in again] == [getattr(shape, field) for shape in SHAPES]
    assert [item.label_colour for item in again] == [(1, 2, 3), (150, 200, 150), None, None]
    assert asap.write(Annotations(items=again))[0] == data


def test_what_the_format_does_not_know_is_in_the_report():
    holed = box(0, 0, 9, 9).difference(box(1, 1, 2, 2))
    parts = MultiPolygon([holed, box(20, 20, 21, 21)])
    items = (
        Annotation(geometry=parts, id="x", ellipse=True, metadata={"statkit:rater": "A"}),
        Annotation(geometry=GeometryCollection([LineString([(0, 0), (1, 1)]), Point(1, 1)])),
    )
    data, losses = asap.write(Annotations(items=items, facts=ImageFacts(rater="A")))
    assert [str(loss) for loss in losses] == [
        "all annotations: not kept: what is known of the image and of the session",
        "annotation 1: not kept: its id, being an ellipse, metadata",
        "annotation 1: holes that are filled: 1",
        "annotation 1: parts that become annotations of their own: 2",
        "annotation 2: lines left out: 1",
    ]
    assert [item.geometry.area for item in asap.read(data).items] == [81, 1, 0]


def test_characters_that_xml_cannot_hold():
    data, _ = asap.write(Annotations(items=(Annotation(geometry=Point(1, 1), name="a\0b\x1b\ud800"),)))
    assert asap.read(data).items[0].name == "a\ufffdb\ufffd\ufffd"
