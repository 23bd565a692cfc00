"""Anyone's tables: CSV, TSV, JSONL and NDJSON with one row a record.

The step column is the one the caller names, else the first of `STEP_NAMES` that exists. A table
without one is not claimed in a directory, nor is an exported frame; a file named by the caller says
which columns it has.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from statkit import json_text
from statkit.errors import MalformedFileError, SourceError, TruncatedFileError, UnknownFormatError, shortened
from statkit.records import Columns, Notice, flatten
from statkit.sources.base import Document, File, Group, head_text, read_bytes
from statkit.sources.builder import ColumnsBuilder
from statkit.sources.faults import Patience, os_reason, skipped
from statkit.sources.lines import EXPORTED, is_batch_lines, is_lines, line_keys, load_lines
from statkit.sources.values import as_integer, as_seconds, parse_number

#: Names of a step column, the likeliest first; compared without case.
STEP_NAMES: Final = (
    "step",
    "global_step",
    "_step",
    "trainer/global_step",
    "step_current",
    "iteration",
    "iter",
    "steps",
    "epoch",
)
#: ``--step-column`` with this word counts rows from 0.
ROW_NUMBER: Final = "row"

_TIME_NAMES: Final = ("time", "timestamp", "wall_time", "_timestamp", "date")
_ENDINGS: Final = (".csv", ".tsv")
_TRUTH: Final = {"true": True, "false": False}
_BLANK: Final = frozenset({"", "null", "none", "na", "n/a", "<na>"})


class TableSource:
    """Rows of a text table or of a line file."""

    name = "table"
    series = "scalars"

    def claims(self, group: Group, head: bytes) -> bool:
        """Claim by the ending and a step column in the first line."""
        if not group.files:
            return False
        name = group.files[0].name
        text = head_text(head)
        if is_lines(name):
            if is_batch_lines(text):
                return False
            names = line_keys(text)
        elif name.endswith(_ENDINGS):
            names = _header(text)
        else:
            return False
        asked = group.step_column
        if group.explicit:
            return True
        if names[:3] == EXPORTED:
            return False
        return asked == ROW_NUMBER or _step_name(names, asked) is not None

    def read(self, group: Group, fields: Sequence[str] | None = None) -> Columns:
        """Read the rows in file order.

        Raises
        ------
        UnknownFormatError
            If no column can be the step.
        """
        builder = ColumnsBuilder(self.name, fields)
        patience = Patience()
        for file in group.files:
            try:
                rows, lost = _load(file, patience)
            except SourceError as error:
                builder.notices.append(skipped(error, group.explicit))
                continue
            if lost:
                builder.notices.append(Notice("skipped-file", file.name, lost))
            builder.file_count += 1
            stem = file.name.rpartition("/")[2].rpartition(".")[0] if len(group.files) > 1 else None
            _add_rows(builder, file, rows, group.step_column, stem)
        return builder.build(self.series)

    def documents(self, group: Group, files: Iterable[str] | None = None) -> Iterator[Document]:
        """Yield each row as a dict, numbers as numbers."""
        only = None if files is None else frozenset(files)
        for file in group.files:
            if only is None or file.name in only:
                try:
                    rows = _load(file, Patience())[0]
                except SourceError as error:
                    skipped(error, group.explicit)
                    continue
                for row, record in enumerate(rows):
                    yield Document(file.name, row, record)


def _header(text: bytes) -> list[str]:
    import csv

    try:
        return [title.strip() for title in next(_reader(text.decode("utf-8", "replace")), [])]
    except csv.Error:
        return []


def _reader(text: str) -> Any:
    """Read rows that end in LF, CR LF or CR, parted by what parts the first line."""
    import csv

    return csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))


def _delimiter(text: str) -> str:
    line = _LINE.match(text)
    first = line[0] if line else ""
    return max(",\t;|", key=lambda mark: (first.count(mark), mark == ","))


_LINE = re.compile(r"\s*[^\r\n]*")


def _step_name(names: Iterable[str], asked: str | None) -> str | None:
    if asked is not None:
        return asked if asked in names else None
    by_lower = {name.strip().lower(): name for name in names}
    return next((by_lower[name] for name in STEP_NAMES if name in by_lower), None)


def _load(file: File, patience: Patience) -> tuple[list[dict[str, Any]], str]:
    rows, lost = load_lines(file) if is_lines(file.name) else _load_csv(file, patience)
    if not rows:
        raise MalformedFileError("holds no row", file.name)
    return rows, lost


def _load_csv(file: File, patience: Patience) -> tuple[list[dict[str, Any]], str]:
    text = _text(file)
    while not text.endswith(("\n", "\r")) and patience.wait(file.path):
        text = _text(file)  # its last row may be half written
    if not text.strip(" \t\r\n\0"):
        raise TruncatedFileError("empty file", file.name)
    return _parse_csv(text, file.name)


def _text(file: File) -> str:
    try:
        return json_text.decode(read_bytes(file.path)).removeprefix("\ufeff")
    except OSError as error:
        raise MalformedFileError(f"cannot be read: {os_reason(error)}", file.name) from None


def _parse_csv(text: str, name: str) -> tuple[list[dict[str, Any]], str]:
    import csv

    reader = _reader(text)
    try:
        table = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise MalformedFileError(f"no table: {error}", name) from None
    header, lines = _distinct([title.strip() for title in table[0][1]]), table[1:]
    lost = []
    if lines and len(lines[-1][1]) < len(header) and not text.endswith(("\n", "\r")):
        lost.append(f"its last line ({lines.pop()[0]:,}) is cut short; the lines before it are read")
    ragged = [line for line, row in lines if len(row) != len(header)]
    if ragged:
        what = "1 row has" if len(ragged) == 1 else f"{len(ragged):,} rows have"
        lost.append(f"{what} more or fewer cells than the header, the first is line {ragged[0]:,}; read so")
    body = [row for _, row in lines]
    comma = _delimiter(text) == ";" and _decimal_comma(body)
    columns = [_typed([row[i] if i < len(row) else "" for row in body], comma) for i in range(len(header))]
    return [dict(zip(header, row, strict=True)) for row in zip(*columns, strict=True)], "; ".join(lost)


def _distinct(titles: list[str]) -> list[str]:
    """Number the titles that occur again, as pandas does: ``loss``, ``loss.1``."""
    names: dict[str, None] = {}
    for title in titles:
        name, number = title, 0
        while name in names or (number and name in titles):
            number += 1
            name = f"{title}.{number}"
        names[name] = None
    return list(names)


_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")


def _decimal_comma(body: list[list[str]]) -> bool:
    return any(_COMMA.fullmatch(cell.strip()) for row in body[:20] for cell in row)


def _typed(cells: list[str], comma: bool) -> list[Any]:
    """Give a column of text its kind: numbers, truth values or text; blank cells are missing.

    Where at least half of the cells are numbers, those become numbers and the odd ones stay text.
    """
    stripped = [cell.strip() for cell in cells]
    filled = [cell for cell in stripped if cell.lower() not in _BLANK]
    if filled and all(cell.lower() in _TRUTH for cell in filled):
        return [_TRUTH.get(cell.lower()) for cell in stripped]
    if comma:
        stripped = [cell.replace(",", ".") if _COMMA.fullmatch(cell) else cell for cell in stripped]
    texts = [None if cell.lower() in _BLANK else cell for cell in stripped]
    numbers = [None if text is None else parse_number(text) for text in texts]
    if 2 * sum(number is not None for number in numbers) < len(filled):
        return list(texts)
    return [text if number is None else number for text, number in zip(texts, numbers, strict=True)]


def _add_rows(
    builder: ColumnsBuilder, file: File, rows: list[dict[str, Any]], asked: str | None, label: str | None
) -> None:
    """Add the rows of one table; several tables of one run carry their file's name as label."""
    names = dict.fromkeys(name for row in rows for name in row)
    flat_names = dict.fromkeys(name for row in rows[:1] for name in flatten(row)) | names
    step = _step_name(flat_names, None if asked == ROW_NUMBER else asked)
    if asked is not None and asked != ROW_NUMBER and step is None:
        raise UnknownFormatError(
            f"{file.name}: no column {asked!r}. It has: {shortened(list(names))}.", file.path
        )
    if step is None and asked != ROW_NUMBER:
        raise UnknownFormatError(
            f"{file.name}: no step column. It has: {shortened(list(names))}. "
            f"Name one with --step-column, or --step-column row to count rows.",
            file.path,
        )
    lower = {name.lower(): name for name in names}
    time = next((lower[name] for name in _TIME_NAMES if name in lower), None)
    lost = 0
    for number, record in enumerate(rows):
        flat = flatten(record)
        keys: dict[str, Any] = {"step": number if asked == ROW_NUMBER else as_integer(flat.get(step or ""))}
        if keys["step"] is None:
            lost += 1
            continue
        phase = flat.get("phase", flat.get("split"))
        found = (
            ("epoch", as_integer(flat.get("epoch"))),
            ("phase", phase if isinstance(phase, str) else None),
            ("time", _moment(flat.get(time)) if time else None),
            ("label", label),
        )
        keys |= {key: value for key, value in found if value is not None}
        builder.add(keys, record, file.name, number)
    if lost:
        text = f"{lost:,} of {len(rows):,} rows have no whole number in {step!r}; left out"
        builder.notices.append(Notice("skipped-file", file.name, text))


def _moment(value: Any) -> float | None:
    """Take a time only when it can be a date: small numbers count seconds since the start."""
    seconds = as_seconds(value)
    return seconds if seconds is not None and seconds > 1e8 else None
