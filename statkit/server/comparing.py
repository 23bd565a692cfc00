"""Runs compared: the verdict, and each side's curve with its band."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, TypeVar

from statkit.analysis.plotted.means import GroupCurve
from statkit.analysis.plotted.panels import TrendFigure
from statkit.analysis.result import plain
from statkit.api.comparison_question import Question
from statkit.api.plotted_rows import Side
from statkit.api.plotting import plotted
from statkit.api.selection import Filter
from statkit.data.run import Run
from statkit.errors import MetricError, UsageError
from statkit.server.watch import Watch
from statkit.server.watched import WatchedRun

Answer = TypeVar("Answer")


def sides_of(watch: Watch, asked: Sequence[str]) -> dict[str, list[WatchedRun]]:
    """Read ``NAME:id,id`` into sides.

    Raises
    ------
    UsageError
        If a side has no name or no run, two have one name, or a run is not there.
    """
    sides: dict[str, list[WatchedRun]] = {}
    for each in asked:
        name, colon, listed = each.rpartition(":")
        runs = [watch.get(run) for run in listed.split(",")]
        known = [run for run in runs if run is not None]
        if not colon or not name or name in sides:
            raise UsageError(f"side={each!r}: say NAME:id,id, each side with a name of its own.")
        if len(known) < len(runs):
            raise UsageError(f"side {name!r} names a run that is not there any more.")
        sides[name] = known
    if not sides:
        raise UsageError("which runs? Say side=NAME:id,id for each side.")
    return sides


def together(runs: Sequence[WatchedRun], question: Callable[[Sequence[Run]], Answer]) -> Answer:
    """Ask several runs at once, which nobody else reads meanwhile."""
    with ExitStack() as stack:
        for run in sorted(runs, key=lambda each: each.id):
            stack.enter_context(run.alone())
        return question([run.ask(lambda each: each) for run in runs])


def comparison(
    sides: Mapping[str, Sequence[WatchedRun]], metric: str | None, at: str, phase: str | None
) -> dict[str, Any]:
    """Compare sides, the first being the baseline: what `statkit compare --json` says, and bands.

    Raises
    ------
    UsageError, MetricError
        If the question has no answer.
    """

    def ask(runs: Sequence[Run]) -> dict[str, Any]:
        left = iter(runs)
        groups = {name: [next(left) for _ in side] for name, side in sides.items()}
        question = Question(metrics=(metric,) if metric else (), at=at, phase=phase)
        answer = question.ask(groups)[0]
        told = {name: value for name, value in answer.to_dict().items() if name != "warnings"}
        return {
            "schema": "statkit.compare/1",
            **told,
            "bands": _bands(groups, answer.metric, phase),
            "warnings": [
                {"code": each.code, "path": each.path, "message": each.message} for each in answer.warnings
            ],
        }

    return together([run for side in sides.values() for run in side], ask)


def _bands(groups: Mapping[str, Sequence[Run]], metric: str, phase: str | None) -> dict[str, Any]:
    """Give the mean of each side and its 95 % interval; runs of other steps are read between theirs."""
    return {name: _band(name, runs, metric, phase) for name, runs in groups.items()}


def _band(name: str, runs: Sequence[Run], metric: str, phase: str | None) -> dict[str, Any] | None:
    side = Side(name, tuple(runs), True)
    for align in ("exact", "interp"):
        try:
            found, _ = plotted([side], metric, Filter(phase=phase), align=align)
        except (UsageError, MetricError):
            continue
        assert isinstance(found, TrendFigure)
        curves = [each for each in found.panels[0].curves if isinstance(each, GroupCurve)]
        curve = max(curves, key=lambda each: each.phase == "val", default=None)
        if curve is None or (align == "exact" and len(curve.steps) < 2 and len(runs) > 1):
            continue
        return {
            "align": align,
            "phase": curve.phase,
            "step": plain(curve.steps),
            "mean": plain(curve.means),
            "low": plain(curve.lows),
            "high": plain(curve.highs),
            "n": [curve.n] * len(curve.steps),
        }
    return None
