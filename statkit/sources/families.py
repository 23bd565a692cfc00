"""The files of a directory that belong together, and who reads them.

Files are gathered into families (names with digits as ``#``), some files of each are looked into,
and the registry says which source reads them. Only regular files are opened.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from statkit.layout import BATCH_LOG, is_batch_metrics, parse_page_download, parse_statistik, plain_steps
from statkit.sources.base import Group, Source, read_head
from statkit.sources.listing import Files, Listing
from statkit.sources.registry import claimant

_DIGITS = re.compile(r"[0-9]+")

#: How many files of a family are looked into.
_HEADS = 5

_SNAPSHOTS = "Statistik_#.json"


@dataclass(slots=True)
class Family:
    """Files whose names differ in their digits alone, and who reads them.

    Attributes
    ----------
    source : Source or None
        None where no source claims them.
    rows : sequence of int
        Where they stand in the listing, sorted by name.
    """

    source: Source | None
    rows: Sequence[int]


def gather(listing: Listing, step_column: str | None) -> dict[str, Family]:
    """Gather the files of a listing, each family sorted by name, and ask who reads them."""
    members: dict[str, list[int]] = {}
    names = listing.names
    if plain_steps(names) is not None:
        members[_SNAPSHOTS] = list(range(len(names)))
    else:
        for row, name in enumerate(names):
            members.setdefault(family_name(name), []).append(row)
    for rows in members.values():
        rows.sort(key=names.__getitem__)
    return {family: settle(listing, family, members[family], step_column) for family in sorted(members)}


def settle(listing: Listing, family: str, rows: Sequence[int], step_column: str | None) -> Family:
    """Ask who reads the files of one family; ``rows`` say where they stand in the listing."""
    group = Group(listing.directory, family, Files(listing, rows), step_column)
    return Family(_claimant(group), rows)


def family_name(name: str) -> str:
    """Name the family of a file: what its name has in common with those of its kind."""
    base = name.rpartition("/")[2]
    if parse_statistik(base):
        return _SNAPSHOTS
    page = parse_page_download(base)
    if page:
        return f"vsr_training_{page.kind}_#.json"
    if is_batch_metrics(base):
        return BATCH_LOG if base == BATCH_LOG else "#_metrics.json"
    return base if base.endswith((".csv", ".tsv", ".jsonl", ".ndjson")) else _DIGITS.sub("#", base)


def _claimant(group: Group) -> Source | None:
    """Ask who reads a family, by a few of its files; the most votes win, then the first.

    Empty files have no say, unless all of those looked at are empty.
    """
    files = group.files
    votes: Counter[Source] = Counter()
    looked = False
    for file in files[:: -(-len(files) // _HEADS) or 1]:
        try:
            head = read_head(file.path)
        except OSError:
            continue
        if head:
            looked = True
            source = claimant(group, head)
            if source is not None:
                votes[source] += 1
    if votes:
        return votes.most_common(1)[0][0]
    return None if looked else _any_claimant(group)


def _any_claimant(group: Group) -> Source | None:
    """Ask by the first file that holds anything, and by the names alone where none does."""
    for file in group.files:
        try:
            head = read_head(file.path)
        except OSError:
            continue
        if head:
            return claimant(group, head)
    return claimant(group, b"")
