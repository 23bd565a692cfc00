"""Many runs below one directory: a leaderboard."""

from __future__ import annotations

from side_by_side import corpora
from side_by_side.clock import Way, measure, peer
from side_by_side.peers import shell
from side_by_side.section import Section, Sizes
from side_by_side.statkit_ways import read_list, statkit

RAW = "read all bytes in Python"
OURS, WARM = "`statkit list`, no cache", "`statkit list`, warm"
JQ_MOST = 20_000
"""Files whose names fit one command line."""


def run(place: str, sizes: Sizes, environment: dict[str, str]) -> Section:
    """Compare over `Sizes.runs` runs; and statkit alone over as many runs of a quarter of the files."""
    root = corpora.runs(place, sizes.runs, sizes.files_a_run)
    quarter = sizes.files_a_run // 4
    fewer = corpora.runs(place, sizes.runs, quarter)
    cold = ("list", "--no-cache", "--json")
    ways = [
        peer(RAW, "runs.raw_read", root),
        peer("scandir and stat in Python", "runs.scan", root),
        statkit(OURS, *cold, root, answer=read_list),
        statkit(WARM, "list", "--json", root, answer=read_list),
        statkit(
            f"`statkit list`, no cache, {quarter} files a run", *cold, fewer, answer=read_list, files="fewer"
        ),
        peer("orjson, a loop", "runs.orjson_loop", root),
        peer("DuckDB, `read_text` and `json_extract`", "runs.duckdb_text", root, most=1),
    ]
    if sizes.runs * sizes.files_a_run <= JQ_MOST:
        ways.append(Way(name="`jq -n inputs`", command=shell.jq_runs(root), most=1))
    return Section(
        title="Many runs",
        said=f"Best value of each of {sizes.runs:,} runs of {sizes.files_a_run} snapshots.",
        reference=RAW,
        costs=measure(ways, sizes.rounds, environment),
    )
