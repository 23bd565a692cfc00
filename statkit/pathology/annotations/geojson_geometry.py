"""GeoJSON geometries as QuPath writes them, to shapely and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
)

from statkit.pathology.annotations.loss import cited
from statkit.pathology.annotations.shape import Geometry
from statkit.pathology.annotations.soundness import sound

#: Decimals of a pixel that are written, as QuPath does.
DECIMALS: Final = 2

#: The largest coordinate that is believed (pixels).
FARTHEST: Final = 1e9

#: Levels of geometry collections inside each other.
MAX_LEVELS: Final = 8

_Numbers = NDArray[np.float64]


def parsed(document: Any, repaired: Callable[[str], None]) -> Geometry:
    """Make a geometry of a GeoJSON object.

    Parameters
    ----------
    document : object
        As JSON gave it; nothing of it is trusted.
    repaired : callable
        Told what had to be mended: a ring left open is closed without a word.

    Returns
    -------
    shapely geometry
        Valid, not empty; a third coordinate is left out.

    Raises
    ------
    ValueError
        Says why it is none.
    """
    geometry = _parsed(document, MAX_LEVELS)
    return sound(geometry, repaired)


def _parsed(document: Any, levels: int) -> Geometry:
    if not isinstance(document, dict):
        raise ValueError(f"its geometry is {cited(document)}")
    kind = document.get("type")
    if kind == "GeometryCollection":
        if not levels:
            raise ValueError(f"more than {MAX_LEVELS} geometry collections inside each other")
        parts = _listed(document.get("geometries"), "geometries")
        return GeometryCollection([_parsed(part, levels - 1) for part in parts])
    maker = _MAKERS.get(kind) if isinstance(kind, str) else None
    if maker is None:
        raise ValueError(f"geometry type {cited(kind)}; possible: {', '.join(_MAKERS)}, GeometryCollection")
    return maker(document.get("coordinates"))


def _point(coordinates: Any) -> Geometry:
    return Point(_positions([coordinates])[0])


def _multi_point(coordinates: Any) -> Geometry:
    return MultiPoint(_positions(coordinates))


def _line(coordinates: Any) -> Geometry:
    positions = _positions(coordinates)
    if len(positions) < 2:
        raise ValueError("a line of one point")
    return LineString(positions)


def _multi_line(coordinates: Any) -> Geometry:
    return MultiLineString([_line(part) for part in _listed(coordinates, "coordinates")])


def _polygon(coordinates: Any) -> Geometry:
    rings = [_ring(ring) for ring in _listed(coordinates, "coordinates")]
    return Polygon(rings[0], rings[1:])


def _multi_polygon(coordinates: Any) -> Geometry:
    return MultiPolygon([_polygon(part) for part in _listed(coordinates, "coordinates")])


_MAKERS: Final[dict[str, Callable[[Any], Geometry]]] = {
    "Point": _point,
    "MultiPoint": _multi_point,
    "LineString": _line,
    "MultiLineString": _multi_line,
    "Polygon": _polygon,
    "MultiPolygon": _multi_polygon,
}


def _listed(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"its {what} are {cited(value)}")
    if not value:
        raise ValueError(f"its {what} are empty")
    return value


def _ring(coordinates: Any) -> _Numbers:
    positions = _positions(coordinates)
    if len(np.unique(positions, axis=0)) < 3:
        raise ValueError("a ring of fewer than three different points")
    return positions  # shapely closes it


def _positions(coordinates: Any) -> _Numbers:
    rows = [_position(each) for each in _listed(coordinates, "coordinates")]
    return np.array(rows, dtype=np.float64)


def _position(value: Any) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) < 2:
        raise ValueError(f"a position is {cited(value)} where [x, y] belongs")
    return _coordinate(value[0]), _coordinate(value[1])


def _coordinate(value: Any) -> float:
    if type(value) not in (int, float):
        raise ValueError(f"a coordinate is {cited(value)}")
    if not -FARTHEST <= value <= FARTHEST:  # NaN and infinity too
        raise ValueError(f"a coordinate of {cited(value)} is beyond {FARTHEST:g} pixels")
    return float(value)


def built(geometry: Geometry) -> dict[str, Any]:
    """Write a geometry as a GeoJSON object.

    Two decimals, rings closed, a multipolygon of one part as polygon. A shape that two decimals would
    collapse or make invalid is written as exactly as floats are.
    """
    if geometry.geom_type == "GeometryCollection":
        return {"type": "GeometryCollection", "geometries": [built(part) for part in geometry.geoms]}
    only = _only_part(rounded(geometry))
    return {"type": only.geom_type, "coordinates": _COORDINATES[only.geom_type](only)}


def rounded(geometry: Geometry) -> Geometry:
    """Round every coordinate to two decimals; a shape that this would collapse or break stays as it is."""
    shorter = shapely.transform(geometry, lambda positions: np.round(positions, DECIMALS) + 0.0)
    intact = shapely.is_valid(shorter) and (not geometry.area or shorter.area)
    return shorter if intact else geometry


def _only_part(geometry: Geometry) -> Geometry:
    alone = (
        geometry.geom_type in ("MultiPolygon", "MultiLineString", "MultiPoint") and len(geometry.geoms) == 1
    )
    return geometry.geoms[0] if alone else geometry


def _pairs(positions: Any) -> list[list[float]]:
    return [[_short(x), _short(y)] for x, y in shapely.get_coordinates(positions).tolist()]


def _short(value: float) -> float:
    return int(value) if value.is_integer() else value


def _rings(polygon: Geometry) -> list[list[list[float]]]:
    return [_pairs(polygon.exterior), *(_pairs(hole) for hole in polygon.interiors)]


def _each(of: Callable[[Geometry], Any]) -> Callable[[Geometry], list[Any]]:
    return lambda geometry: [of(part) for part in geometry.geoms]


_COORDINATES: Final[dict[str, Callable[[Geometry], Sequence[Any]]]] = {
    "Point": lambda point: _pairs(point)[0],
    "MultiPoint": _pairs,
    "LineString": _pairs,
    "LinearRing": _pairs,
    "MultiLineString": _each(_pairs),
    "Polygon": _rings,
    "MultiPolygon": _each(_rings),
}
