"""Which step is best. Ranking by value needs no numpy; the other picks load it when they are asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import TYPE_CHECKING, Any, Final

from statkit.analysis.result import Result
from statkit.errors import EmptySeriesError, UsageError
from statkit.records import has_gaps, kinds_of
from statkit.schema import Direction

if TYPE_CHECKING:
    from statkit.analysis.smoothing import Smoothing

#: How a step can be picked.
PICKS: Final = ("value", "smoothed", "one-se")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Result):
    """One step in a ranking.

    Attributes
    ----------
    rank : int
        1 for the best; steps of equal value share a rank.
    row : int
        Where it stands in the input.
    step : int or float
        Its step.
    value : float
        Its own value, whatever the pick.
    ties : tuple of int or float
        The other steps with exactly the same value (the same smoothed value for the smoothed picks).
    smoothed : float or None
        The smooth at this step; None for ``pick="value"`` without ``ci``.
    ci : tuple of float or None
        95 % residual-bootstrap interval of the level under the noise at this step, for the first place.
        It allows for the picking, so it may lie mostly on the worse side of ``smoothed``.
    optimism : float or None
        How much the best of so many noisy values flatters, in the metric's unit, 0 or more: the winner's
        curse, estimated by the same bootstrap, for the first place. Bootstrapping a maximum is
        inconsistent, so this is an indication, never a correction to be applied.
    """

    rank: int
    row: int
    step: int | float
    value: float
    ties: tuple[int | float, ...] = ()
    smoothed: float | None = None
    ci: tuple[float, float] | None = None
    optimism: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking(Result):
    """The best steps, best first.

    Attributes
    ----------
    direction : {"max", "min"}
        What is good.
    pick : {"value", "smoothed", "one-se"}
        How steps were chosen.
    n : int
        How many finite values competed.
    places : tuple of Place
        As many as were asked for, or as there are.
    passed_over : tuple of int or float
        Steps that would have come first but hold a value that is no measurement.
    notes : tuple of str
        What a reader should know.
    """

    direction: Direction
    pick: str
    n: int
    places: tuple[Place, ...]
    passed_over: tuple[int | float, ...]
    notes: tuple[str, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Give one dict a place."""
        return [row for place in self.places for row in place.rows()]


def rank(
    steps: Sequence[Any],
    values: Sequence[Any],
    *,
    direction: Direction,
    pick: str = "value",
    top: int = 1,
    ci: bool = False,
    excluded: Sequence[bool] | None = None,
    smooth: str | float | Smoothing | None = None,
    seed: int = 0,
    metric: str = "",
) -> Ranking:
    """Rank the steps of a series.

    Parameters
    ----------
    steps, values : sequence of numbers
        One each a record. None, NaN and infinities never compete.
    direction : {"max", "min"}
        What is good.
    pick : {"value", "smoothed", "one-se"}
        ``value``: the highest or lowest value. ``smoothed``: that of the smooth. ``one-se``: the earliest
        step whose smooth lies within one standard deviation of the residuals of the best (after the one
        standard error rule of Breiman, Friedman, Olshen & Stone 1984, section 3.4.3); further places are
        the next steps in time that do.
    top : int
        How many places, 1 or more.
    ci : bool
        Add the interval and the optimism of the first place.
    excluded : sequence of bool, optional
        Rows whose value is no measurement; never ranked, and named where they would have won.
    smooth : Smoothing, str or float, optional
        The smooth; a centred local line over a fifth of the points when left out.
    seed : int
        Of the bootstrap.
    metric : str
        For the error message.

    Raises
    ------
    EmptySeriesError
        Nothing is left to rank.
    UsageError
        An unknown pick, a smoothing that does not exist, or ``top`` below 1.

    Examples
    --------
    >>> rank([500, 1000, 1500], [0.2, 0.7, 0.6], direction="max").places[0].step
    1000
    """
    if pick not in PICKS:
        raise UsageError(f"Pick {pick!r} is unknown. Possible: {', '.join(PICKS)}.")
    if top < 1:
        raise UsageError(f"Top {top} places were asked for; ask for 1 or more.")
    rows, passed_over = competitors(steps, values, direction, excluded)
    if not rows:
        raise EmptySeriesError(
            f"{metric or 'The series'} has {len(values)} entries and none that can be ranked"
            + (": all its numbers are values that stand for no measurement." if excluded else ".")
        )
    notes: tuple[str, ...] = ()
    if pick == "value" and not ci:
        places = by_value(rows, steps, values, direction, top)
    else:
        from statkit.analysis.smoothed_ranking import places_of

        places, notes = places_of(
            rows, steps, values, direction, pick=pick, top=top, ci=ci, smooth=smooth, seed=seed
        )
    return Ranking(
        direction=direction, pick=pick, n=len(rows), places=places, passed_over=passed_over, notes=notes
    )


def competitors(
    steps: Sequence[Any], values: Sequence[Any], direction: Direction, excluded: Sequence[bool] | None
) -> tuple[list[int], tuple[int | float, ...]]:
    """Give the rows that may win, in step order, and the steps of excluded ones that would have."""
    if kinds_of(values) == {float} and not has_gaps(values) and math.isfinite(sum(values)):
        finite = list(range(len(values)))
    else:
        finite = [row for row, value in enumerate(values) if value is not None and math.isfinite(value)]
    if excluded is None or not any(excluded):
        return sorted(finite, key=steps.__getitem__), ()
    rows = sorted((row for row in finite if not excluded[row]), key=steps.__getitem__)
    sign = 1 if direction == "max" else -1
    bar = max((sign * values[row] for row in rows), default=-math.inf)
    trapped = (row for row in finite if excluded[row] and sign * values[row] >= bar)
    return rows, tuple(steps[row] for row in trapped)


def by_value(
    rows: Sequence[int], steps: Sequence[Any], values: Sequence[Any], direction: Direction, top: int
) -> tuple[Place, ...]:
    """Give the first ``top`` places by value, the earlier step first among equals."""
    sign = -1 if direction == "max" else 1
    bar = nsmallest(top, [sign * values[row] for row in rows])[-1]
    leading = [row for row in rows if sign * values[row] <= bar]
    order = sorted(leading, key=lambda row: (sign * values[row], steps[row]))
    places: list[Place] = []
    for position, row in enumerate(order[:top]):
        value = float(values[row])
        shared = bool(places) and places[-1].value == value
        places.append(
            Place(
                rank=places[-1].rank if shared else position + 1,
                row=row,
                step=steps[row],
                value=value,
                ties=tuple(steps[tie] for tie in leading if tie != row and values[tie] == values[row]),
            )
        )
    return tuple(places)
