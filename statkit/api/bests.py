"""Which step is best."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from statkit.analysis.answers import Best, BestStep
from statkit.analysis.ranking import rank
from statkit.api.checkpoints import checkpoint_of
from statkit.api.inputs import Input, many
from statkit.api.selection import Filter, Selection, select_many
from statkit.data.run import Run
from statkit.errors import MetricError, UsageError
from statkit.schema import Direction


def best(
    runs: Input,
    metric: str | None = None,
    *,
    direction: Direction | None = None,
    phase: str | None = None,
    pick: str = "value",
    top: int = 1,
    ci: bool = False,
) -> Best:
    """Find the best step of each run, and everything known there.

    Parameters
    ----------
    runs : Run, Runs, sequence of Run, or path
        The runs.
    metric : str or None
        The metric; None takes ``quality_ki_value`` of a Statistik run, ``loss`` of a batch run.
    direction : {"max", "min"} or None
        Overrides the catalogue.
    phase : str or None
        ``train`` or ``val``.
    pick : {"value", "smoothed", "one-se"}
        The best value; the best of the smoothed series; the earliest step that is as good within one
        standard error.
    top : int
        That many steps a run.
    ci : bool
        Add a residual-bootstrap interval and an estimate of the winner's curse.

    Returns
    -------
    Best
        Its ``step``, ``value``, ``record`` and ``checkpoint`` are those of the first run.

    Raises
    ------
    MetricNotFoundError, DirectionUnknownError, EmptySeriesError
        If the question has no answer.
    """
    rows = Filter(phase=phase, direction=direction)
    metrics = [] if metric is None else [metric]
    answers = [steps_of(run, metrics, rows, pick=pick, top=top, ci=ci) for run in many(runs)]
    found = joined([each for one in answers for each in one])
    if len(found) > 1:
        names = " and ".join(each.metric for each in found)
        raise MetricError(f"these runs have different metrics by default, {names}: name one.")
    return found[0]


def steps_of(
    run: Run,
    metrics: Sequence[str],
    rows: Filter,
    *,
    pick: str = "value",
    top: int = 1,
    ci: bool = False,
    smooth: str | None = None,
) -> list[Best]:
    """Answer for one run, several metrics and any rows; `best` has the parameters."""
    return [
        Best(
            metric=chosen.metric.name,
            direction=chosen.direction,
            pick=pick,
            unit=chosen.metric.unit,
            results=tuple(_steps(chosen, pick, top, ci, smooth)),
        )
        for chosen in select_many(run, metrics, "best", rows)
    ]


def joined(answers: Sequence[Best]) -> list[Best]:
    """Put the answers of several runs together, one a metric: runs of two formats give two."""
    pooled: dict[str, Best] = {}
    for answer in answers:
        known = pooled.get(answer.metric)
        pooled[answer.metric] = (
            answer if known is None else replace(known, results=(*known.results, *answer.results))
        )
    return list(pooled.values())


def field_of(result: BestStep, name: str) -> Any:
    """One thing known at a best step: an attribute of the answer, or a field of the record.

    The checkpoint comes as a path that opens from here.

    Raises
    ------
    UsageError
        If there is no such thing.
    """
    if name == "checkpoint" and result.checkpoint is not None:
        base = result.path if os.path.isdir(result.path) else os.path.dirname(result.path)
        return os.path.normpath(os.path.join(base, result.checkpoint))
    if name in ("run", "path", "rank", "step", "value", "file", "checkpoint"):
        return getattr(result, name)
    if name in result.record:
        return result.record[name]
    raise UsageError(
        f"--field {name!r}: possible are step, value, file, checkpoint, run, path, rank, or a field."
    )


def _steps(chosen: Selection, pick: str, top: int, ci: bool, smooth: str | None) -> Iterator[BestStep]:
    ranking = rank(
        chosen.steps,
        chosen.values,
        direction=chosen.direction,
        pick=pick,
        top=top,
        ci=ci,
        excluded=[not good for good in chosen.believed],
        smooth=smooth,
        metric=chosen.metric.name,
    )
    for place in ranking.places:
        extra: dict[str, Any] = {"ties": list(place.ties)} if place.ties else {}
        if place.smoothed is not None:
            extra["smoothed"] = place.smoothed
        if place.ci is not None:
            extra |= {"ci": list(place.ci), "optimism": place.optimism}
        notes = ranking.notes if place is ranking.places[0] else ()
        yield _answer(chosen, place.row, place.rank, "; ".join(notes), extra)


def _answer(chosen: Selection, row: int, rank: int, note: str, extra: Mapping[str, Any]) -> BestStep:
    record = chosen.run.record(chosen.columns, row)
    return BestStep(
        run=chosen.run.name,
        path=chosen.run.path,
        rank=rank,
        step=chosen.steps[row],
        value=chosen.values[row],
        file=chosen.columns.provenance["file"][row],
        record=record.values,
        checkpoint=checkpoint_of(chosen.run, chosen.steps[row]),
        note=note,
        extra=extra,
    )
