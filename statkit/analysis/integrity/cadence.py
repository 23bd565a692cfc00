"""Missing records: gaps in the run's own cadence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any, Final

from statkit.analysis.findings import Finding
from statkit.records import Columns

#: How many steps on either side make the cadence there.
_AROUND: Final = 5

#: Of a side with fewer steps than this, at an end, the shortest is taken.
_ENOUGH: Final = 3

#: A step to the next record longer than this many cadences is a gap.
_GAP: Final = 1.5

#: Fewer records than this have no cadence.
_FEWEST: Final = 5

_SHOWN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A gap in a rising sequence.

    Attributes
    ----------
    before, after : int
        The positions on either side.
    missing : int
        How many records fit between them.
    regular : bool
        Whether most of the steps around it are exactly the cadence: then something is missing there
        for certain.
    """

    before: int
    after: int
    missing: int
    regular: bool


def gaps(positions: Sequence[int]) -> list[Gap]:
    """Find gaps in a rising sequence.

    The cadence at a place is the median step among the five before it, and among the five after it; the
    longer of the two counts, so that a cadence that changes for good is no gap.
    """
    steps = [b - a for a, b in pairwise(positions)]
    if len(positions) < _FEWEST:
        return []
    found = []
    shortest = min(steps)
    for index, step in enumerate(steps):
        if step <= _GAP * shortest:
            continue  # whatever the cadence there
        sides = (steps[max(0, index - _AROUND) : index], steps[index + 1 : index + 1 + _AROUND])
        cadence = max((median(s) if len(s) >= _ENOUGH else min(s) for s in sides if s), default=0)
        if cadence > 0 and step > _GAP * cadence:
            around = [*sides[0], *sides[1]]
            found.append(
                Gap(
                    before=positions[index],
                    after=positions[index + 1],
                    missing=max(1, round(step / cadence) - 1),
                    regular=2 * around.count(int(cadence)) > len(around),
                )
            )
    return found


def missing_steps(columns: Columns) -> Iterator[Finding]:
    """Find snapshots missing between others: what the cadence promises and no file holds."""
    found = gaps(sorted({step for step in columns.steps if step is not None}))
    if found:
        places = [f"{gap.missing} between {gap.before} and {gap.after}" for gap in found]
        yield _finding(found, (found[0].before, found[-1].after), "step", places)


def missing_batches(columns: Columns) -> Iterator[Finding]:
    """Find batches missing within an epoch of a phase."""
    tracks: dict[tuple[Any, Any, Any], dict[int, int]] = {}
    steps = columns.steps
    segments, phases, epochs = (columns.key(name) for name in ("segment", "phase", "epoch"))
    for row, index in enumerate(columns.key("batch_index")):
        if index is not None:
            at = tracks.setdefault((segments[row], phases[row], epochs[row]), {})
            at[index] = steps[row] or 0
    found, places, ends = [], [], []
    for (_, phase, epoch), at in tracks.items():
        where = f"{phase or 'batches'}" + (f", epoch {epoch}" if epoch is not None else "")
        for gap in gaps(sorted(at)):
            found.append(gap)
            ends += [at[gap.before], at[gap.after]]
            places.append(f"{gap.missing} between {gap.before} and {gap.after} ({where})")
    if found:
        yield _finding(found, (min(ends), max(ends)), "batch", places)


def _listed(places: Sequence[str]) -> str:
    more = f" and {len(places) - _SHOWN} more gaps" if len(places) > _SHOWN else ""
    return "; ".join(places[:_SHOWN]) + more


def _finding(found: Sequence[Gap], steps: tuple[int, int], noun: str, places: Sequence[str]) -> Finding:
    count = sum(gap.missing for gap in found)
    regular = any(gap.regular for gap in found)
    nouns = noun if count == 1 else noun + ("es" if noun == "batch" else "s")
    about = "" if regular else " (an irregular one: perhaps none is)"
    return Finding(
        rule="cadence-gap",
        severity="error" if regular else "warning",
        metric=None,
        steps=steps,
        evidence=f"{count:,} {nouns} missing by the run's own cadence{about}: {_listed(places)}.",
        advice="Look for these records in backups, in superseded/ and in the training log; else they are "
        "lost.",
        source="the run's own steps between records (median of five on either side)",
    )
