"""Is B better than A."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from statkit.analysis.comparison import Comparison, adjust_together
from statkit.analysis.comparison import compare as ask
from statkit.analysis.groups import Group, Series
from statkit.api.inputs import many
from statkit.api.selection import Filter, Selection, select, select_many
from statkit.data.load import unique_names
from statkit.data.run import Run
from statkit.data.runs import Runs
from statkit.errors import MetricError, UsageError
from statkit.records import flatten
from statkit.schema import Direction

Align = Literal["exact", "interp", "locf"]


def compare(
    *groups: Run | Runs | Sequence[Run] | str | os.PathLike[str],
    metric: str | None = None,
    names: Sequence[str] | None = None,
    at: str = "best",
    align: Align = "exact",
    margin: float | None = None,
    paired: bool | None = None,
    direction: Direction | None = None,
    phase: str | None = None,
    resamples: int = 10_000,
    seed: int = 0,
) -> Comparison:
    """Compare groups of runs by one metric; the first group is the baseline.

    Parameters
    ----------
    *groups : Run, Runs, sequence of Run, or path
        Each a side. With one side its noise floor is measured instead.
    metric : str or None
        The metric; None takes ``quality_ki_value`` of Statistik runs, ``loss`` of batch runs.
    names : sequence of str or None
        The sides' names; None takes the runs'.
    at, align, margin, paired, resamples, seed
        As in `statkit.analysis.comparison.compare`.
    direction : {"max", "min"} or None
        Overrides the catalogue.
    phase : str or None
        ``train`` or ``val``.

    Returns
    -------
    Comparison
        With a verdict for each candidate, and its reason.

    Raises
    ------
    UsageError
        If a run is on two sides, or options contradict each other.
    MetricNotFoundError, DirectionUnknownError, EmptySeriesError
        If the question has no answer.
    """
    sides = [many(group) for group in groups]
    titles = list(names) if names is not None else _titles(sides)
    if len(titles) != len(sides) or len(set(titles)) < len(titles):
        raise UsageError(f"names={titles} for {len(sides)} sides: give each side a name of its own.")
    return compare_groups(
        dict(zip(titles, sides, strict=True)),
        metric,
        Filter(phase=phase, direction=direction),
        at=at,
        align=align,
        margin=margin,
        paired=paired,
        resamples=resamples,
        seed=seed,
    )


def compare_groups(
    groups: Mapping[str, Sequence[Run]],
    metric: str | None,
    rows: Filter,
    *,
    at: str = "best",
    align: Align = "exact",
    margin: float | None = None,
    paired: bool | None = None,
    differences: Sequence[float] = (),
    resamples: int = 10_000,
    seed: int = 0,
) -> Comparison:
    """Compare named groups; `compare` has the parameters."""
    check_overlap(groups)
    chosen = {name: [_selected(run, metric, rows) for run in runs] for name, runs in groups.items()}
    first = next(s for side in chosen.values() for s in side)
    for side in chosen.values():
        for other in side:
            if other.metric.name != first.metric.name and metric is None:
                raise MetricError(
                    f"{other.run.name} has {other.metric.name}, {first.run.name} has {first.metric.name}. "
                    f"Name one metric with -m."
                )
    return ask(
        [Group(name, [_series(each) for each in side]) for name, side in chosen.items()],
        metric=first.metric.name,
        direction=first.direction,
        at=at,
        align=align,
        margin=margin,
        paired=paired,
        differences=differences,
        resamples=resamples,
        seed=seed,
    )


def compare_metrics(
    groups: Mapping[str, Sequence[Run]], metrics: Sequence[str], rows: Filter, **options: Any
) -> tuple[Comparison, ...]:
    """Compare by several metrics, their p-values adjusted together (Holm); none named is the default.

    Patterns match the metrics of the first run; `compare_groups` has the options.
    """
    first = next(iter(groups.values()))[0]
    names = [each.metric.name for each in select_many(first, metrics, "best", rows)]
    return adjust_together([compare_groups(groups, name, rows, **options) for name in names])


def _selected(run: Run, metric: str | None, rows: Filter) -> Selection:
    return select(run, metric, "best", rows)


def _series(chosen: Selection) -> Series:
    """Take what may be compared: values that mean "not measured" are left out."""
    rows = [row for row, good in enumerate(chosen.believed) if good]
    return Series(
        run=chosen.run.name,
        steps=[chosen.steps[row] for row in rows],
        values=[chosen.values[row] for row in rows],
        key=_seed(chosen.run),
        path=chosen.run.path,
    )


def _seed(run: Run) -> str | int | None:
    """The seed that pairs a run with one of another group, from its hyperparameters."""
    value = flatten(run.config).get("seed")
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None


def _titles(sides: Sequence[Sequence[Run]]) -> list[str]:
    """Name sides by their first runs; names that occur twice are extended upwards."""
    if not all(sides):
        raise UsageError("a side without runs cannot be compared.")
    first = [side[0].name for side in sides]
    if len(set(first)) < len(first):
        first = unique_names([side[0].path for side in sides])
    return [
        name if len(side) == 1 else f"{name} and {len(side) - 1} more"
        for name, side in zip(first, sides, strict=True)
    ]


def check_overlap(groups: Mapping[str, Sequence[Run]]) -> None:
    """Refuse a run that stands on two sides.

    Raises
    ------
    UsageError
        Naming the run and both sides.
    """
    seen: dict[str, str] = {}
    for name, runs in groups.items():
        if not runs:
            raise UsageError(f"{name} holds no run.")
        for run in runs:
            place = os.path.realpath(run.path)
            if place in seen:
                raise UsageError(
                    f"{run.name} is in {seen[place]} and in {name}: a run can be on one side only."
                )
            seen[place] = name


def group_by(runs: Sequence[Run], key: str) -> dict[str, list[Run]]:
    """Pool runs by a hyperparameter, in the order its values first occur.

    Raises
    ------
    UsageError
        If no run has it.
    """
    pooled: dict[str, list[Run]] = {}
    for run in runs:
        value = flatten(run.config).get(key)
        if value is not None:
            pooled.setdefault(f"{key}={value}", []).append(run)
    if not pooled:
        keys = dict.fromkeys(name for run in runs for name in flatten(run.config))
        raise UsageError(
            f"--group-by {key!r}: no run's config has it. There is: {', '.join(keys) or 'no config'}."
        )
    return pooled
