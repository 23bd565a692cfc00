"""The shapes of an SVG selector: a few elements are known, everything else is refused.

An area is what SVG would fill: an open outline counts as closed unless its ``fill`` is ``none``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import shapely
from shapely.geometry import GeometryCollection, LineString, MultiLineString, Polygon, box

from statkit.pathology.annotations import xml_tree
from statkit.pathology.annotations.json_fields import Noting
from statkit.pathology.annotations.loss import cited
from statkit.pathology.annotations.numbers import number, pairs, written
from statkit.pathology.annotations.parts import polygons, simple_parts
from statkit.pathology.annotations.shape import Geometry
from statkit.pathology.annotations.soundness import even_odd
from statkit.pathology.annotations.svg_path import Position, subpaths
from statkit.pathology.annotations.xml_tree import Element

#: Points of the polygon that stands for an ellipse, as in QuPath: the four outermost are among them.
ELLIPSE_POINTS: Final = 96

#: The most subpaths of one path.
MAX_SUBPATHS: Final = 500

_SILENT: Final = frozenset({"title", "desc", "metadata"})
_GROUPS: Final = frozenset({"svg", "g"})


def read(text: str, note: Noting) -> tuple[Geometry, bool]:
    """Read the shapes of an SVG document.

    Parameters
    ----------
    text : str
        Nothing of it is trusted.
    note : callable
        Told in words what was changed.

    Returns
    -------
    geometry : shapely geometry
        Several shapes as their union.
    is_ellipse : bool
        Whether it is one ellipse or circle.

    Raises
    ------
    ValueError
        It is no SVG, declares a document type or an entity, holds an element that is not known or a
        transform, or draws nothing.
    """
    root = xml_tree.parse(text.encode("utf-8", "replace"))
    if root.name != "svg":
        raise ValueError(f"XML whose root is {cited(root.name)} where svg belongs")
    shapes = list(_shapes(root))
    if not shapes:
        raise ValueError("SVG that draws nothing")
    geometries = [_READERS[shape.name](shape, note) for shape in shapes]
    is_ellipse = len(shapes) == 1 and shapes[0].name in ("ellipse", "circle")
    return (geometries[0] if len(geometries) == 1 else _together(geometries)), is_ellipse


def _shapes(element: Element) -> Iterator[Element]:
    if element.get("transform"):
        raise ValueError("SVG with a transform, which is refused")
    if element.name in _GROUPS:
        for child in element.children:
            yield from _shapes(child)
    elif element.name in _READERS:
        yield element
    elif element.name not in _SILENT:
        raise ValueError(f"SVG element {cited(element.name)} is refused; possible: {', '.join(_READERS)}, g")


def _together(geometries: list[Geometry]) -> Geometry:
    areas = [area for geometry in geometries for area in polygons(geometry)]
    lines = [
        part for geometry in geometries for part in simple_parts(geometry) if part.geom_type != "Polygon"
    ]
    union = [shapely.union_all([even_odd(area) for area in areas])] if areas else []
    parts = [*union, *lines]
    return parts[0] if len(parts) == 1 else GeometryCollection(parts)


def _polygon(element: Element, _note: Noting) -> Geometry:
    return _area(pairs(element.get("points")))


def _area(points: list[Position]) -> Geometry:
    if len(set(points)) < 3:
        raise ValueError("an outline of fewer than three different points")
    return Polygon(points)


def _polyline(element: Element, _note: Noting) -> Geometry:
    return _stroke(pairs(element.get("points")))


def _stroke(points: list[Position]) -> Geometry:
    if len(set(points)) < 2:
        raise ValueError("a line of fewer than two different points")
    return LineString(points)


def _line(element: Element, _note: Noting) -> Geometry:
    x1, y1, x2, y2 = (number(element.get(side) or "0") for side in ("x1", "y1", "x2", "y2"))
    return _stroke([(x1, y1), (x2, y2)])


def _rect(element: Element, note: Noting) -> Geometry:
    x, y = (number(element.get(side) or "0") for side in ("x", "y"))
    width, height = _lengths(element, "width", "height")
    if element.get("rx") or element.get("ry"):
        note("the round corners of a rectangle are not kept")
    return box(x, y, x + width, y + height, ccw=False)


def _circle(element: Element, _note: Noting) -> Geometry:
    (radius,) = _lengths(element, "r")
    return _round(element, radius, radius)


def _ellipse(element: Element, _note: Noting) -> Geometry:
    return _round(element, *_lengths(element, "rx", "ry"))


def _round(element: Element, rx: float, ry: float) -> Geometry:
    x, y = (number(element.get(side) or "0") for side in ("cx", "cy"))
    angles = np.arange(ELLIPSE_POINTS) * (math.tau / ELLIPSE_POINTS)
    return Polygon(np.stack([x + rx * np.cos(angles), y + ry * np.sin(angles)], axis=1))


def _lengths(element: Element, *names: str) -> list[float]:
    values = [number(element.get(name), name) for name in names]
    if min(values) <= 0:
        raise ValueError(f"a {element.name} without extent")
    return values


def _path(element: Element, note: Noting) -> Geometry:
    drawn, is_flattened = subpaths(element.get("d"))
    if is_flattened:
        note("curves are replaced by straight pieces")
    if element.get("fill") == "none":
        strokes = [_stroke([*sub.points, *sub.points[: sub.is_closed]]) for sub in drawn]
        return strokes[0] if len(strokes) == 1 else MultiLineString(strokes)
    if len(drawn) > MAX_SUBPATHS:
        raise ValueError(f"a path of more than {MAX_SUBPATHS:,} subpaths")
    rings = [Polygon(sub.points) for sub in drawn if len(set(sub.points)) > 2]
    if not rings:
        raise ValueError("a path that encloses nothing")
    if len(rings) == 1:
        return rings[0]
    return _odd_of(rings) if element.get("fill-rule") == "evenodd" else _non_zero(rings)


def _odd_of(rings: list[Geometry]) -> Geometry:
    """Keep what an odd number of rings encloses."""
    area = Polygon()
    for ring in map(even_odd, rings):
        area = area.symmetric_difference(ring)
    return area


def _non_zero(rings: list[Geometry]) -> Geometry:
    """Keep what rings wind around: a ring inside one of the other direction is a hole.

    Source: the ``nonzero`` rule of SVG, for rings that do not cross each other.
    """
    ordered = sorted(rings, key=lambda ring: -ring.area)
    whole = [even_odd(ring) for ring in ordered]
    turns = [1 if ring.exterior.is_ccw else -1 for ring in ordered]
    winding: list[int] = []
    area = Polygon()
    for place, ring in enumerate(whole):
        inner = ring.representative_point()
        above = max((p for p in range(place) if whole[p].contains(inner)), default=None)
        outside = winding[above] if above is not None else 0
        winding.append(outside + turns[place])
        if not outside:
            area = area.union(ring)
        elif not winding[place]:
            area = area.difference(ring)
    return area


_READERS: Final[dict[str, Callable[[Element, Noting], Geometry]]] = {
    "polygon": _polygon,
    "polyline": _polyline,
    "path": _path,
    "rect": _rect,
    "circle": _circle,
    "ellipse": _ellipse,
    "line": _line,
}


def write(geometry: Geometry, *, is_ellipse: bool = False) -> str:
    """Write a polygon, a multipolygon or lines as SVG.

    Holes and several parts become a path filled by the even-odd rule; an ellipse is written as such.
    """
    return f"<svg>{_element(geometry, is_ellipse)}</svg>"


def _element(geometry: Geometry, is_ellipse: bool) -> str:
    if is_ellipse:
        left, top, right, bottom = geometry.bounds
        cx, cy, rx, ry = (left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2
        sides = {"cx": cx, "cy": cy, "rx": rx, "ry": ry}
        return "<ellipse " + " ".join(f'{name}="{written(side)}"' for name, side in sides.items()) + "/>"
    if geometry.geom_type == "Polygon" and not geometry.interiors:
        return f'<polygon points="{_points(geometry.exterior, is_closed=True)}"/>'
    if geometry.geom_type == "LineString":
        return f'<polyline points="{_points(geometry, is_closed=False)}" fill="none"/>'
    areas = list(polygons(geometry))
    if areas:
        rings = [ring for area in areas for ring in (area.exterior, *area.interiors)]
        drawn = " ".join(f"M{_points(ring, is_closed=True).replace(' ', ' L')} Z" for ring in rings)
        return f'<path fill-rule="evenodd" d="{drawn}"/>'
    drawn = " ".join(f"M{_points(line, is_closed=False).replace(' ', ' L')}" for line in geometry.geoms)
    return f'<path fill="none" d="{drawn}"/>'


def _points(ring: Geometry, *, is_closed: bool) -> str:
    positions = shapely.get_coordinates(ring).tolist()
    return " ".join(f"{written(x)},{written(y)}" for x, y in positions[: -1 if is_closed else None])
