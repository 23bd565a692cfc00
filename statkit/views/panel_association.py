"""How attention and tissue go together, where the record says: a dot on a line for each measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from statkit.analysis.clinical.batch_record import LAYER
from statkit.records import is_number
from statkit.views.numbers import float_of, number_text
from statkit.views.plot_area import FAINT, INK, QUIET
from statkit.views.sheet import Sheet

#: Pixels from one line to the next.
LINE: Final = 20

_SIZE: Final = 9.5
_DOT: Final = "#0072b2"
_TITLE: Final = "Attention and tissue"
_NOTE: Final = "an association, not a relevance"


@dataclass(frozen=True, slots=True)
class Measure:
    """The end of a key, what people call it, and the ends of its scale."""

    key: str
    title: str
    low: float
    high: float


#: By the last part of the key.
MEASURES: Final = (
    Measure("nuclear_attention_overlap", "overlap with nuclei", 0.0, 1.0),
    Measure("tissue_attention_correlation", "correlation with tissue", -1.0, 1.0),
    Measure("spatial_consistency", "spatial consistency", -1.0, 1.0),
)


def measured(record: Mapping[str, Any]) -> list[tuple[Measure, float]]:
    """Give the measures of a record, each of the shortest key that ends with its name."""
    found = []
    for measure in MEASURES:
        keys = [key for key, value in record.items() if key.endswith(measure.key) and is_number(value)]
        if keys:
            found.append((measure, float_of(record[min(keys, key=len)])))
    return found


def height(record: Mapping[str, Any]) -> int:
    """Give the room it needs, in pixels: none where nothing was measured."""
    count = len(measured(record))
    return (count + 1) * LINE + 6 if count else 0


def draw(sheet: Sheet, left: int, y: int, width: int, record: Mapping[str, Any]) -> None:
    """Draw a line for each measure, with a stroke at no association."""
    found = measured(record)
    if not found:
        return
    layer = record.get(LAYER)
    title = f"{_TITLE}: {layer}" if isinstance(layer, str) else _TITLE
    sheet.text(left, y, title, size=10, bold=True, colour=INK, most=width - 150)
    sheet.text(left + width, y, _NOTE, size=8.5, colour=QUIET, align="right", most=width - 160)
    for measure, value in found:
        y += LINE
        sheet.text(left, y, measure.title, size=_SIZE, colour=QUIET)
        sheet.text(left + 215, y, number_text(value, ".3f", ""), size=_SIZE, colour=INK, align="right")
        _gauge(sheet, left + 235, y - 4, width - 245, measure, value)


def _gauge(sheet: Sheet, x: float, y: float, width: float, measure: Measure, value: float) -> None:
    span = measure.high - measure.low
    sheet.line([(x, y), (x + width, y)], colour=FAINT, width=1.4)
    zero = x - width * measure.low / span
    sheet.line([(zero, y - 5), (zero, y + 5)], colour=QUIET, width=1.0)
    if value == value:
        share = min(1.0, max(0.0, (value - measure.low) / span))
        sheet.dot(x + width * share, y, 4.0, colour=_DOT, edge="#ffffff")
