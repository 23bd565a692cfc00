"""One file of batch metrics: three metrics, and all columns as a frame.

Every function prints one JSON object: the rows, the smallest val loss, and the sums over all rows of
mse and ssim; for a frame also its size in MB.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from side_by_side.fields import RECORD
from side_by_side.peers.answers import ask_duckdb, tell

TYPE_CHECKING = False  # typing itself costs as much as half an interpreter's start
if TYPE_CHECKING:
    from typing import Any

THREE = ("phase", "loss", "mse", "ssim")
"""Three metrics, and the phase that parts them."""

WINDOW = 4 << 20
_HEAD = b'{"batch_metrics":['
_TAIL = b'],"summary":'
_CUT = b'},{"batch_idx":'


def tell_columns(columns: Mapping[str, Sequence[Any]], frame_mb: float | None = None) -> None:
    """Print the answer of columns."""
    losses = (loss for phase, loss in zip(columns["phase"], columns["loss"], strict=True) if phase == "val")
    more = {} if frame_mb is None else {"frame_mb": frame_mb}
    tell(
        rows=len(columns["loss"]),
        value=min(losses),
        mse=sum(columns["mse"]),
        ssim=sum(columns["ssim"]),
        **more,
    )


def tell_polars(frame: Any) -> None:
    """Print the answer of a polars frame, whose size is what polars says of it."""
    best = frame.filter(frame["phase"] == "val")["loss"].min()
    size = frame.estimated_size() / 1e6
    tell(rows=len(frame), value=best, mse=frame["mse"].sum(), ssim=frame["ssim"].sum(), frame_mb=size)


def raw_read(path: str) -> None:
    size, window = 0, bytearray(WINDOW)
    with open(path, "rb", buffering=0) as file:
        while got := file.readinto(window):
            size += got
    tell(bytes=size)


def whole(path: str) -> bytes:
    """Read the file at once."""
    with open(path, "rb") as file:
        return file.read()


def windows(path: str) -> Iterator[bytes]:
    """Cut the file into lists of whole records by hand: right for this file, and for no other.

    The cut looks for the text between two records; a string that held it, or a key in another order,
    would break it.
    """
    rest = b""
    with open(path, "rb") as file:
        rest = file.read(WINDOW).removeprefix(_HEAD)
        while more := file.read(WINDOW):
            rest += more
            cut = rest.rfind(_CUT)
            yield b"[" + rest[: cut + 1] + b"]"
            rest = rest[cut + 2 :]
    yield b"[" + rest[: rest.rindex(_TAIL)] + b"]"


# --- three metrics -----------------------------------------------------------------------------------


def _empty() -> dict[str, Any]:
    """Make the columns: eight bytes a value."""
    from array import array

    return {"phase": [], **{name: array("d") for name in THREE[1:]}}


def _gather(lists: Iterable[Iterable[Any]]) -> dict[str, Sequence[Any]]:
    """Take the three metrics out of lists of records that have a ``__getitem__``."""
    columns = _empty()
    for records in lists:
        append_window(records, columns)
    return columns


def append_window(records: Iterable[Any], columns: Mapping[str, Any]) -> None:
    """Append the values of some records; a word is kept once, however often it comes."""
    phases, losses, mses, ssims = (columns[name].append for name in THREE)
    for record in records:
        phases(sys.intern(record["phase"]))
        losses(record["loss"])
        mses(record["mse"])
        ssims(record["ssim"])


def json_three(path: str) -> None:
    import json

    tell_columns(_gather([json.loads(whole(path))["batch_metrics"]]))


def orjson_three(path: str) -> None:
    import orjson

    tell_columns(_gather([orjson.loads(whole(path))["batch_metrics"]]))


def orjson_windows(path: str) -> None:
    import orjson

    tell_columns(_gather(map(orjson.loads, windows(path))))


def msgspec_windows(path: str) -> None:
    import msgspec

    struct = msgspec.defstruct("Three", [("phase", str), *((name, float) for name in THREE[1:])], gc=False)
    decode = msgspec.json.Decoder(list[struct]).decode
    columns = _empty()
    for text in windows(path):
        records = decode(text)
        columns["phase"].extend([sys.intern(record.phase) for record in records])
        for name in THREE[1:]:
            columns[name].extend([getattr(record, name) for record in records])
    tell_columns(columns)


def simdjson_windows(path: str) -> None:
    import simdjson

    parser = simdjson.Parser()
    columns = _empty()
    for text in windows(path):
        append_window(parser.parse(text), columns)  # nothing parsed is kept, so that the parser can go on
    tell_columns(columns)


def ijson_stream(path: str) -> None:
    import ijson

    with open(path, "rb") as file:
        tell_columns(_gather([ijson.items(file, "batch_metrics.item", use_float=True)]))


def duckdb_aggregate(path: str) -> None:
    found = ask_duckdb(
        f"""
        select count(*), min(r.loss) filter (r.phase = 'val'), sum(r.mse), sum(r.ssim)
        from (select unnest(batch_metrics) as r
              from read_json('{path}', maximum_object_size = {2 * os.path.getsize(path) + 1024}))
        """
    ).fetchone()
    tell(rows=found[0], value=found[1], mse=found[2], ssim=found[3])


JQ = """
.batch_metrics
| {rows: length, value: (map(select(.phase == "val").loss) | min), mse: (map(.mse) | add),
   ssim: (map(.ssim) | add)}
"""


def jq_command(path: str) -> tuple[str, ...]:
    """Give jq's way, as a command."""
    return ("jq", "-c", JQ, path)


# --- all columns -------------------------------------------------------------------------------------


def json_columns(path: str) -> None:
    """Parse with the standard library into one list a column: what the others are measured against."""
    import json

    with open(path, encoding="utf-8") as file:
        records = json.load(file)["batch_metrics"]
    tell_columns({name: [record.get(name) for record in records] for name in RECORD})


def json_pandas(path: str) -> None:
    import json

    import pandas

    frame = pandas.DataFrame(json.loads(whole(path))["batch_metrics"])
    size = float(frame.memory_usage().sum()) / 1e6
    columns = {name: frame[name].tolist() for name in THREE}
    tell_columns(columns, size)


def statkit_polars(path: str) -> None:
    import statkit

    tell_polars(statkit.load(path).frame(engine="polars"))


def orjson_polars(path: str) -> None:
    import orjson
    import polars

    tell_polars(polars.DataFrame(orjson.loads(whole(path))["batch_metrics"], schema=list(RECORD)))


def msgspec_polars(path: str) -> None:
    import msgspec
    import polars

    fields = [(name, {"phase": str, "attention_layers": list[str]}.get(name, float)) for name in RECORD]
    struct = msgspec.defstruct("Record", fields, gc=False)
    decode = msgspec.json.Decoder(list[struct]).decode
    parts = []
    for text in windows(path):
        records = decode(text)
        columns = {name: [getattr(record, name) for record in records] for name in RECORD}
        parts.append(polars.DataFrame(columns))
    tell_polars(polars.concat(parts, rechunk=False))


def polars_json(path: str) -> None:
    import polars

    rows = polars.read_json(path)["batch_metrics"].explode()
    tell_polars(rows.struct.unnest())
