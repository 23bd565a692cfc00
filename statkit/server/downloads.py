"""What the page hands out: the snapshot as it is on disk, tables, the report, figures."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from statkit.api.exporting import export_bytes
from statkit.api.pictures import folder
from statkit.api.plotting import plot
from statkit.api.reporting import report
from statkit.data.run import Run
from statkit.errors import SourceError, UsageError
from statkit.server.images import DRAWING
from statkit.server.index import is_inside
from statkit.sources.base import read_bytes

_JSON: Final = "application/json"
_CSV: Final = "text/csv; charset=utf-8"
_OTHER: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Download:
    """A file handed out: its name, its media type, its bytes."""

    name: str
    media: str
    data: bytes


def snapshot(run: Run) -> Download:
    """Hand out the file that holds the last record, byte for byte.

    Raises
    ------
    SourceError
        If the run holds no record, or the file has gone or lies elsewhere.
    """
    run.require_rows()
    columns = next(each for name in run.declared if len(each := run.columns(name, ())))
    name = columns.provenance["file"][-1]
    path = os.path.join(run.directory, name)
    if not is_inside(run.directory, path):
        raise SourceError(f"{name} leads out of its run.", path)
    try:
        media = _JSON if name.endswith(".json") else _OTHER
        return Download(os.path.basename(name), media, read_bytes(path))
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror}.", path) from None


def _table(ending: str, form: str, media: str) -> Callable[[Run], Download]:
    def make(run: Run) -> Download:
        return Download(f"{folder(run.name)}{ending}", media, export_bytes([run], form))

    return make


def _rows_as_json(run: Run) -> Download:
    """One array of the rows that the NDJSON export has one a line."""
    lines = export_bytes([run], "ndjson").splitlines()
    return Download(f"{folder(run.name)}.json", _JSON, b"[\n" + b",\n".join(lines) + b"\n]\n")


def _report(run: Run) -> Download:
    with DRAWING:
        text = report(run, format="html").text
    return Download(f"{folder(run.name)}_report.html", "text/html; charset=utf-8", text.encode())


#: By the last part of the address.
FILES: Final[dict[str, Callable[[Run], Download]]] = {
    "snapshot": snapshot,
    "export.csv": _table(".csv", "csv", _CSV),
    "export.parquet": _table(".parquet", "parquet", "application/vnd.apache.parquet"),
    "export.json": _rows_as_json,
    "report.html": _report,
}

#: Formats of figures, and their media types.
FIGURES: Final = {"figure.png": ("png", "image/png"), "figure.svg": ("svg", "image/svg+xml")}


def figure(run: Run, form: str, metrics: list[str]) -> Download:
    """Draw metrics of a run.

    Raises
    ------
    UsageError
        If more than a dozen are asked for.
    MetricError
        If one does not exist or holds no number.
    """
    if len(metrics) > 12:
        raise UsageError(f"{len(metrics)} metrics are too many for one figure; possible are 12.")
    kind, media = FIGURES[form]
    with DRAWING:
        data = plot(run, metrics or None).to_bytes(kind)  # type: ignore[arg-type]
    return Download(f"{folder(run.name)}.{kind}", media, data)
