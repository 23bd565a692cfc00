"""Figures: trends, parts of the loss, learning rate, layers, correlations, distributions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from statkit.api.inputs import Input
from statkit.api.plotted_rows import Side, sides_of
from statkit.api.selection import Filter
from statkit.errors import UsageError
from statkit.records import Notice
from statkit.schema import Direction

if TYPE_CHECKING:
    from statkit.analysis.alignment import Align
    from statkit.analysis.plotted.correlations import Method
    from statkit.analysis.plotted.means import Band
    from statkit.analysis.plotted.places import Across
    from statkit.analysis.result import Result
    from statkit.views.figures.plot import Plot

Kind = Literal["trend", "losses", "weights", "rate", "layers", "correlation", "distribution"]


def plot(
    runs: Input | Mapping[str, Input],
    metrics: str | Sequence[str] | None = None,
    *,
    kind: Kind = "trend",
    x: Across = "step",
    smooth: str | float | None = None,
    log: bool = False,
    band: Band = "ci",
    align: Align = "exact",
    method: Method = "spearman",
    phase: str | None = None,
    direction: Direction | None = None,
    style: str = "screen",
    size: tuple[float, float] | None = None,
    ax: Any = None,
) -> Plot:
    """Draw a figure of one or many runs.

    Parameters
    ----------
    runs : Run, Runs, sequence of Run, path, or mapping of str to these
        Each run has a curve of its own; a mapping names groups, each drawn as the mean of its runs.
    metrics : str, sequence of str, or None
        A panel each; patterns match names. None takes what the kind is about, or
        ``quality_ki_value`` of Statistik runs and ``loss`` of batch runs.
    kind : {"trend", "losses", "weights", "rate", "layers", "correlation", "distribution"}
        ``losses`` stacks the parts of the loss, each times its weight; ``weights`` draws those
        weights; ``rate`` the learning rate with its phases; ``layers`` the activity of every layer
        as a heat map.
    x : {"step", "epoch", "time"}
        What the axis counts; time is since the run's first record.
    smooth : str, float or None
        ``tb:0.6``, ``ema:0.3``, ``median:5``, …; a number alone is TensorBoard's weight. The
        values stay visible, faintly.
    log : bool
        A logarithmic scale.
    band : {"ci", "sd", "range", "none"}
        What the band of a group shows; ``ci`` is the 95 % interval of the mean.
    align : {"exact", "interp", "locf"}
        How the runs of a group come onto common steps.
    method : {"spearman", "pearson"}
        Of a correlation.
    phase : str or None
        ``train`` or ``val``; None draws both.
    direction : {"max", "min"} or None
        Overrides the catalogue.
    style : {"screen", "paper"}
        ``paper`` is a column wide (3.5 in), in 8 pt, its notes left to the caption.
    size : (float, float) or None
        Width and height in inches.
    ax : matplotlib Axes, sequence of Axes, or None
        Axes of your own, one a panel, which keep your settings of matplotlib.

    Returns
    -------
    Plot
        Shows itself in a notebook; ``.save("quality.pdf")`` writes PNG, SVG or PDF, the same bytes
        each time; ``.result`` holds every number drawn.

    Raises
    ------
    UsageError
        If options do not exist or contradict each other.
    MetricNotFoundError, EmptySeriesError
        If there is nothing to draw.

    Examples
    --------
    >>> import statkit as sk
    >>> run = sk.load("examples/runs/coarse/seed-0")
    >>> sk.plot(run, ["quality_ki_value"], smooth="0.6").save("quality.png")
    'quality.png'
    """
    rows = Filter(phase=phase, direction=direction)
    result, _ = plotted(
        sides_of(runs), metrics, rows, kind=kind, x=x, smooth=smooth, log=log, band=band, align=align,
        method=method,
    )  # fmt: skip
    return drawn(result, style=style, size=size, ax=ax)


def plotted(
    sides: Sequence[Side],
    metrics: str | Sequence[str] | None,
    rows: Filter,
    *,
    kind: Kind = "trend",
    x: Across = "step",
    smooth: str | float | None = None,
    log: bool = False,
    band: Band = "ci",
    align: Align = "exact",
    method: Method = "spearman",
) -> tuple[Result, list[Notice]]:
    """Compute what a figure shows, and what had to be left out; `plot` has the parameters."""
    from statkit.api import plotted_runs, plotted_trends

    if kind not in get_args(Kind):
        raise UsageError(f"Kind {kind!r} is unknown. Possible: {', '.join(get_args(Kind))}.")
    _check(kind, smooth=smooth is not None, log=log, x=x != "step")
    if kind == "trend":
        return plotted_trends.trends(
            sides, metrics, rows, x=x, smooth=smooth, log=log, band=band, align=align
        )
    if kind == "distribution":
        return plotted_trends.distributions(sides, metrics, rows, log=log)
    if kind == "correlation":
        return plotted_runs.correlations(sides, metrics, rows, method)
    if kind == "rate":
        return plotted_runs.rates(sides, metrics, rows, x, log)
    makers = {"losses": plotted_runs.losses, "weights": plotted_runs.weights, "layers": plotted_runs.layers}
    return makers[kind](sides, metrics, rows, x)


#: Kinds that an option means something to.
_MEANT: Final[dict[str, tuple[Kind, ...]]] = {
    "smooth": ("trend",),
    "log": ("trend", "rate", "distribution"),
    "x": ("trend", "losses", "weights", "rate", "layers"),
}


def _check(kind: Kind, **asked: bool) -> None:
    """Refuse an option that a kind would silently leave unused."""
    for name, given in asked.items():
        if given and kind not in _MEANT[name]:
            possible = ", ".join(_MEANT[name])
            raise UsageError(f"{name} means nothing to a figure of kind {kind}. Possible with: {possible}.")


def drawn(
    result: Result, *, style: str = "screen", size: tuple[float, float] | None = None, ax: Any = None
) -> Plot:
    """Draw what was computed; `plot` has the parameters."""
    from statkit.views.figures.gallery import draw

    return draw(result, style=style, size=size, axes=ax)
