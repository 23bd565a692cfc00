"""How a comparison looks in a terminal."""

from __future__ import annotations

from statkit.analysis.comparison import Comparison
from statkit.analysis.pairs import Pair
from statkit.schema import lookup
from statkit.views.numbers import NumberFormat, difference, p_value
from statkit.views.table import OPTIONAL, Column, Table, numbers, words

_ARROWS = {"max": "higher is better", "min": "lower is better"}


def compare_tables(
    answer: Comparison, *, unit: str | None = None, precision: int | None = None
) -> list[Table]:
    """The groups, then each candidate against the baseline, or the noise floor of one group."""
    unit = unit or lookup(answer.metric).unit
    tables = [_groups(answer, unit, precision)]
    if answer.comparisons:
        tables.append(_pairs(answer, unit, precision))
    elif answer.noise_floor is not None:
        tables.append(_floor(answer, unit, precision))
    return tables


def _interval(interval: tuple[float, float] | None, write: NumberFormat) -> str:
    return "–" if interval is None else f"[{write(interval[0])}, {write(interval[1])}]"


def _groups(answer: Comparison, unit: str | None, precision: int | None) -> Table:
    groups = answer.groups
    every = [value for group in groups for value in group.values]
    write = NumberFormat(every, unit, precision)
    means = [group.mean for group in groups]
    columns = [
        words("group", [group.group for group in groups]),
        numbers("runs", [group.n for group in groups]),
        numbers("mean", means, unit, precision, like=every),
        words("95 % interval", [_interval(group.ci, write) for group in groups], give=0),
        numbers("iqm", [group.iqm for group in groups], unit, precision, like=every),
        numbers("sd", [group.sd for group in groups], unit, precision, like=every),
        numbers(
            "lowest", [min(group.values) for group in groups], unit, precision, like=every, give=OPTIONAL
        ),
        numbers(
            "highest", [max(group.values) for group in groups], unit, precision, like=every, give=OPTIONAL
        ),
    ]
    title = f"{answer.metric} at {answer.at} ({_ARROWS[answer.direction]}), baseline {answer.baseline}"
    return Table(columns, title, (), _winner(answer))


def _winner(answer: Comparison) -> frozenset[int]:
    """Mark the best group, but only one that a verdict calls better than the baseline or it than all."""
    better = {pair.candidate for pair in answer.comparisons if pair.verdict == "better"}
    if not better:
        all_worse = answer.comparisons and all(pair.verdict == "worse" for pair in answer.comparisons)
        return frozenset({0} if all_worse else ())
    sign = 1 if answer.direction == "max" else -1
    named = [(sign * group.mean, row) for row, group in enumerate(answer.groups) if group.group in better]
    return frozenset({max(named)[1]})


def _pairs(answer: Comparison, unit: str | None, precision: int | None) -> Table:
    pairs = answer.comparisons
    unit = difference(unit)
    write = NumberFormat([p.difference for p in pairs], unit, precision)
    columns: list[Column] = [
        words("candidate", [p.candidate for p in pairs]),
        numbers("difference", [p.difference for p in pairs], unit, precision),
        words("95 % interval", [_interval(p.ci, write) for p in pairs], give=0),
        numbers("P(better)", [p.probability_of_improvement for p in pairs], None, 2),
        numbers("Hedges g", [p.hedges_g for p in pairs], None, 2, give=OPTIONAL),
        words("p (least)", [_p(p) for p in pairs], give=0),
        words("verdict", [p.verdict for p in pairs], give=0),
    ]
    if any(p.p_value_adjusted != p.p_value for p in pairs):
        columns.insert(-1, words("Holm", [p_value(p.p_value_adjusted) for p in pairs], give=0))
    notes = [f"{p.candidate}: {p.verdict}: {p.reason}" for p in pairs]
    notes += [_within(p, write) for p in pairs if p.within_run is not None]
    return Table(columns, "against the baseline", [note for note in notes if note])


def _p(pair: Pair) -> str:
    return f"{p_value(pair.p_value)} ({p_value(pair.p_value_attainable)})"


def _within(pair: Pair, write: NumberFormat) -> str:
    curve = pair.within_run
    if curve is None:
        return ""
    mean, steps = write(curve.mean_difference), len(curve.differences)
    line = f"{pair.candidate}, within this run only: mean difference {mean} over {steps} shared steps"
    return f"{line} {_interval(curve.ci, write)}" if curve.ci else line


def _floor(answer: Comparison, unit: str | None, precision: int | None) -> Table:
    floor = answer.noise_floor
    assert floor is not None
    needed = floor.runs_needed
    columns = [
        numbers("difference", [need.difference for need in needed], difference(unit), precision),
        numbers("runs a side needed", [need.runs_per_side for need in needed]),
    ]
    return Table(columns, f"noise floor of {answer.baseline}", [floor.note])
