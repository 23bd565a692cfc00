"""Annotations written to a file, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from statkit.errors import UsageError
from statkit.pathology.annotations import asap, qupath, w3c
from statkit.pathology.annotations.loss import Loss
from statkit.pathology.annotations.shape import Annotations
from statkit.writers.atomic import replace_file


def write(
    path: str | os.PathLike[str], annotations: Annotations, format: str = "geojson"
) -> tuple[Loss, ...]:
    """Write annotations, atomically and durably.

    Parameters
    ----------
    path : path
        The target; its directory exists.
    annotations : Annotations
    format : {"geojson", "w3c", "asap"}

    Returns
    -------
    tuple of Loss
        What the format cannot hold; empty for ``geojson``.

    Raises
    ------
    UsageError
        There is no such format.
    OSError
        Whatever a call raised; the target is then the old or the new file, whole.
    """
    data, losses = written(annotations, format)
    replace_file(os.path.abspath(path), [data])
    return losses


def written(annotations: Annotations, format: str = "geojson") -> tuple[bytes, tuple[Loss, ...]]:
    """Give the bytes of such a file and what they cannot hold; raises UsageError as `write`."""
    writer = _WRITERS.get(format)
    if writer is None:
        raise UsageError(f"{format!r} is no format of annotations; possible: {', '.join(_WRITERS)}.")
    return writer(annotations)


def _geojson(annotations: Annotations) -> tuple[bytes, tuple[Loss, ...]]:
    return qupath.write(annotations), ()


_WRITERS: Final[dict[str, Callable[[Annotations], tuple[bytes, tuple[Loss, ...]]]]] = {
    "geojson": _geojson,
    "w3c": w3c.write,
    "asap": asap.write,
}
