"""The second time: nothing changed, and one snapshot more."""

from __future__ import annotations

import itertools

from side_by_side import corpora, corpus
from side_by_side.clock import measure, peer
from side_by_side.section import FULL, Limit, Section, Sizes
from side_by_side.statkit_ways import read_best, statkit

SCAN = "scandir and stat in Python"
WARM, NEW = "`statkit best`, warm", "`statkit best`, one new file"

LIMITS = (Limit(way=WARM, against=SCAN, most=2.6), Limit(way=NEW, against=WARM, most=1.3))


def run(place: str, sizes: Sizes, environment: dict[str, str]) -> Section:
    """Compare over `Sizes.files` snapshots, one more each round."""
    directory = corpora.snapshots(place, sizes.files, of="growing")
    numbers = itertools.count(corpus.count(directory) + 1)
    ways = [
        peer(SCAN, "snapshots.scan", directory),
        peer("read all bytes in Python", "snapshots.raw_read", directory),
        statkit(WARM, "best", directory, "--json", answer=read_best),
        statkit(
            NEW,
            "best",
            directory,
            "--json",
            answer=read_best,
            prepare=lambda: corpus.add(directory, next(numbers)),
        ),
        statkit("`statkit best`, no cache", "best", directory, "--no-cache", "--json", answer=read_best),
    ]
    return Section(
        title="The second time",
        said=f"Best step of {sizes.files:,} snapshots that an earlier command read.",
        reference=SCAN,
        costs=measure(ways, sizes.rounds, environment),
        limits=LIMITS,
        judged=sizes.files >= FULL.files,
    )
