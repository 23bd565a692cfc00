"""One large file of batch metrics, and fifteen cumulative ones."""

from __future__ import annotations

import os
from collections.abc import Sequence

from side_by_side import corpora
from side_by_side.clock import Costs, Way, measure, nothing, peer
from side_by_side.fields import RECORD
from side_by_side.peers import batches
from side_by_side.section import FULL, Limit, Section, Sizes
from side_by_side.statkit_ways import NO_CACHE, read_best_value, statkit

MOST = 3
"""Rounds over one large file."""

JSON = "`json` into columns"
BEST, TREND = "`statkit best -m loss`", "`statkit trend` of three metrics"
NAN = "`statkit best -m loss`, bare NaN in the file"
FRAME = '`statkit.load(…).frame(engine="polars")`'
FRAME_NAN = FRAME + ", bare NaN in the file"
ALL, NEWEST = "`statkit best` of 15 cumulative files", "`statkit best` of the newest alone"


def run_three(place: str, sizes: Sizes, environment: dict[str, str]) -> Section:
    """Compare three metrics of `Sizes.records` records."""
    path = corpora.batch_metrics(place, sizes.records)
    with_nan = corpora.batch_metrics(place, sizes.records, nan=True)
    metrics = ("-m", "loss", "-m", "mse", "-m", "ssim", "--no-cache")
    best = ("-m", "loss", "--no-cache", "--json")
    ways = [
        peer(JSON, "batches.json_columns", path),
        peer("read all bytes in Python", "batches.raw_read", path),
        statkit(BEST, "best", path, *best, answer=read_best_value),
        statkit(TREND, "trend", path, *metrics, answer=nothing),
        statkit(NAN, "best", with_nan, *best, answer=read_best_value),
        peer("pysimdjson, windows cut by hand", "batches.simdjson_windows", path),
        peer("msgspec, windows cut by hand", "batches.msgspec_windows", path),
        peer("orjson, windows cut by hand", "batches.orjson_windows", path, most=1),
        peer("orjson, the whole file", "batches.orjson_three", path, most=1),
        peer("ijson", "batches.ijson_stream", path, most=1),
        peer("DuckDB, `read_json`", "batches.duckdb_aggregate", path, most=1),
        Way(name="jq", command=batches.jq_command(path), most=1),
    ]
    limits = (
        Limit(way=BEST, against=JSON, most=0.13),
        Limit(way=TREND, against=JSON, most=0.13),
        Limit(way=NAN, against=BEST, most=1.3),
        Limit(way=BEST, against="", most=120),
        Limit(way=TREND, against="", most=120),
    )
    return Section(
        title="Batch metrics, three of them",
        said=f"{_described(path, sizes)}; loss, mse and ssim, the best of the val phase.",
        reference=JSON,
        costs=_measured(ways, sizes, environment, path, with_nan),
        limits=limits,
        judged=sizes.records >= FULL.records,
    )


def run_all(place: str, sizes: Sizes, environment: dict[str, str]) -> Section:
    """Compare all columns of `Sizes.records` records."""
    path = corpora.batch_metrics(place, sizes.records)
    with_nan = corpora.batch_metrics(place, sizes.records, nan=True)
    ways = [
        peer(JSON, "batches.json_columns", path),
        peer(FRAME, "batches.statkit_polars", path, environment=NO_CACHE),
        peer(FRAME_NAN, "batches.statkit_polars", with_nan, environment=NO_CACHE),
        peer("msgspec, windows cut by hand, polars", "batches.msgspec_polars", path),
        peer("orjson, the whole file, polars", "batches.orjson_polars", path, most=1),
        peer("`polars.read_json`", "batches.polars_json", path, most=1),
        peer("`json`, pandas", "batches.json_pandas", path, most=1),
    ]
    limits = (
        Limit(way=FRAME, against=JSON, most=0.28),
        Limit(way=FRAME, against="", most=512, beyond_frame=True),
        Limit(way=FRAME_NAN, against=FRAME, most=1.3),
    )
    return Section(
        title="Batch metrics, all columns",
        said=f"{_described(path, sizes)}; all columns as a frame.",
        reference=JSON,
        costs=_measured(ways, sizes, environment, path, with_nan),
        limits=limits,
        judged=sizes.records >= FULL.records,
    )


def run_cumulative(place: str, sizes: Sizes, environment: dict[str, str]) -> Section:
    """Compare fifteen cumulative files with the newest of them."""
    count = sizes.records // 10
    every, newest = corpora.cumulative(place, count)
    best = ("-m", "loss", "--no-cache", "--quiet", "--json")
    ways = [
        statkit(NEWEST, "best", newest, *best, answer=read_best_value),
        statkit(ALL, "best", every, *best, answer=read_best_value),
    ]
    return Section(
        title="Cumulative files",
        said=f"Fifteen batch metrics files, each the beginning of the next; the newest: {count:,} records.",
        reference=NEWEST,
        costs=measure(ways, sizes.rounds, environment),
        limits=(Limit(way=ALL, against=NEWEST, most=1.3),),
        judged=sizes.records >= FULL.records,
    )


def _measured(
    ways: Sequence[Way], sizes: Sizes, environment: dict[str, str], *paths: str
) -> dict[str, Costs]:
    """Measure with a warm-up round only where it is short; the files are in the page cache anyhow."""
    corpora.read_through(*paths)
    return measure(ways, min(MOST, sizes.rounds), environment, warm_up=sizes.records < FULL.records)


def _described(path: str, sizes: Sizes) -> str:
    megabytes = os.path.getsize(path) / 1e6
    return (
        f"One `final_training_metrics.json` of {sizes.records:,} records and {len(RECORD)} columns, "
        f"{megabytes:,.0f} MB"
    )
