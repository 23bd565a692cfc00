"""How long the first answer takes: two hundred snapshots, the shell prompt still warm."""

from __future__ import annotations

import sys

from side_by_side import corpora
from side_by_side.clock import Way, measure, nothing, peer
from side_by_side.peers import shell
from side_by_side.section import Limit, Section, Sizes
from side_by_side.statkit_ways import read_best, read_best_table, statkit

PASS = "`python -c pass`"
VERSION, HELP = "`statkit --version`", "`statkit --help`"
COLD, WARM = "`statkit best`, no cache, table", "`statkit best --json`, warm"
FILES = 200

LIMITS = (
    Limit(way=VERSION, against=PASS, most=2.5),
    Limit(way=HELP, against=PASS, most=10),
    Limit(way=COLD, against=PASS, most=11),
    Limit(way=WARM, against=PASS, most=8.5),
)


def run(place: str, sizes: Sizes, environment: dict[str, str]) -> Section:
    """Compare over 200 snapshots."""
    directory, log = corpora.snapshots(place, FILES), corpora.event_log(place, FILES)
    ways = [
        Way(name=PASS, command=(sys.executable, "-c", "pass"), answer=nothing),
        statkit(VERSION, "--version", answer=nothing),
        statkit(HELP, "--help", answer=nothing),
        statkit(WARM, "best", directory, "--json", answer=read_best),
        statkit(COLD, "best", directory, "--no-cache", answer=read_best_table),
        peer("read all bytes in Python", "snapshots.raw_read", directory),
        peer("orjson, a loop", "snapshots.orjson_loop", directory),
        peer("msgspec, three fields", "snapshots.msgspec_struct", directory),
        Way(name="`jq -n inputs`", command=shell.jq_inputs(directory)),
        peer("orjson, polars", "snapshots.orjson_polars", directory),
        peer("DuckDB, `read_text` and `json_extract`", "snapshots.duckdb_text", directory),
        peer("`json`, pandas", "snapshots.json_pandas", directory),
        peer("TensorBoard's EventAccumulator, the same scalars", "logs.event_accumulator", log),
        peer("tbparse, the same scalars", "logs.tbparse_reader", log),
        Way(name="bash and jq, a loop", command=shell.jq_loop(directory), answer=shell.read_loop, most=3),
    ]
    return Section(
        title="Start-up",
        said=f"Best step of {FILES} snapshots of 12 KB.",
        reference=PASS,
        costs=measure(ways, 3 * sizes.rounds, environment),
        limits=LIMITS,
    )
