"""The learning rate over a run, and the phases of its schedule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from statkit.analysis.arrays import Floats, floats
from statkit.analysis.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSpan:
    """A stretch of one phase: its name, and its ends on the figure's axis."""

    name: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RatePanel(Result):
    """The learning rate of one run.

    Attributes
    ----------
    run, path : str
        The run's name and where it is.
    metric : str
        The field.
    xs, values : ndarray of float, shape (n,)
        Places on the figure's axis, and the rate; NaN where it is not finite.
    segments : ndarray of float, shape (n,)
        Stretches between rewinds.
    phases : tuple of PhaseSpan
        One after the other; each ends where the next one is first seen. Empty where none is named.
    """

    run: str
    path: str
    metric: str
    xs: Floats
    values: Floats
    segments: Floats
    phases: tuple[PhaseSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RateFigure(Result):
    """A panel a run; ``x_label`` names the axis they share, ``log`` asks for a logarithmic scale."""

    x_label: str
    log: bool
    panels: tuple[RatePanel, ...]

    @property
    def names(self) -> list[str]:
        """Every phase, in the order they first occur."""
        return list(dict.fromkeys(span.name for panel in self.panels for span in panel.phases))


def rate_panel(
    run: str,
    path: str,
    metric: str,
    xs: Floats,
    values: Sequence[Any],
    segments: Sequence[int],
    phases: Sequence[str | None],
) -> RatePanel:
    """Make the panel of one run; all sequences are of one length, in the order they are drawn."""
    numbers = floats(values)
    return RatePanel(
        run=run,
        path=path,
        metric=metric,
        xs=xs,
        values=np.where(np.isfinite(numbers), numbers, np.nan),
        segments=floats(segments),
        phases=_spans(xs, phases),
    )


def _spans(xs: Floats, phases: Sequence[str | None]) -> tuple[PhaseSpan, ...]:
    """Join neighbouring rows of one phase; a row without a name goes on with the one before."""
    named: list[tuple[str, float]] = []
    for x, phase in zip(xs.tolist(), phases, strict=True):
        name = phase if phase is not None else (named[-1][0] if named else None)
        if name is not None and x == x:
            named.append((name, x))
    runs = [(name, [x for _, x in rows]) for name, rows in groupby(named, key=lambda each: each[0])]
    ends = [places[0] for _, places in runs[1:]] + [runs[-1][1][-1]] if runs else []
    return tuple(
        PhaseSpan(name=name, start=places[0], end=end) for (name, places), end in zip(runs, ends, strict=True)
    )
