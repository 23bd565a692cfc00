"""QuPath GeoJSON, read and written: versions 0.2 to 0.6.

Source: ``QuPathTypeAdapters`` and ``ROITypeAdapters`` of QuPath. Up to 0.3 the kind of an object stands in
``object_type`` (0.2: in ``id``), colours are packed integers (``colorRGB``) and measurements a list; since
0.4 ``id`` is a UUID and measurements an object; since 0.5 there are metadata.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from statkit import json_text
from statkit.errors import UnknownFormatError
from statkit.pathology.annotations import geojson_geometry, json_fields
from statkit.pathology.annotations.colours import SEPARATOR, Colour
from statkit.pathology.annotations.facts import ImageFacts
from statkit.pathology.annotations.json_fields import Noting
from statkit.pathology.annotations.loss import LossReport, cited
from statkit.pathology.annotations.shape import (
    DEFAULT_PLANE,
    OBJECT_TYPES,
    Annotation,
    Annotations,
    Geometry,
    Plane,
)

#: Levels of objects inside objects that are read; deeper ones are named and left out.
MAX_LEVELS: Final = 24

_LEGACY_TYPES: Final = {
    "PathAnnotationObject": "annotation",
    "PathDetectionObject": "detection",
    "PathCellObject": "cell",
    "PathTileObject": "tile",
    "TMACoreObject": "tmaCore",
    "PathRootObject": "root",
    "tma_core": "tmaCore",
    "unknown": "annotation",
}
_GEOMETRIES: Final = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)
_PROPERTIES: Final = frozenset(
    {"objectType", "object_type", "type", "name", "color", "colorRGB", "classification", "isLocked"}
    | {"measurements", "metadata", "childObjects", "children"}
)


def is_geojson(document: Any) -> bool:
    """Tell whether a JSON document is GeoJSON: a collection, a feature, a list of features, a geometry."""
    if isinstance(document, list):
        return all(isinstance(each, dict) and each.get("type") == "Feature" for each in document[:1])
    kind = document.get("type") if isinstance(document, dict) else None
    return isinstance(kind, str) and (kind in ("FeatureCollection", "Feature") or kind in _GEOMETRIES)


def read(data: bytes, path: str = "") -> Annotations:
    """Read QuPath GeoJSON.

    Parameters
    ----------
    data : bytes
        The whole document.
    path : str
        Where it came from, for messages.

    Returns
    -------
    Annotations
        A feature that cannot be read is left out and named in ``losses``.

    Raises
    ------
    TruncatedFileError, MalformedFileError
        It is no JSON.
    UnknownFormatError
        It is JSON, but no GeoJSON.
    """
    return parsed(json_text.loads(data, path), path)


def parsed(document: Any, path: str = "") -> Annotations:
    """Read GeoJSON that is parsed already; raises as `read`."""
    if not is_geojson(document):
        raise UnknownFormatError(
            f"{path or 'this'} is no GeoJSON: it holds {cited(document)} without features.", path
        )
    report = LossReport()
    features = _features(document, report)
    found = (
        _annotation(feature, f"feature {number}", report, MAX_LEVELS)
        for number, feature in enumerate(features, start=1)
    )
    items = tuple(item for item in found if item is not None)
    kept = document.get("metadata") if isinstance(document, dict) else None
    metadata = json_fields.metadata(kept, lambda what: report.add("the collection", what))
    facts = ImageFacts.from_metadata(metadata).completed(
        ImageFacts.from_metadata(item.metadata) for item in items
    )
    return Annotations(items=items, losses=report.losses(), facts=facts, metadata=metadata)


def _features(document: Any, report: LossReport) -> list[Any]:
    if isinstance(document, list):
        return document
    if document["type"] == "Feature":
        return [document]
    if document["type"] in _GEOMETRIES:
        return [{"type": "Feature", "geometry": document}]
    features = document.get("features")
    if isinstance(features, list):
        return features
    report.add("the collection", f"its features are {cited(features)}")
    return []


def _annotation(feature: Any, where: str, report: LossReport, levels: int) -> Annotation | None:
    """Read one feature; None, and a loss, where it cannot be."""

    def note(what: str) -> None:
        report.add(where, what)

    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        note("left out: it is no feature")
        return None
    properties = feature.get("properties")
    if properties is not None and not isinstance(properties, dict):
        note(f"its properties are {cited(properties)}")
    properties = properties if isinstance(properties, dict) else {}
    children = _children(properties, where, report, levels)
    try:
        geometry = geojson_geometry.parsed(feature.get("geometry"), note)
    except ValueError as error:
        kept = f"; {len(children)} objects inside it are left out too" if children else ""
        note(f"left out: {error}{kept}")
        return None
    fields = _shape_fields(feature, geometry, note) | _property_fields(properties, note)
    bare = Annotation(geometry=geometry, **fields)
    return replace(bare, children=children, object_type=_object_type(feature, properties, note))


def _children(
    properties: Mapping[str, Any], where: str, report: LossReport, levels: int
) -> tuple[Annotation, ...]:
    given = properties.get("childObjects", properties.get("children"))
    if given is None:
        return ()
    if not isinstance(given, list):
        report.add(where, f"its objects inside are {cited(given)}")
        return ()
    if not levels and given:
        report.add(where, f"objects more than {MAX_LEVELS} levels inside each other are left out")
        return ()
    found = (
        _annotation(child, f"{where}, child {number}", report, levels - 1)
        for number, child in enumerate(given, start=1)
    )
    return tuple(child for child in found if child is not None)


def _shape_fields(feature: Mapping[str, Any], shape: Geometry, note: Noting) -> dict[str, Any]:
    """Read what stands beside the coordinates, and the id."""
    given = feature["geometry"]
    is_outline = shape.geom_type == "Polygon" and not shape.interiors
    identity = json_fields.text(feature.get("id"), "id", note)
    nucleus = None
    if feature.get("nucleusGeometry") is not None:
        try:
            nucleus = geojson_geometry.parsed(feature["nucleusGeometry"], note)
        except ValueError as error:
            note(f"its nucleus is left out: {error}")
    return {
        "id": "" if identity in _LEGACY_TYPES else identity,
        "ellipse": given.get("isEllipse") is True and is_outline,
        "plane": _plane(given.get("plane"), note),
        "nucleus": nucleus,
    }


def _plane(value: Any, note: Noting) -> Plane:
    if value is None:
        return DEFAULT_PLANE
    if isinstance(value, dict):
        defaults = DEFAULT_PLANE._asdict()
        sides: dict[str, Any] = {side: value.get(side, default) for side, default in defaults.items()}
        if all(type(side) is int and -1 <= side < 1 << 31 for side in sides.values()):
            return Plane(**sides)
    note(f"its plane {cited(value)} is no c, z and t")
    return DEFAULT_PLANE


def _property_fields(properties: Mapping[str, Any], note: Noting) -> dict[str, Any]:
    for key in properties:
        if key not in _PROPERTIES:
            note(f"property {cited(key)} is not kept")
    label, label_colour = _classification(properties.get("classification"), note)
    own = properties.get("color", properties.get("colorRGB"))
    return {
        "name": json_fields.text(properties.get("name"), "name", note),
        "label": label,
        "colour": json_fields.colour(own, "colour", note),
        "label_colour": label_colour,
        "locked": properties.get("isLocked") is True,
        "measurements": json_fields.measurements(properties.get("measurements"), note),
        "metadata": json_fields.metadata(properties.get("metadata"), note),
    }


def _classification(value: Any, note: Noting) -> tuple[str, Colour | None]:
    if value is None or isinstance(value, str):
        return value or "", None
    if not isinstance(value, dict):
        note(f"its classification is {cited(value)}")
        return "", None
    names = value.get("names")
    if isinstance(names, list):
        label = SEPARATOR.join(json_fields.text(name, "class", note) for name in names)
    else:
        label = json_fields.text(value.get("name"), "class", note)
    return label, json_fields.colour(value.get("color", value.get("colorRGB")), "class's colour", note)


def _object_type(feature: Mapping[str, Any], properties: Mapping[str, Any], note: Noting) -> str:
    keys = ("objectType", "object_type", "type")
    given = next((properties[key] for key in keys if key in properties), feature.get("id"))
    named = _LEGACY_TYPES.get(given, given) if isinstance(given, str) else given
    if named in OBJECT_TYPES:
        return str(named)
    if any(key in properties for key in keys):
        note(f"object type {cited(given)} is not known; it is read as an annotation")
    return "annotation"


def write(annotations: Annotations) -> bytes:
    """Write QuPath GeoJSON as version 0.5 and later read it: the same annotations, the same bytes.

    One feature a line. The collection's own metadata and facts go into a ``metadata`` member, which QuPath
    passes over.
    """
    own = {**annotations.metadata, **annotations.facts.to_metadata()}
    head = f'"metadata":{json_text.dumps(own)},' if own else ""
    lines = ",\n".join(json_text.dumps(_feature(item)) for item in annotations.items)
    middle = f"\n{lines}\n" if lines else ""
    return f'{{"type":"FeatureCollection",{head}"features":[{middle}]}}\n'.encode()


def _feature(item: Annotation) -> dict[str, Any]:
    geometry = geojson_geometry.built(item.geometry)
    if item.plane != DEFAULT_PLANE:
        geometry["plane"] = item.plane._asdict()
    if item.ellipse:
        geometry["isEllipse"] = True
    feature: dict[str, Any] = {"type": "Feature"}
    if item.id:
        feature["id"] = item.id
    feature["geometry"] = geometry
    if item.nucleus is not None:
        feature["nucleusGeometry"] = geojson_geometry.built(item.nucleus)
    return {**feature, "properties": _properties(item)}


def _properties(item: Annotation) -> dict[str, Any]:
    """Give the properties; those that say nothing are left out, as QuPath does."""
    given: dict[str, Any] = {
        "name": item.name,
        "color": item.colour and list(item.colour),
        "classification": _written_class(item),
        "isLocked": item.locked,
        "measurements": dict(item.measurements),
        "childObjects": [_feature(child) for child in item.children],
        "metadata": dict(item.metadata),
    }
    return {"objectType": item.object_type} | {key: value for key, value in given.items() if value}


def _written_class(item: Annotation) -> dict[str, Any] | None:
    if not item.label:
        return None
    names = item.label.split(SEPARATOR)
    named: dict[str, Any] = {"name": item.label} if len(names) == 1 else {"names": names}
    return named | ({"color": list(item.label_colour)} if item.label_colour else {})
