"""W3C Web Annotations as Annotorious keeps them, read and written.

Source: Web Annotation Data Model, W3C Recommendation of 2017-02-23, with the fragment selector of Media
Fragments (``xywh=pixel:`` and ``xywh=percent:``) and the SVG selector. A ``tagging`` body is the class, a
``commenting`` body the name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from shapely.geometry import MultiLineString, MultiPolygon, Point, box

from statkit import json_text
from statkit.errors import UnknownFormatError
from statkit.pathology.annotations import json_fields, svg
from statkit.pathology.annotations.colours import SEPARATOR
from statkit.pathology.annotations.facts import PREFIX, UNKNOWN, ImageFacts
from statkit.pathology.annotations.geojson_geometry import rounded
from statkit.pathology.annotations.json_fields import Noting
from statkit.pathology.annotations.loss import Loss, LossReport, cited
from statkit.pathology.annotations.numbers import number, written
from statkit.pathology.annotations.parts import simple_parts
from statkit.pathology.annotations.shape import Annotation, Annotations, Geometry
from statkit.pathology.annotations.soundness import sound
from statkit.pathology.annotations.unsaid import note_unsaid

_CONTEXT: Final = "http://www.w3.org/ns/anno.jsonld"
_FRAGMENTS: Final = "http://www.w3.org/TR/media-frags/"
_XYWH: Final = re.compile(r"(?:^|[#&])xywh=(?:(pixel|percent):)?([^&]*)")
_PAGES: Final = ("AnnotationPage", "AnnotationCollection")
_KNOWN: Final = frozenset({"@context", "id", "type", "body", "target", "creator"})
_KEPT: Final = frozenset({"id", "name", "label", "ellipse", "children"})
_PURPOSES: Final = ("tagging", "commenting")
_RATER: Final = PREFIX + "rater"

Size = tuple[int, int]


def is_web_annotation(document: Any) -> bool:
    """Tell whether a JSON document is an annotation, a list of them, or a page of them."""
    first = document[0] if isinstance(document, list) and document else document
    kind = first.get("type") if isinstance(first, dict) else None
    kinds = kind if isinstance(kind, list) else [kind]
    return "Annotation" in kinds or any(page in kinds for page in _PAGES)


def read(data: bytes, path: str = "", *, image_size: Size | None = None) -> Annotations:
    """Read W3C Web Annotations.

    Parameters
    ----------
    data : bytes
        The whole document.
    path : str
        Where it came from, for messages.
    image_size : (width, height), optional
        Pixels; without it, fragments in percent are left out and named.

    Raises
    ------
    TruncatedFileError, MalformedFileError
        It is no JSON.
    UnknownFormatError
        It is JSON, but holds no annotation.
    """
    document = json_text.loads(data, path)
    if not is_web_annotation(document):
        raise UnknownFormatError(
            f"{path or 'this'} is no Web Annotation: it holds {cited(document)} without one.", path
        )
    return parsed(document, image_size=image_size)


def parsed(document: Any, *, image_size: Size | None = None) -> Annotations:
    """Read a document that `is_web_annotation`, parsed already."""
    report = LossReport()
    items = tuple(
        item
        for place, each in enumerate(_listed(document), start=1)
        for item in _read(each, f"annotation {place}", image_size, report)
    )
    facts = UNKNOWN.completed(ImageFacts.from_metadata(item.metadata) for item in items)
    return Annotations(items=items, losses=report.losses(), format="w3c", facts=facts)


def _listed(document: Any) -> list[Any]:
    """Give the annotations of a list, a page, or a collection with its first page inside."""
    if isinstance(document, list):
        return document
    if document.get("type") == "AnnotationCollection" and isinstance(document.get("first"), dict):
        document = document["first"]
    if document.get("type") in _PAGES:
        items = document.get("items")
        return items if isinstance(items, list) else []
    return [document]


def _read(given: Any, where: str, size: Size | None, report: LossReport) -> list[Annotation]:
    """Read one annotation: one shape a target."""

    def note(what: str) -> None:
        report.add(where, what)

    if not isinstance(given, dict):
        note(f"left out: it is {cited(given)}")
        return []
    for key in given:
        if key not in _KNOWN:
            note(f"property {cited(key)} is not kept")
    fields = _fields(given, note)
    found = []
    for target in _many(given.get("target")):
        try:
            geometry, is_ellipse = _shape(target, size, note)
            found.append(Annotation(geometry=sound(geometry, note), ellipse=is_ellipse, **fields))
        except ValueError as error:
            note(f"left out: {error}")
        fields["id"] = ""
    if not _many(given.get("target")):
        note("left out: it has no target")
    return found


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _fields(given: Mapping[str, Any], note: Noting) -> dict[str, Any]:
    """Read id, class, name and rater."""
    said: dict[str, list[str]] = {purpose: [] for purpose in _PURPOSES}
    for body in _many(given.get("body")):
        purpose, text = _body(body, note)
        if purpose in _PURPOSES:
            said[purpose].append(text)
        else:
            note(f"a body whose purpose is {cited(purpose)} is not kept")
    creator = given.get("creator")
    named = creator.get("name", creator.get("id")) if isinstance(creator, dict) else creator
    rater = json_fields.text(named, "creator", note)
    return {
        "id": json_fields.text(given.get("id"), "id", note),
        "label": SEPARATOR.join(said["tagging"]),
        "name": "; ".join(said["commenting"]),
        "metadata": {_RATER: rater} if rater else {},
    }


def _body(body: Any, note: Noting) -> tuple[Any, str]:
    if isinstance(body, str):
        return "tagging", body
    if not isinstance(body, dict):
        return None, ""
    if body.get("type") == "SpecificResource" and isinstance(body.get("source"), dict):
        body = {**body["source"], "purpose": body.get("purpose")}
        body.setdefault("value", body.get("label", body.get("id")))
    return _purpose(body.get("purpose", "commenting")), json_fields.text(body.get("value"), "body", note)


def _purpose(value: Any) -> Any:
    """Give the first purpose that is kept, of one or several; else what stands there."""
    return next((each for each in _many(value) if each in _PURPOSES), value)


def _shape(target: Any, size: Size | None, note: Noting) -> tuple[Geometry, bool]:
    """Read the shape of a target: of its first selector that can be read."""
    if isinstance(target, str):
        return _fragment(target, size), False
    if not isinstance(target, dict):
        raise ValueError(f"its target is {cited(target)}")
    selectors = _many(target.get("selector"))
    if not selectors:
        return _fragment(
            json_fields.text(target.get("source", target.get("id")), "source", note), size
        ), False
    refusals = []
    for selector in selectors:
        try:
            return _selected(selector, size, note)
        except ValueError as error:
            refusals.append(str(error))
    raise ValueError("; ".join(refusals))


def _selected(selector: Any, size: Size | None, note: Noting) -> tuple[Geometry, bool]:
    if not isinstance(selector, dict):
        raise ValueError(f"its selector is {cited(selector)}")
    kind, value = selector.get("type"), selector.get("value")
    if not isinstance(value, str):
        raise ValueError(f"a selector of type {cited(kind)} whose value is {cited(value)}")
    if kind == "FragmentSelector":
        return _fragment(value, size), False
    if kind == "SvgSelector":
        return svg.read(value, note)
    raise ValueError(f"selector {cited(kind)}; possible: FragmentSelector, SvgSelector")


def _fragment(text: str, size: Size | None) -> Geometry:
    """Read ``xywh=pixel:x,y,width,height``: a rectangle, or a point where both sides are 0."""
    found = _XYWH.search(text)
    if found is None:
        raise ValueError(f"{cited(text)} names no region; possible: xywh=pixel:x,y,width,height")
    sides = [number(each) for each in found[2].split(",")]
    if len(sides) != 4:
        raise ValueError(f"{cited(found[0])} has {len(sides)} numbers; possible: x,y,width,height")
    if found[1] == "percent":
        if size is None:
            raise ValueError("its region is in percent, and the size of the image is not known")
        sides = [side * size[place % 2] / 100 for place, side in enumerate(sides)]
    x, y, width, height = sides
    if not width and not height:
        return Point(x, y)
    if width <= 0 or height <= 0:
        raise ValueError(f"{cited(found[0])} encloses nothing")
    return box(x, y, x + width, y + height, ccw=False)


def write(annotations: Annotations, source: str = "") -> tuple[bytes, tuple[Loss, ...]]:
    """Write W3C Web Annotations: a JSON list, as Annotorious takes it.

    Parameters
    ----------
    annotations : Annotations
    source : str
        What the targets name as their image.

    Returns
    -------
    data : bytes
        The same annotations give the same bytes.
    losses : tuple of Loss
        What the format cannot say: colours, measurements, locks, planes, metadata but the rater. Points and
        mixed shapes become annotations of their own.
    """
    report = LossReport()
    made = []
    for place, item in enumerate(annotations.flat(), start=1):
        shapes = _shapes(item.geometry)
        if len(shapes) > 1:
            report.add(f"annotation {place}", f"its {len(shapes)} parts become annotations of their own")
        rater = item.metadata.get(_RATER, annotations.facts.rater)
        for number_, shape in enumerate(shapes, start=1):
            identity = (item.id or f"annotation-{place}") + (f"-{number_}" if number_ > 1 else "")
            made.append(_annotation(item, shape, identity, rater, source))
    note_unsaid(annotations, _KEPT, report, (_RATER,))
    lines = ",\n".join(map(json_text.dumps, made))
    return (f"[\n{lines}\n]\n" if lines else "[]\n").encode(), report.losses()


def _shapes(geometry: Geometry) -> list[Geometry]:
    """Give what one annotation each can hold: all areas, all lines, every point."""
    parts = list(simple_parts(geometry))
    areas = [part for part in parts if part.geom_type == "Polygon"]
    points = [part for part in parts if part.geom_type == "Point"]
    lines = [part for part in parts if part.geom_type in ("LineString", "LinearRing")]
    several = [(areas, MultiPolygon), (lines, MultiLineString)]
    return [each[0] if len(each) == 1 else many(each) for each, many in several if each] + points


def _annotation(
    item: Annotation, shape: Geometry, identity: str, rater: str | None, source: str
) -> dict[str, Any]:
    texts = (("tagging", item.label), ("commenting", item.name))
    made: dict[str, Any] = {
        "@context": _CONTEXT,
        "id": identity,
        "type": "Annotation",
        "body": [{"type": "TextualBody", "purpose": p, "value": text} for p, text in texts if text],
        "target": {"source": source, "selector": _selector(rounded(shape), item.ellipse)},
    }
    return made | ({"creator": {"type": "Person", "name": rater}} if rater else {})


def _selector(shape: Geometry, is_ellipse: bool) -> dict[str, str]:
    if shape.geom_type == "Point" or (not is_ellipse and _is_rectangle(shape)):
        left, top, right, bottom = shape.bounds
        sides = ",".join(written(side) for side in (left, top, right - left, bottom - top))
        return {"type": "FragmentSelector", "conformsTo": _FRAGMENTS, "value": f"xywh=pixel:{sides}"}
    return {"type": "SvgSelector", "value": svg.write(shape, is_ellipse=is_ellipse)}


def _is_rectangle(shape: Geometry) -> bool:
    """Tell whether it is a rectangle along the axes with nothing but its corners."""
    if shape.geom_type != "Polygon" or shape.interiors or len(shape.exterior.coords) != 5:
        return False
    return bool(shape.equals(box(*shape.bounds)))
