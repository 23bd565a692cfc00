"""The scalars of a long run as a frame."""

from __future__ import annotations

from side_by_side import corpora
from side_by_side.clock import measure, peer
from side_by_side.fields import SCALARS
from side_by_side.section import FULL, Limit, Section, Sizes
from side_by_side.statkit_ways import NO_CACHE

RAW = "read all bytes in Python"
OURS = '`statkit.load(…).frame(engine="polars")`, no cache'
WARM = '`statkit.load(…).frame(engine="polars")`, warm'
DUCKDB = "DuckDB, `read_json_auto`"

LIMITS = (Limit(way=OURS, against=RAW, most=4.2), Limit(way=OURS, against=DUCKDB, most=0.05))


def run(place: str, sizes: Sizes, environment: dict[str, str]) -> Section:
    """Compare over `Sizes.files` snapshots."""
    directory = corpora.snapshots(place, sizes.files)
    ways = [
        peer(RAW, "snapshots.raw_read", directory),
        peer(OURS, "frames.statkit_polars", directory, environment=NO_CACHE),
        peer(WARM, "frames.statkit_polars", directory),
        peer("msgspec, polars", "frames.msgspec_polars", directory),
        peer("orjson, polars", "frames.orjson_polars", directory),
        peer("`json`, pandas", "frames.json_pandas", directory, most=3),
        peer(DUCKDB, "frames.duckdb_auto", directory, most=3),
    ]
    return Section(
        title="Frames",
        said=f"The {len(SCALARS)} scalars of {sizes.files:,} snapshots as a frame.",
        reference=RAW,
        costs=measure(ways, sizes.rounds, environment),
        limits=LIMITS,
        judged=sizes.files >= FULL.files,
    )
