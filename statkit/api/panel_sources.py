"""The panels of a dashboard, from the arrays kept beside it or from the records alone."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from statkit.errors import SourceError
from statkit.records import Columns
from statkit.sources import sidecar

if TYPE_CHECKING:
    from statkit.views.panels import Panels

#: The panels that are made of arrays, and the array that each cannot do without.
_ARRAYS: Final = {
    "original": "images/input",
    "reconstruction": "images/output",
    "error map": "error",
    "attention": "attention/0",
}

#: Every panel that no record can fill.
OF_ARRAYS: Final = tuple(_ARRAYS)


def missing_from(arrays: Iterable[str]) -> tuple[str, ...]:
    """Name the panels that a sidecar of these arrays cannot fill."""
    there = set(arrays)
    return tuple(panel for panel, array in _ARRAYS.items() if array not in there)


def read_panels(path: str) -> Panels:
    """Read what a sidecar keeps.

    Raises
    ------
    SourceError
        If it is missing, damaged or not that of a dashboard.
    """
    from statkit.views.panels import Panels

    try:
        return Panels.from_arrays(*sidecar.read(path))
    except ValueError as error:
        raise SourceError(f"{os.path.basename(path)}: {error}.", path) from None


def record_panels(columns: Columns, phase: str, number: int) -> Panels:
    """Make panels of records: no image, no map, but every curve and number up to one batch."""
    from statkit.analysis.batch_history import batch_history
    from statkit.views.batch_charts import ATTENTION_METRICS, FIELDS
    from statkit.views.panels import Panels

    found = batch_history(columns, phase, number, FIELDS, ATTENTION_METRICS)
    record = found.record
    return Panels(
        phase=phase,
        number=number,
        epoch=record.epoch,
        step=record.step,
        batch_index=record.batch_index,
        record=dict(record.values),
        meta={name: record.values.get(name) for name in ("sample_ids", "patient_ids", "mpp", "tile_origin")},
        progress=found.progress,
    )
