"""Results leave: table, JSON, CSV, Markdown, LaTeX; to standard output or to a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from statkit.cli.options import Request
from statkit.json_text import dumps
from statkit.records import Notice

if TYPE_CHECKING:
    from statkit.views.table import Table

#: Above this many warnings of one kind only their number is printed, with the first few.
GROUPED_ABOVE = 20


def emit(
    request: Request,
    command: str,
    result: Mapping[str, Any],
    tables: Callable[[], Sequence[Table]],
    notices: Iterable[Notice],
    *,
    lines: Callable[[], Iterable[Mapping[str, Any]]] | None = None,
) -> None:
    """Write one command's answer in the asked format.

    Parameters
    ----------
    request : Request
        Format, file, precision.
    command : str
        Names the JSON schema: ``statkit.<command>/1``.
    result : mapping
        What JSON holds.
    tables : callable
        Makes the tables; called only where they are needed.
    notices : iterable of Notice
        Warnings: on standard error, and in the JSON.
    lines : callable or None
        Makes what NDJSON and CSV hold, one dict a row; None takes the cells of the first table.
    """
    form = request.chosen_format()
    found = list(notices)
    if form == "json":
        document = {"schema": f"statkit.{command}/1", **result, "warnings": [n.to_dict() for n in found]}
        text = dumps(document, indent=True) + "\n"
    elif form == "ndjson":
        rows = lines() if lines is not None else _cells(tables())
        text = "".join(dumps(dict(row)) + "\n" for row in rows)
    elif form == "csv":
        text = csv_text(list(lines()) if lines is not None else _cells(tables()))
    elif form in ("md", "latex"):
        from statkit.views import markup

        text = (markup.markdown if form == "md" else markup.latex)(tables())
    else:
        text = _tables_text(request, tables())
    warn(request, found)
    write(request, text)


def _tables_text(request: Request, tables: Sequence[Table]) -> str:
    from statkit.views.terminal import draw

    width = width_of(request)
    colour = width is not None and not os.environ.get("NO_COLOR")
    return "\n".join(draw(table, width, colour) for table in tables)


def width_of(request: Request) -> int | None:
    """Cells of the terminal the answer goes to; None for a pipe or a file, which have no width."""
    if request.output is not None or not sys.stdout.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def unicode_ok() -> bool:
    """Tell whether standard output can show block characters."""
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")


def _cells(tables: Sequence[Table]) -> list[dict[str, Any]]:
    table = tables[0]
    titles = [column.title for column in table.columns]
    return [dict(zip(titles, row, strict=True)) for row in table.raw()]


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows as CSV; text that a spreadsheet would run as a formula is prefixed."""
    import csv
    import io

    stream = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([safe_cell(name) for name in names])
    for row in rows:
        writer.writerow([safe_cell(row.get(name)) for name in names])
    return stream.getvalue()


def safe_cell(value: Any) -> Any:
    """Prefix text that starts like a formula by an apostrophe; numbers stay as they are."""
    if isinstance(value, str):
        return "'" + value if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    if isinstance(value, dict | list | tuple):
        return dumps(value)
    return value


def warn(request: Request, notices: Sequence[Notice]) -> None:
    """Print warnings on standard error, one line each, grouped where there are many."""
    if request.quiet or not notices:
        return
    from statkit.views.terminal import visible

    kinds: dict[str, list[Notice]] = {}
    for notice in notices:
        kinds.setdefault(notice.code, []).append(notice)
    for code, found in kinds.items():
        shown = found if len(found) <= GROUPED_ABOVE else found[:3]
        for notice in shown:
            where = f"{notice.path}: " if notice.path else ""
            print(visible(f"warning: {code}: {where}{notice.message}"), file=sys.stderr)
        if len(shown) < len(found):
            print(f"warning: {code}: and {len(found) - len(shown):,} more like these", file=sys.stderr)


def write(request: Request, text: str | bytes) -> None:
    """Write to the file asked for, whole or not at all, else to standard output."""
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    if request.output is not None and request.output != "-":
        _write_file(request.output, data)
    elif isinstance(text, bytes):
        sys.stdout.buffer.write(data)
    else:
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))


def _write_file(path: str, data: bytes) -> None:
    from statkit.errors import UsageError
    from statkit.writers.atomic import replace_file

    try:
        replace_file(os.path.abspath(path), [data])
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}.") from None
