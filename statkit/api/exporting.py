"""The frame of runs as a file's bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from statkit.api.selection import Filter
from statkit.data.frame import build
from statkit.data.run import Run
from statkit.data.runs import table_of
from statkit.data.shapes import Shape, long
from statkit.errors import MetricNotFoundError, UsageError
from statkit.records import KEYS, PROVENANCE

#: Formats and the file endings that mean them.
ENDINGS: Final = {
    "csv": (".csv",),
    "parquet": (".parquet", ".pq"),
    "ndjson": (".ndjson", ".jsonl"),
    "arrow": (".arrow", ".feather", ".ipc"),
}


def export_format(asked: str | None, output: str | None) -> str:
    """Settle the format: the one asked for, else by the file's ending, else CSV.

    Raises
    ------
    UsageError
        If it is none of ours.
    """
    if asked is not None:
        if asked not in ENDINGS:
            raise UsageError(f"--format {asked!r} is unknown. Possible: {', '.join(ENDINGS)}.")
        return asked
    if output is None or output == "-":
        return "csv"
    for name, endings in ENDINGS.items():
        if output.lower().endswith(endings):
            return name
    raise UsageError(f"{output}: the ending names no format. Say --format {'|'.join(ENDINGS)}.")


def export_bytes(
    runs: Sequence[Run],
    form: str,
    metrics: Sequence[str] = (),
    rows: Filter | None = None,
    shape: str = "wide",
    provenance: bool = False,
) -> bytes:
    """Make the file.

    Parameters
    ----------
    runs : sequence of Run
        The runs, stacked.
    form : {"csv", "parquet", "ndjson", "arrow"}
        The format.
    metrics : sequence of str
        Fields or patterns; none for all.
    rows : Filter or None
        Which rows.
    shape : {"wide", "long"}
        One row a record, or one row a number.
    provenance : bool
        Add ``format, file, row``.

    Raises
    ------
    MetricNotFoundError
        If a field or pattern matches nothing.
    """
    for run in runs:
        run.require_rows()
    rows = rows or Filter()
    fields = _fields(runs, metrics)
    wanted = None if fields is None else [*fields, *(rows.where.names if rows.where else ())]
    wanted = None if wanted is None else [name for name in wanted if name not in ("run", *KEYS)]
    table, names = table_of(runs, wanted, None, provenance)
    table = _filtered(table, rows)
    if fields is not None:
        keep = {"run", "segment", *KEYS, *PROVENANCE, *fields}
        table = {name: column for name, column in table.items() if name in keep}
        names = [name for name in names if name in fields]
    shaped: Shape = "long" if shape == "long" else "wide"
    return _write(long(table, names) if shaped == "long" else table, form)


def _fields(runs: Sequence[Run], metrics: Sequence[str]) -> list[str] | None:
    if not metrics:
        return None
    if not any(c in pattern for pattern in metrics for c in "*?["):
        return list(metrics)
    names = list(dict.fromkeys(name for run in runs for name in run.field_names()))
    chosen: list[str] = []
    for pattern in metrics:
        found = [name for name in names if fnmatchcase(name, pattern)]
        if not found:
            raise MetricNotFoundError(pattern, names, "these runs")
        chosen += found
    return list(dict.fromkeys(chosen))


def _filtered(table: dict[str, Sequence[Any]], rows: Filter) -> dict[str, Sequence[Any]]:
    first, last = rows.steps
    keep = []
    for row, step in enumerate(table["step"]):
        if (first is not None and step < first) or (last is not None and step > last):
            continue
        if (
            rows.phase is not None
            and table.get("phase", [rows.phase])[row if "phase" in table else 0] != rows.phase
        ):
            continue
        if rows.where is not None and not rows.where.matches(
            {name: table[name][row] for name in rows.where.names if name in table}
        ):
            continue
        keep.append(row)
    if len(keep) == len(table["step"]):
        return table
    return {name: [column[row] for row in keep] for name, column in table.items()}


def _write(table: dict[str, Sequence[Any]], form: str) -> bytes:
    if form == "ndjson":
        return _ndjson(table)
    frame = build(table, "polars")
    stream = io.BytesIO()
    if form == "parquet":
        frame.write_parquet(stream)
    elif form == "arrow":
        frame.write_ipc(stream)
    else:
        _flat(frame).write_csv(stream, datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ")
    return stream.getvalue()


def _flat(frame: Any) -> Any:
    """Make lists text, which CSV can hold, and keep a spreadsheet from running text as a formula."""
    import polars

    from statkit.json_text import dumps

    columns = []
    for name in frame.columns:
        column = frame[name]
        if isinstance(column.dtype, polars.List):
            column = polars.Series(name, [None if v is None else dumps(list(v)) for v in column])
        if column.dtype == polars.String:
            risky = column.str.contains(r"^[=+\-@\t\r]").fill_null(False)
            column = polars.select(
                polars.when(risky)
                .then(polars.concat_str([polars.lit("'"), column]))
                .otherwise(column)
                .alias(name)
            ).to_series()
        columns.append(column)
    return polars.DataFrame(columns)


def _ndjson(table: dict[str, Sequence[Any]]) -> bytes:
    """One strict JSON object a row; non-finite numbers are their names, times unix seconds."""
    from statkit.json_text import dumps

    names = list(table)
    lines = (dumps(dict(zip(names, row, strict=True))) for row in zip(*table.values(), strict=True))
    return "".join(line + "\n" for line in lines).encode()
