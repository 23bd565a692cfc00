"""A figure of trends: a panel a metric, in it a curve a run or group."""

from __future__ import annotations

from dataclasses import dataclass

from statkit.analysis.plotted.curves import Mark, RunCurve
from statkit.analysis.plotted.means import GroupCurve
from statkit.analysis.plotted.places import Across
from statkit.analysis.result import Result
from statkit.schema import Direction

Curve = RunCurve | GroupCurve


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrendPanel(Result):
    """The curves of one metric.

    Attributes
    ----------
    metric : str
        The metric.
    unit : str or None
        Its unit.
    direction : {"max", "min"} or None
        Which way is better.
    curves : tuple of RunCurve or GroupCurve
        In the order the runs were named.
    """

    metric: str
    unit: str | None
    direction: Direction | None
    curves: tuple[Curve, ...]

    @property
    def best(self) -> tuple[Curve, Mark] | None:
        """The curve with the best marked point, the first among equals, and that point."""
        marked = [(curve, curve.best) for curve in self.curves if curve.best is not None]
        if not marked:
            return None
        sign = -1 if self.direction == "max" else 1
        return min(marked, key=lambda each: sign * each[1].value)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrendFigure(Result):
    """What a figure of trends shows.

    Attributes
    ----------
    x : {"step", "epoch", "time"}
        What its axis counts.
    x_label : str
        The axis' name, unit included.
    smoothing : str or None
        What the strong lines were smoothed by, over the faint values.
    log : bool
        Whether a logarithmic scale was asked for.
    panels : tuple of TrendPanel
        One a metric.
    """

    x: Across
    x_label: str
    smoothing: str | None
    log: bool
    panels: tuple[TrendPanel, ...]

    @property
    def sides(self) -> list[str]:
        """Every run and group drawn, in order; each keeps its colour over all panels."""
        return list(dict.fromkeys(curve.side for panel in self.panels for curve in panel.curves))

    @property
    def phases(self) -> list[str]:
        """Every phase drawn."""
        found = (curve.phase for panel in self.panels for curve in panel.curves)
        return sorted({phase for phase in found if phase is not None})
