"""The best step of a long run, every file read."""

from __future__ import annotations

from side_by_side import corpora
from side_by_side.clock import Way, measure, peer
from side_by_side.peers import shell
from side_by_side.section import FULL, Limit, Section, Sizes
from side_by_side.statkit_ways import read_best, statkit

RAW = "read all bytes in Python"
OURS = "`statkit best`, no cache"
DUCKDB = "DuckDB, `read_text` and `json_extract`"
JQ = "`jq -n inputs`"

LIMITS = (
    Limit(way=OURS, against=RAW, most=2.8),
    Limit(way=OURS, against=DUCKDB, most=0.16),
    Limit(way=OURS, against=JQ, most=0.12),
)


def run(place: str, sizes: Sizes, environment: dict[str, str]) -> Section:
    """Compare over `Sizes.files` snapshots."""
    directory = corpora.snapshots(place, sizes.files)
    ways = [
        peer(RAW, "snapshots.raw_read", directory),
        statkit(OURS, "best", directory, "--no-cache", "--json", answer=read_best),
        peer("pysimdjson, three fields", "snapshots.simdjson_lazy", directory),
        peer("msgspec, three fields", "snapshots.msgspec_struct", directory),
        peer("orjson, a loop", "snapshots.orjson_loop", directory),
        peer("orjson, polars", "snapshots.orjson_polars", directory),
        peer("`json`, pandas", "snapshots.json_pandas", directory, most=3),
        peer(DUCKDB, "snapshots.duckdb_text", directory, most=3),
        Way(name=JQ, command=shell.jq_inputs(directory), most=3),
        peer("DuckDB, `read_json_auto`", "snapshots.duckdb_auto", directory, most=1),
    ]
    return Section(
        title="Reading",
        said=f"Best step of {sizes.files:,} snapshots of 12 KB, in one directory.",
        reference=RAW,
        costs=measure(ways, sizes.rounds, environment),
        limits=LIMITS,
        judged=sizes.files >= FULL.files,
    )
