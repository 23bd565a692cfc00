"""Shapes as masks: a pixel belongs to a shape when its centre lies inside.

The pixel of column c and row r covers [c, c + 1) × [r, r + 1), its centre is (c + ½, r + ½); so the square
from (0, 0) to (4, 4) covers 16 pixels. A centre exactly on an outline belongs to the shape right of it or
below it: shapes that share an edge share no pixel and leave none out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from statkit.pathology.annotations.loss import Loss, LossReport
from statkit.pathology.annotations.parts import polygons
from statkit.pathology.annotations.shape import Annotation, Annotations, Geometry

Mask = NDArray[np.bool_]

#: The most pixels of a mask.
MAX_PIXELS: Final = 1 << 28

#: Crossings of outlines with rows worked on at a time.
_AT_ONCE: Final = 1 << 20


def rasterise(
    annotations: Annotations | Collection[Annotation],
    shape: tuple[int, int],
    *,
    labels: Collection[str] | str | None = None,
    origin: tuple[float, float] = (0.0, 0.0),
    downsample: float = 1.0,
) -> Mask:
    """Give the pixels that annotations cover.

    Parameters
    ----------
    annotations : Annotations or collection of Annotation
        Those inside others count too.
    shape : (height, width)
        Of the mask, in its own pixels.
    labels : str or collection of str, optional
        Only these classes and those derived from them; the empty text asks for the unclassified. Default:
        every class, and the unclassified. A class that QuPath leaves out of measurements (``Region*``,
        ``Tumor: Ignore*``) counts only where it is asked for by its own name.
    origin : (x, y)
        Where the mask's corner lies, in pixels of the annotations: a tile's place in its slide.
    downsample : float
        Pixels of the annotations along one pixel of the mask.

    Returns
    -------
    ndarray of bool, shape (height, width)
        The union. Points and lines cover nothing (`unfilled` names them), nor do TMA cores.

    Raises
    ------
    ValueError
        A shape or downsample that is no size.
    """
    height, width = shape
    if height < 0 or width < 0 or height * width > MAX_PIXELS or not 0 < downsample < np.inf:
        raise ValueError(
            f"a mask of {width} × {height} pixels at downsample {downsample:g}; possible are up to "
            f"{MAX_PIXELS:,} pixels and a downsample above 0"
        )
    mask = np.zeros(shape, dtype=np.bool_)
    for annotation in _chosen(annotations, labels):
        for polygon in polygons(annotation.geometry):
            _fill(mask, polygon, origin, downsample)
    return mask


def unfilled(
    annotations: Annotations | Collection[Annotation], *, labels: Collection[str] | str | None = None
) -> tuple[Loss, ...]:
    """Name the annotations that `rasterise` passes over because they have no area: points and lines."""
    report = LossReport()
    for number, annotation in enumerate(_chosen(annotations, labels), start=1):
        if not annotation.geometry.area:
            named = annotation.name or annotation.label
            kind = annotation.geometry.geom_type
            report.add(f"annotation {number}" + (f" ({named})" if named else ""), f"a {kind} covers no pixel")
    return report.losses()


def _chosen(
    annotations: Annotations | Collection[Annotation], labels: Collection[str] | str | None
) -> Iterator[Annotation]:
    wanted = (labels,) if isinstance(labels, str) else labels
    items = annotations.items if isinstance(annotations, Annotations) else annotations
    for item in items:
        for annotation in item.flat():
            if not annotation.is_frame and _is_wanted(annotation, wanted):
                yield annotation


def _is_wanted(annotation: Annotation, labels: Collection[str] | None) -> bool:
    if labels is not None and annotation.label in labels:
        return True
    return not annotation.is_ignored and (labels is None or any(map(annotation.is_labelled, labels)))


def _fill(mask: Mask, polygon: Geometry, origin: tuple[float, float], downsample: float) -> None:
    """Add one polygon: along each row, inside changes at every edge that the row of centres crosses."""
    starts, ends = _edges(polygon, origin, downsample)
    points = np.concatenate([starts, ends])
    top, left = _first(points[:, 1].min(), mask.shape[0]), _first(points[:, 0].min(), mask.shape[1])
    bottom, right = _first(points[:, 1].max(), mask.shape[0]), _first(points[:, 0].max(), mask.shape[1])
    if top >= bottom or left >= right:
        return
    changes = np.zeros((bottom - top, right - left), dtype=np.bool_)
    for rows, columns in _crossings(starts, ends, (top, bottom), (left, right)):
        np.logical_xor.at(changes, (rows - top, columns - left), True)
    mask[top:bottom, left:right] |= np.logical_xor.accumulate(changes, axis=1)


def _edges(
    polygon: Geometry, origin: tuple[float, float], downsample: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the ends of all edges, holes' too, in coordinates where centres are whole numbers; y upwards."""
    rings = [(shapely.get_coordinates(ring) - origin) / downsample - 0.5 for ring in _rings(polygon)]
    starts = np.concatenate([ring[:-1] for ring in rings])
    ends = np.concatenate([ring[1:] for ring in rings])
    turned = (starts[:, 1] > ends[:, 1])[:, np.newaxis]
    return np.where(turned, ends, starts), np.where(turned, starts, ends)


def _rings(polygon: Geometry) -> list[Geometry]:
    return [polygon.exterior, *polygon.interiors]


def _first(coordinate: float, limit: int) -> int:
    """Give the first whole number that is not below a coordinate, within 0 and a limit."""
    return int(np.ceil(min(max(coordinate, 0), limit)))


def _crossings(
    starts: NDArray[np.float64], ends: NDArray[np.float64], rows: tuple[int, int], columns: tuple[int, int]
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Give row and first column right of every crossing, but those right of the last column."""
    first = np.ceil(np.clip(starts[:, 1], *rows)).astype(np.intp)
    counts = np.ceil(np.clip(ends[:, 1], *rows)).astype(np.intp) - first
    crossing = np.flatnonzero(counts)
    blocks = np.cumsum(counts[crossing]) // _AT_ONCE
    for block in np.split(crossing, np.flatnonzero(np.diff(blocks)) + 1):
        edge = np.repeat(block, counts[block])
        within = np.arange(len(edge)) - np.repeat(np.cumsum(counts[block]) - counts[block], counts[block])
        row = first[edge] + within
        low, high = starts[edge], ends[edge]
        share = (row - low[:, 1]) / (high[:, 1] - low[:, 1])
        x = low[:, 0] + share * (high[:, 0] - low[:, 0])
        column = np.ceil(np.clip(x, *columns)).astype(np.intp)
        inside = column < columns[1]
        yield row[inside], column[inside]
