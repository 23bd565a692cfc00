"""May this run pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Literal

from statkit.analysis.gating import Gate, GateVerdict
from statkit.analysis.gating import gate as judge
from statkit.analysis.margins import parse_rule
from statkit.analysis.result import Result
from statkit.analysis.scores import score
from statkit.api.comparing import check_overlap
from statkit.api.inputs import Input, many
from statkit.api.selection import Filter, Selection, select
from statkit.data.run import Run
from statkit.errors import EmptySeriesError, UsageError
from statkit.schema import Direction

Overall = Literal["pass", "regression", "too-little-evidence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates(Result):
    """Every rule, judged.

    Attributes
    ----------
    candidate, baseline : tuple of str
        Names of the runs.
    at : str
        Where each run's score was taken.
    verdict : {"pass", "regression", "too-little-evidence"}
        The worst of the rules: one regression is a regression, one rule without evidence is none.
    rules : tuple of Gate
        One a rule, in the order given.
    units : tuple of str or None
        The metrics' units.
    """

    candidate: tuple[str, ...]
    baseline: tuple[str, ...]
    at: str
    verdict: Overall
    rules: tuple[Gate, ...]
    units: tuple[str | None, ...]

    def rows(self) -> list[dict[str, object]]:
        """One dict a rule."""
        return [rule.to_dict() for rule in self.rules]


def gate(
    candidate: Input,
    baseline: Input,
    rules: Sequence[str],
    *,
    at: str = "best",
    rows: Filter | None = None,
) -> Gates:
    """Judge a candidate against baseline runs, rule by rule.

    Parameters
    ----------
    candidate : Run, sequence of Run, or path
        One run, or several of the same settings.
    baseline : sequence of Run, or path
        Runs that differ only by chance.
    rules : sequence of str
        ``"quality_ki_value: -0.005"``: a metric, and how much worse is allowed in its own sign.
    at : str
        ``best``, ``last``, ``step:N``, ``mean:A:B`` or ``auc``.
    rows : Filter or None
        Which rows, and a direction for metrics of unknown direction.

    Returns
    -------
    Gates
        With the verdict of each rule, and the worst of them.

    Raises
    ------
    UsageError
        If there is no rule, a margin cannot be read or is an improvement, or a run is on both sides.
    MetricNotFoundError, DirectionUnknownError
        If a metric does not exist, or nobody has said which way is better.
    """
    if not rules:
        raise UsageError("no rule to judge by. Name one: --rule 'quality_ki_value: -0.005'.")
    own, others = many(candidate), many(baseline)
    check_overlap({"the candidate": own, "the baseline": others})
    judged, units = [], []
    for text in rules:
        rule = parse_rule(text)
        mine = [_selected(run, rule.metric, rows) for run in own]
        theirs = [_selected(run, rule.metric, rows) for run in others]
        known = mine[0]
        direction = known.direction
        judged.append(
            judge(
                [_score(each, direction, at) for each in mine],
                [_score(each, direction, at) for each in theirs],
                metric=known.metric.name,
                direction=direction,
                margin=rule.margin,
            )
        )
        units.append(known.metric.unit)
    verdicts: list[GateVerdict] = [each.verdict for each in judged]
    worst: Overall = "pass"
    if "regression" in verdicts:
        worst = "regression"
    elif "too-little-evidence" in verdicts:
        worst = "too-little-evidence"
    return Gates(
        candidate=tuple(run.name for run in own),
        baseline=tuple(run.name for run in others),
        at=at,
        verdict=worst,
        rules=tuple(judged),
        units=tuple(units),
    )


def _selected(run: Run, metric: str, rows: Filter | None) -> Selection:
    return select(run, metric, "best", rows)


def _score(chosen: Selection, direction: Direction, at: str) -> float:
    """Score one run; NaN where no value of it may count."""
    kept = [row for row, good in enumerate(chosen.believed) if good]
    try:
        return score(
            [chosen.steps[row] for row in kept], [chosen.values[row] for row in kept], direction, at=at
        )
    except EmptySeriesError:
        return nan
