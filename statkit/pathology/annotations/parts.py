"""The simple shapes that a geometry is made of."""

from __future__ import annotations

from collections.abc import Iterator

import shapely

from statkit.pathology.annotations.shape import Geometry


def simple_parts(geometry: Geometry) -> Iterator[Geometry]:
    """Give every point, line and polygon, also of collections inside collections."""
    for part in shapely.get_parts(geometry):
        if hasattr(part, "geoms"):
            yield from simple_parts(part)
        else:
            yield part


def polygons(geometry: Geometry) -> Iterator[Geometry]:
    """Give the polygons among the simple parts."""
    return (part for part in simple_parts(geometry) if part.geom_type == "Polygon" and not part.is_empty)
