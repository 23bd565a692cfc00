"""The 46 scalars of a directory of snapshots as a frame.

Every function prints the frame's rows and the sums of two columns.
"""

from __future__ import annotations

from side_by_side.fields import SCALARS
from side_by_side.peers.answers import ask_duckdb, tell, texts


def tell_frame(rows: int, improvement: float, loss: float) -> None:
    """Print a frame's rows, and the sums of two columns."""
    tell(rows=rows, improvement=improvement, loss=loss)


def statkit_polars(directory: str) -> None:
    import statkit

    frame = statkit.load(directory).frame(engine="polars", fields=SCALARS)
    tell_frame(len(frame), frame["quality_improvement_value"].sum(), frame["total_loss_value"].sum())


def orjson_polars(directory: str) -> None:
    import orjson
    import polars

    columns: dict[str, list[object]] = {name: [] for name in SCALARS}
    kept = [(name, column.append) for name, column in columns.items()]
    for text in texts(directory):
        document = orjson.loads(text)
        for name, append in kept:
            append(document[name])
    frame = polars.DataFrame(columns)
    tell_frame(len(frame), frame["quality_improvement_value"].sum(), frame["total_loss_value"].sum())


def msgspec_polars(directory: str) -> None:
    import msgspec
    import polars

    scalar = int | float | str | bool | None
    struct = msgspec.defstruct("Scalars", [(name, scalar) for name in SCALARS], gc=False)
    rows = list(map(msgspec.json.Decoder(struct).decode, texts(directory)))
    frame = polars.DataFrame({name: [getattr(row, name) for row in rows] for name in SCALARS})
    tell_frame(len(frame), frame["quality_improvement_value"].sum(), frame["total_loss_value"].sum())


def json_pandas(directory: str) -> None:
    import json

    import pandas

    documents = map(json.loads, texts(directory))
    rows = [[document[name] for name in SCALARS] for document in documents]
    frame = pandas.DataFrame(rows, columns=list(SCALARS))
    tell_frame(len(frame), frame["quality_improvement_value"].sum(), frame["total_loss_value"].sum())


def duckdb_auto(directory: str) -> None:
    columns = ask_duckdb(
        f"select {', '.join(SCALARS)} from read_json_auto('{directory}/Statistik_*.json')"
    ).fetchnumpy()
    improvement, loss = columns["quality_improvement_value"], columns["total_loss_value"]
    tell_frame(len(loss), improvement.sum(), loss.sum())
