"""How cost grows with the number of snapshots."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

from side_by_side import corpora
from side_by_side.clock import Costs, measure, peer, ratio
from side_by_side.markdown import figure, table
from side_by_side.section import Section, Sizes
from side_by_side.statkit_ways import read_best, statkit

RAW, COLD, WARM = KINDS = ("read all bytes in Python", "`statkit best`, no cache", "`statkit best`, warm")


def run(place: str, sizes: Sizes, environment: dict[str, str]) -> Section:
    """Measure three ways at each of `Sizes.growth` and with one file."""
    ways = []
    for count in (1, *sizes.growth):
        directory = corpora.snapshots(place, count)
        best = ("best", directory, "--json")
        ways += [
            peer(f"{RAW}, {count}", "snapshots.raw_read", directory, files=directory),
            statkit(f"{COLD}, {count}", *best, "--no-cache", answer=read_best, files=directory),
            statkit(f"{WARM}, {count}", *best, answer=read_best, files=directory),
        ]
    costs = measure(ways, sizes.rounds, environment)
    return Section(
        title="Growth",
        said=f"Best step of {sizes.growth[0]:,} to {sizes.growth[-1]:,} snapshots in one directory.",
        reference=f"{RAW}, 1",
        costs=costs,
        table=f"{_grown(costs, (1, *sizes.growth))}\n\n{_fitted(costs, sizes.growth)}",
    )


def _grown(costs: Mapping[str, Costs], counts: Sequence[int]) -> str:
    rows = []
    for count in counts:
        each = [costs[f"{kind}, {count}"] for kind in KINDS]
        times = [figure(ratio(one, costs[f"{RAW}, 1"])) for one in each]
        rows.append((f"{count:,}", *times, *(figure(max(one.peak)) for one in each)))
    header = ("files", *(f"{kind}, ×" for kind in KINDS), *(f"{kind}, peak MB" for kind in KINDS))
    seconds = statistics.median(costs[f"{RAW}, 1"].wall)
    return f"{table(header, rows)}\n\n1 is reading one file in Python: {seconds:.3f} s in this run."


def _fitted(costs: Mapping[str, Costs], counts: Sequence[int]) -> str:
    rows = [(kind, *map(figure, fit(costs, kind, counts))) for kind in KINDS]
    return table(("way", "exponent of time", "bytes of memory a file"), rows)


def fit(costs: Mapping[str, Costs], kind: str, counts: Sequence[int]) -> tuple[float, float]:
    """Fit a power of the number of files to the time beyond that of one file, and a line to peak memory.

    Returns
    -------
    tuple of float
        The exponent, by least squares of the logarithms, nan where fewer than two sizes take longer than
        one file; and the slope of peak memory, bytes a file.
    """
    alone = statistics.median(costs[f"{kind}, 1"].wall)
    each = [costs[f"{kind}, {count}"] for count in counts]
    beyond = zip(counts, (statistics.median(one.wall) - alone for one in each), strict=True)
    points = [(math.log(count), math.log(seconds)) for count, seconds in beyond if seconds > 0]
    memory = statistics.linear_regression(counts, [1e6 * max(one.peak) for one in each]).slope
    if len(points) < 2:
        return math.nan, memory
    return statistics.linear_regression(*zip(*points, strict=True)).slope, memory
