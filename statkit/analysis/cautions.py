"""What makes a comparison weaker than it looks, each as one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from statkit.analysis.aggregation import spread
from statkit.analysis.groups import Group, ScoredGroup
from statkit.analysis.scores import At


@dataclass(frozen=True, slots=True)
class Caution:
    """A warning in words: what about the data makes the answer weaker.

    Attributes
    ----------
    code : str
        ``non-finite``, ``left-out``, ``unequal-validations``, ``short-range``, ``unpaired``,
        ``no-spread`` or ``seeds-match``.
    path : str
        The run or group it is about; empty where it is about all.
    message : str
        One sentence.
    """

    code: str
    path: str
    message: str


def cautions(groups: Sequence[Group], scored: Sequence[ScoredGroup], rule: At) -> list[Caution]:
    """Look for everything that weakens a comparison of these groups, scored by ``rule``."""
    return [
        *_non_finite(groups),
        *_left_out(scored, rule),
        *_different_counts(scored, rule),
        *_different_ends(scored, rule),
        *_no_spread(scored),
    ]


def seeds_match(candidate: ScoredGroup, baseline: ScoredGroup) -> Iterator[Caution]:
    """Say so where two groups could be paired run by run: every run has a key, the same on both sides."""
    keys = [{run.key for run in group.scored} - {None} for group in (candidate, baseline)]
    runs = {len(candidate.scored), len(baseline.scored)}
    if keys[0] == keys[1] and runs == {len(keys[0])} and len(keys[0]) > 1:
        yield Caution(
            "seeds-match",
            candidate.name,
            f"{candidate.name} and {baseline.name} have the same {len(keys[0])} seeds: --paired compares "
            f"them seed by seed",
        )


def _non_finite(groups: Sequence[Group]) -> Iterator[Caution]:
    for group in groups:
        for series in group.series:
            values = np.asarray(series.values, np.float64)
            bad = int(np.count_nonzero(~np.isfinite(values)))
            if bad:
                yield Caution(
                    "non-finite",
                    series.path or series.run,
                    f"{series.run}: {bad} of {len(values)} values are not finite and were left out",
                )


def _left_out(groups: Sequence[ScoredGroup], rule: At) -> Iterator[Caution]:
    for group in groups:
        for run in group.unscored:
            yield Caution(
                "left-out", run.path, f"{run.run} of {group.name} has no score at {rule} and was left out"
            )


def _different_counts(groups: Sequence[ScoredGroup], rule: At) -> Iterator[Caution]:
    counts = {group.name: [len(run.steps) for run in group.scored] for group in groups}
    if rule.kind == "best" and len({n for own in counts.values() for n in own}) > 1:
        told = ", ".join(f"{name} {_span(own)}" for name, own in counts.items())
        yield Caution(
            "unequal-validations",
            "",
            f"the runs have different numbers of values ({told}), and a best value improves with their "
            f"number: compare at a step that all share (--at step:{min(_ends(groups))})",
        )


def _different_ends(groups: Sequence[ScoredGroup], rule: At) -> Iterator[Caution]:
    ends = _ends(groups)
    if rule.kind == "last" and min(ends) < max(ends):
        yield Caution(
            "unequal-validations",
            "",
            f"the runs end at different steps ({_span(ends)}): compare at one that all reach "
            f"(--at step:{min(ends)})",
        )
    wanted = {"auc": max(ends), "mean": min(rule.end, max(ends))}.get(rule.kind, min(ends))
    if min(ends) < wanted:
        yield Caution(
            "short-range",
            "",
            f"{rule} covers only steps that every run has, up to {min(ends)}; the longest run goes on to "
            f"{max(ends)}",
        )


def _no_spread(groups: Sequence[ScoredGroup]) -> Iterator[Caution]:
    for group in groups:
        if len(group.scored) > 1 and spread(group.scores) == 0:
            yield Caution(
                "no-spread",
                group.name,
                f"all {len(group.scored)} runs of {group.name} have the same score: copies, one seed, or a "
                f"metric at its limit",
            )


def _ends(groups: Sequence[ScoredGroup]) -> list[float]:
    return [run.steps[-1].item() for group in groups for run in group.scored]


def _span(numbers: Sequence[float]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low}–{high}"
