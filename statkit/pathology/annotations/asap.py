"""ASAP XML, read and written.

Source: ``XmlRepository`` of ASAP. Coordinates are pixels of the slide's full resolution. The format knows
names, groups and colours, and polygons, rectangles, splines, dots and point sets; no holes, no ids, no rater.
"""

from __future__ import annotations

import re
from typing import Final
from xml.sax.saxutils import quoteattr

import shapely
from shapely.geometry import MultiPoint, Point, Polygon

from statkit.errors import MalformedFileError, UnknownFormatError
from statkit.pathology.annotations import xml_tree
from statkit.pathology.annotations.colours import Colour, colour_of
from statkit.pathology.annotations.geojson_geometry import rounded
from statkit.pathology.annotations.json_fields import Noting
from statkit.pathology.annotations.loss import Loss, LossReport, cited
from statkit.pathology.annotations.numbers import number, written
from statkit.pathology.annotations.parts import simple_parts
from statkit.pathology.annotations.shape import Annotation, Annotations, Geometry
from statkit.pathology.annotations.soundness import sound
from statkit.pathology.annotations.unsaid import note_unsaid
from statkit.pathology.annotations.xml_tree import Element

_AREAS: Final = frozenset({"Polygon", "Rectangle", "Spline"})
_KEPT: Final = frozenset({"name", "label", "colour", "label_colour"})
_NO_GROUP: Final = "None"
_DEFAULT: Final = (244, 250, 88)  # the yellow ASAP gives new annotations
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_UNSPEAKABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_xml(data: bytes) -> bool:
    """Tell whether a file is XML rather than JSON: its first character is ``<``."""
    head = data[:4096]
    for mark in _MARKS:
        head = head.removeprefix(mark)
    return head.lstrip(b" \t\r\n\0").startswith(b"<")


def read(data: bytes, path: str = "") -> Annotations:
    """Read ASAP XML.

    Parameters
    ----------
    data : bytes
        The whole document.
    path : str
        Where it came from, for messages.

    Returns
    -------
    Annotations
        What cannot be read is left out and named in ``losses``.

    Raises
    ------
    MalformedFileError
        It is no XML, or XML with a document type or entities, which is refused.
    UnknownFormatError
        It is XML of another kind.
    """
    try:
        root = xml_tree.parse(data)
    except ValueError as error:
        raise MalformedFileError(f"{path}: {error}.", path) from None
    if root.name != "ASAP_Annotations":
        raise UnknownFormatError(
            f"{path}: XML whose root is {cited(root.name)}; possible: ASAP_Annotations.", path
        )
    report = LossReport()
    colours = _group_colours(root)
    elements = [each for part in root.named("Annotations") for each in part.named("Annotation")]
    found = (
        _annotation(each, f"annotation {n}", colours, report) for n, each in enumerate(elements, start=1)
    )
    items = tuple(item for item in found if item is not None)
    return Annotations(items=items, losses=report.losses(), format="asap")


def _group_colours(root: Element) -> dict[str, Colour | None]:
    groups = [each for part in root.named("AnnotationGroups") for each in part.named("Group")]
    return {group.get("Name"): _colour(group.get("Color")) for group in groups}


def _colour(text: str) -> Colour | None:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text, re.ASCII):
        return None
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:], 16)


def _annotation(
    element: Element, where: str, colours: dict[str, Colour | None], report: LossReport
) -> Annotation | None:
    def note(what: str) -> None:
        report.add(where, what)

    try:
        geometry = sound(_geometry(element, note), note)
    except ValueError as error:
        note(f"left out: {error}")
        return None
    group = element.get("PartOfGroup")
    label = "" if group == _NO_GROUP else group
    colour = _colour(element.get("Color"))
    return Annotation(
        geometry=geometry,
        name=element.get("Name"),
        label=label,
        colour=None if colour in (colours.get(group), _DEFAULT) else colour,
        label_colour=colours.get(group) if label else None,
    )


def _geometry(element: Element, note: Noting) -> Geometry:
    kind = element.get("Type")
    positions = _positions(element)
    if kind in _AREAS:
        if len(set(positions)) < 3:
            raise ValueError("an outline of fewer than three different points")
        if kind == "Spline":
            note("a spline is read as the polygon through its points")
        return Polygon(positions)
    if not positions:
        raise ValueError("it has no coordinates")
    if kind == "Dot" and len(positions) == 1:
        return Point(positions[0])
    if kind in ("Dot", "PointSet"):
        return MultiPoint(positions)
    raise ValueError(f"type {cited(kind)}; possible: Polygon, Rectangle, Spline, Dot, PointSet")


def _positions(element: Element) -> list[tuple[float, float]]:
    """Give the coordinates by their Order, else as they stand."""
    found = [each for part in element.named("Coordinates") for each in part.named("Coordinate")]
    orders = [each.get("Order") for each in found]
    if all(order.isascii() and order.isdigit() and len(order) < 10 for order in orders):
        found = [each for _, each in sorted(zip(map(int, orders), found, strict=True), key=lambda p: p[0])]
    return [(number(each.get("X")), number(each.get("Y"))) for each in found]


def write(annotations: Annotations) -> tuple[bytes, tuple[Loss, ...]]:
    """Write ASAP XML.

    Returns
    -------
    data : bytes
        The same annotations give the same bytes.
    losses : tuple of Loss
        What the format cannot say: holes are filled, parts become annotations of their own, lines are left
        out; ids, measurements, metadata (the rater too), planes and hierarchy are gone.
    """
    report = LossReport()
    note_unsaid(annotations, _KEPT, report)
    items = list(annotations.flat())
    lines = ['<?xml version="1.0"?>', "<ASAP_Annotations>", "\t<Annotations>"]
    for number_, item in enumerate(items, start=1):
        lines += _written(item, f"annotation {number_}", report)
    lines += ["\t</Annotations>", "\t<AnnotationGroups>", *_groups(items)]
    lines += ["\t</AnnotationGroups>", "</ASAP_Annotations>", ""]
    return "\n".join(lines).encode(), report.losses()


def _written(item: Annotation, where: str, report: LossReport) -> list[str]:
    """Write one annotation as one element a part."""
    parts = list(simple_parts(item.geometry))
    shapes = [(part.exterior, "Polygon") for part in parts if part.geom_type == "Polygon"]
    dots = [part for part in parts if part.geom_type == "Point"]
    if dots:
        shapes.append((MultiPoint(dots), "PointSet" if len(dots) > 1 else "Dot"))
    holes = sum(len(part.interiors) for part in parts if part.geom_type == "Polygon")
    lines = sum(part.geom_type in ("LineString", "LinearRing") for part in parts)
    told = {
        "holes that are filled": holes,
        "lines left out": lines,
        "parts that become annotations of their own": len(shapes) if len(shapes) > 1 else 0,
    }
    for what, count in told.items():
        if count:
            report.add(where, f"{what}: {count}")
    return [line for shape, kind in shapes for line in _element(item, shape, kind)]


def _element(item: Annotation, shape: Geometry, kind: str) -> list[str]:
    positions = shapely.get_coordinates(rounded(shape)).tolist()
    if kind == "Polygon":
        positions.pop()  # the format does not repeat the first point
    colour = item.colour or item.label_colour or colour_of(item.label) or _DEFAULT
    head = {"Name": item.name, "Type": kind, "PartOfGroup": item.label or _NO_GROUP, "Color": _hex(colour)}
    places = [
        f'\t\t\t\t<Coordinate Order="{order}" X="{written(x)}" Y="{written(y)}" />'
        for order, (x, y) in enumerate(positions)
    ]
    opened = [f"\t\t<Annotation {_attributes(head)}>", "\t\t\t<Coordinates>"]
    return [*opened, *places, "\t\t\t</Coordinates>", "\t\t</Annotation>"]


def _groups(items: list[Annotation]) -> list[str]:
    """Write one group a class, with the colour of the class."""
    colours: dict[str, Colour] = {}
    for item in items:
        if item.label:
            colours.setdefault(item.label, item.label_colour or colour_of(item.label) or _DEFAULT)
    lines = []
    for label, colour in colours.items():
        head = {"Name": label, "PartOfGroup": _NO_GROUP, "Color": _hex(colour)}
        lines += [f"\t\t<Group {_attributes(head)}>", "\t\t\t<Attributes />", "\t\t</Group>"]
    return lines


def _attributes(values: dict[str, str]) -> str:
    """Write attributes; characters that XML cannot hold become U+FFFD."""
    blanks = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
    return " ".join(
        f"{name}={quoteattr(_UNSPEAKABLE.sub(chr(0xFFFD), value), blanks)}" for name, value in values.items()
    )


def _hex(colour: Colour) -> str:
    return "#{:02X}{:02X}{:02X}".format(*colour)
