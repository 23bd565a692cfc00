"""Runs of two groups that belong together: same seed, same fold."""

from __future__ import annotations

from collections.abc import Sequence

from statkit.analysis.cautions import Caution
from statkit.analysis.groups import ScoredGroup, ScoredRun
from statkit.errors import UsageError


def matching_runs(candidate: ScoredGroup, baseline: ScoredGroup) -> list[tuple[ScoredRun, ScoredRun]]:
    """Pair the scored runs whose keys are equal, in the baseline's order.

    Raises
    ------
    UsageError
        No key occurs in both groups, or one occurs twice in a group.
    """
    own, other = _by_key(candidate), _by_key(baseline)
    matched = [(own[key], run) for key, run in other.items() if key in own]
    if not matched:
        raise UsageError(
            f"No run of {candidate.name!r} has the key of a run of {baseline.name!r}: nothing to pair. "
            f"Leave --paired out, or write the seed into each run's configuration."
        )
    return matched


def without_partner(
    candidate: ScoredGroup, baseline: ScoredGroup, matched: Sequence[tuple[ScoredRun, ScoredRun]]
) -> list[Caution]:
    """Name the scored runs that found no partner."""
    taken = {id(run) for pair in matched for run in pair}
    return [
        Caution("unpaired", run.path, f"{run.run} of {group.name} has no partner and was left out")
        for group in (baseline, candidate)
        for run in group.scored
        if id(run) not in taken
    ]


def _by_key(group: ScoredGroup) -> dict[str | int, ScoredRun]:
    keyed: dict[str | int, ScoredRun] = {}
    for run in group.scored:
        if run.key is None:
            continue
        if run.key in keyed:
            raise UsageError(
                f"{keyed[run.key].run} and {run.run} of {group.name!r} have the same key {run.key!r}: "
                f"pairs are not unique. Leave --paired out, or take one of them out."
            )
        keyed[run.key] = run
    return keyed
