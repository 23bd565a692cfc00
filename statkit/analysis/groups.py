"""Runs pooled into groups, and each run brought down to its score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from statkit.analysis.aggregation import Floats
from statkit.analysis.alignment import Align, Steps, common_steps, tidy, values_at
from statkit.analysis.scores import At, best_value, score_tidy
from statkit.errors import EmptySeriesError, UsageError, shortened
from statkit.schema import Direction


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One metric of one run.

    Attributes
    ----------
    run : str
        Name of the run.
    steps, values : array_like, shape (n,)
        Any order; values that are not finite count as not there.
    key : str, int or None
        What pairs it with a run of another group, usually the seed.
    path : str
        Where the run lies, for warnings.
    """

    run: str
    steps: ArrayLike
    values: ArrayLike
    key: str | int | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that differ only by chance: one side of a comparison."""

    name: str
    series: Sequence[Series]


@dataclass(frozen=True, slots=True, eq=False)
class ScoredRun:
    """A run with its score: NaN where it has none. ``records`` counts values, also those not finite."""

    run: str
    key: str | int | None
    path: str
    steps: Steps
    values: Floats
    score: float
    records: int


@dataclass(frozen=True, slots=True, eq=False)
class ScoredGroup:
    """A group with the scores of its runs.

    Attributes
    ----------
    name : str
        Of the group.
    scored : tuple of ScoredRun
        Runs with a finite score, in the order given.
    unscored : tuple of ScoredRun
        The others.
    """

    name: str
    scored: tuple[ScoredRun, ...]
    unscored: tuple[ScoredRun, ...] = ()
    scores: Floats = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scores", np.array([run.score for run in self.scored]))

    def failures(self) -> tuple[str, ...]:
        """Name the runs that wrote values but have no score; a run that wrote none yet is no failure."""
        return tuple(run.run for run in self.unscored if run.records)


def score_groups(
    groups: Sequence[Group], direction: Direction, rule: At, align: Align
) -> tuple[ScoredGroup, ...]:
    """Score every run of every group on the same terms.

    Parameters
    ----------
    groups : sequence of Group
        One or more, with different names.
    direction : {"max", "min"}
        Which value is best.
    rule : At
        Where the score is taken. ``mean`` and ``auc`` are taken over the steps that all runs share
        under ``align``.
    align : {"exact", "interp", "locf"}
        How series of different steps are read.

    Raises
    ------
    UsageError
        No group, two groups of one name, or no step shared where the score needs one.
    EmptySeriesError
        No run of a group can be scored.
    """
    _check_names(groups)
    tidied = [[(series, *tidy(series.steps, series.values)) for series in group.series] for group in groups]
    shared = _shared_steps([steps for runs in tidied for _, steps, _ in runs], rule, align)
    return tuple(
        _scored_group(
            group.name,
            [
                ScoredRun(
                    run=series.run,
                    key=series.key,
                    path=series.path or series.run,
                    steps=steps,
                    values=values,
                    score=best_value(series.values, direction)
                    if rule.kind == "best"
                    else _score(steps, values, direction, rule, align, shared),
                    records=np.size(series.values),
                )
                for series, steps, values in runs
            ],
            rule,
        )
        for group, runs in zip(groups, tidied, strict=True)
    )


def _check_names(groups: Sequence[Group]) -> None:
    names = [group.name for group in groups]
    if not names:
        raise UsageError("Nothing to compare: no group of runs was given.")
    if len(set(names)) < len(names):
        raise UsageError(f"Two groups have the same name: {shortened(names)}. Name them NAME=GLOB.")


def _shared_steps(steps: Sequence[Steps], rule: At, align: Align) -> Steps | None:
    """Give the steps over which a mean or an area is taken; None where the score needs none."""
    if rule.kind not in ("mean", "auc"):
        return None
    if rule.kind == "mean" and align == "exact":
        steps = [own[(own >= rule.start) & (own <= rule.end)] for own in steps]
    least = 2 if rule.kind == "auc" else 1
    usable = [own for own in steps if len(own) >= least]
    shared = common_steps(usable, align) if usable else np.empty(0, np.int64)
    if rule.kind == "mean":
        shared = shared[(shared >= rule.start) & (shared <= rule.end)]
    if usable and len(shared) < least:
        raise UsageError(
            f"--at {rule} needs {least} or more steps that all runs share; with --align {align} there are "
            f"{len(shared)}. Possible: --align interp or locf, or fewer runs."
        )
    return shared


def _score(
    steps: Steps, values: Floats, direction: Direction, rule: At, align: Align, shared: Steps | None
) -> float:
    if shared is None:
        return score_tidy(steps, values, direction, rule, align)
    read = values_at(steps, values, shared, align)
    if len(read) == 0 or not np.isfinite(read).all():
        return float("nan")
    return score_tidy(shared, read, direction, rule, align)


def _scored_group(name: str, runs: Sequence[ScoredRun], rule: At) -> ScoredGroup:
    finite = tuple(run for run in runs if np.isfinite(run.score))
    if not finite:
        steps = [run.steps for run in runs if len(run.steps)]
        found = (
            f"its steps go from {min(own[0] for own in steps)} to {max(own[-1] for own in steps)}"
            if steps
            else "no run in it has a finite value"
        )
        raise EmptySeriesError(f"No run of group {name!r} has a score at {rule}: {found}.")
    return ScoredGroup(name, finite, tuple(run for run in runs if not np.isfinite(run.score)))
