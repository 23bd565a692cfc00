"""A comparison's outcome: its costs, and the limits that must hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from side_by_side.clock import Costs, ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is compared.

    Attributes
    ----------
    files : int
        Snapshots of one run.
    records : int
        Batch records of one file.
    runs, files_a_run : int
        Runs below one directory, and the snapshots of each.
    growth : tuple of int
        The numbers of snapshots over which growth is fitted.
    rounds : int
        Counted rounds of each way.
    """

    files: int
    records: int
    runs: int
    files_a_run: int
    growth: tuple[int, ...]
    rounds: int


QUICK = Sizes(files=2_000, records=20_000, runs=50, files_a_run=40, growth=(200, 600, 2_000, 6_000), rounds=5)
FULL = Sizes(
    files=20_000,
    records=1_000_000,
    runs=1_000,
    files_a_run=200,
    growth=(200, 2_000, 20_000, 200_000),
    rounds=5,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a way may cost at most.

    Attributes
    ----------
    way, against : str
        Names of ways; ``against`` is empty where the limit is a number of megabytes.
    most : float
        The largest ratio of wall times, or megabytes.
    beyond_frame : bool
        Leave out the megabytes of the frame that the way returns.
    """

    way: str
    against: str
    most: float
    beyond_frame: bool = False

    def measured(self, costs: Mapping[str, Costs]) -> float:
        """Give the ratio of wall times, or the megabytes."""
        own = costs[self.way]
        if self.against:
            return ratio(own, costs[self.against])
        return max(own.peak) - (float(own.answer["frame_mb"]) if self.beyond_frame else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One comparison.

    Attributes
    ----------
    title, said : str
        Heading, and what the files are; Markdown.
    reference : str
        The way that is 1 in the table.
    costs : mapping of str to Costs
        By the name of the way.
    limits : tuple of Limit
        Limits on these ways.
    judged : bool
        The files are as large as the limits are meant for.
    table : str
        A table of its own in place of the one that has a row a way.
    """

    title: str
    said: str
    reference: str
    costs: Mapping[str, Costs]
    limits: tuple[Limit, ...] = ()
    judged: bool = True
    table: str = ""
