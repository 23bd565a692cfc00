"""What files put into columns, made sound: numbers written as text, NaN counted, kinds unmixed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from statkit.json_text import dumps
from statkit.records import Columns, Notice, is_number, kinds_of
from statkit.schema import lookup

_TENSOR = re.compile(r"tensor\(\s*([^,()\s]+)\s*(?:,[^()]*)?\)")


def parse_number(text: str) -> int | float | None:
    """Read a number written as text: ``"0.0123"``, ``"tensor(0.5)"``, ``"NaN"``; None if it is none."""
    text = text.strip()
    tensor = _TENSOR.fullmatch(text)
    if tensor:
        text = tensor[1]
    if "_" in text:  # Python accepts 1_000, files do not mean it
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None


def normalise(columns: Columns, path: str) -> Columns:
    """Clean every column and note what was found; a column that needs it is replaced, never written into.

    In columns that are numeric (by the catalogue, or because at least half of their values are
    numbers) text that is a number becomes one and everything else, truth values too, becomes missing,
    with one ``numeric-string`` notice a column; NaN and infinity are counted in one ``non-finite``
    notice for the series; a column that mixes kinds beyond mending becomes text.
    """
    non_finite: list[str] = []
    for name, given in list(columns.fields.items()):
        kinds = kinds_of(given)
        mended = given
        if not kinds <= {int, float} and _are_numbers(name, given, kinds):
            mended = list(given)
            _make_numbers(name, mended, columns, path)
            kinds = kinds_of(mended)
        if len(kinds) > 1 and kinds != {int, float}:
            mended = list(mended)
            _unmix(name, mended, kinds)
        if mended is not given:
            columns.fields[name] = mended
        if float in kinds:
            count = _non_finite(mended)
            if count:
                non_finite.append(f"{name} {count}")
    if non_finite:
        more = f" and {len(non_finite) - 4} more fields" if len(non_finite) > 4 else ""
        text = f"NaN or infinity in {len(columns):,} rows: {', '.join(non_finite[:4])}{more}"
        columns.notices.append(Notice("non-finite", path, text))
    return columns


def _non_finite(column: Sequence[Any]) -> int:
    """Count NaN and infinity; a sum tells at once where there is none."""
    try:
        if math.isfinite(sum(column)):
            return 0
    except (TypeError, OverflowError):  # gaps, or integers beyond a float
        pass
    return sum(1 for value in column if type(value) is float and value - value != 0.0)


def _are_numbers(name: str, column: Sequence[Any], kinds: set[type]) -> bool:
    """Tell whether a column with other values among them, or nothing else, is one of numbers."""
    kind = lookup(name).kind
    if kind is not None:
        return kind == "number"
    if kinds == {str}:
        return all(value is None or _TENSOR.fullmatch(value.strip()) for value in column)
    if kinds.isdisjoint({int, float}):
        return False
    filled = [value for value in column if value is not None]
    return 2 * sum(as_number(value) is not None for value in filled) >= len(filled)


def _make_numbers(name: str, column: list[Any], columns: Columns, path: str) -> None:
    """Convert text that is a number; what is none becomes missing."""
    odd = [(row, value) for row, value in enumerate(column) if value is not None and not is_number(value)]
    for row, value in odd:
        column[row] = as_number(value)
    lost = [(row, value) for row, value in odd if column[row] is None]
    text = f"{name}: of {len(column):,} values"
    if len(lost) < len(odd):
        text += f" {len(odd) - len(lost):,} are numbers written as text, converted"
    if lost:
        row, value = lost[0]
        files = columns.provenance.get("file")
        where = f" in {files[row]}" if files else ""
        joint = "," if len(lost) < len(odd) else ""
        text += f"{joint} {len(lost):,} are no numbers ({_shown(value)}{where}) and count as missing"
    columns.notices.append(Notice("numeric-string", path, text))


def _shown(value: Any) -> str:
    text = dumps(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


_LONGEST = 20


def _unmix(name: str, column: list[Any], kinds: set[type]) -> None:
    """Make a column one kind: numbers where it holds truth values and numbers, else text.

    0 and 1 among the truth values that the catalogue promises are truth values.
    """
    if kinds <= {int, float}:
        return
    if kinds <= {bool, int, float}:
        if lookup(name).kind == "bool" and set(column) <= {0, 1, None}:
            column[:] = [None if value is None else bool(value) for value in column]
        else:
            column[:] = [int(value) if isinstance(value, bool) else value for value in column]
        return
    column[:] = [value if value is None or isinstance(value, str) else dumps(value) for value in column]


def as_number(value: Any) -> float | int | None:
    """Take a number from a key field, also when it is written as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    return parse_number(value) if isinstance(value, str) else None


def as_integer(value: Any) -> int | None:
    """Take a whole number from a key field; ``7500.0`` and ``"7500"`` are whole."""
    number = as_number(value)
    if number is None or number != number or number in (float("inf"), float("-inf")):
        return None
    return int(number) if int(number) == number else None


def as_seconds(value: Any) -> float | None:
    """Take unix seconds from a time field: a number, or ISO 8601 text (UTC where no zone is given).

    None for what no calendar holds.
    """
    number = as_number(value)
    if number is not None:
        return float(number) if FIRST_SECOND < number < LAST_SECOND else None
    if not isinstance(value, str):
        return None
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


#: Seconds of the years 1 to 9999, all that calendars hold.
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_800
