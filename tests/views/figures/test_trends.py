import math
from pathlib import Path
from runpy import run_path

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex

from statkit.analysis.plotted.curves import run_curve
from statkit.analysis.plotted.means import group_curve
from statkit.errors import UsageError
from statkit.views.figures.gallery import draw

MADE = run_path(str(Path(__file__).with_name("made.py")))
rows, trends, group, smoothed = (MADE[name] for name in ("rows", "trends", "group", "smoothed"))


def lines(axes):
    """Lines of more than one point, as (xs, ys)."""
    return [
        (line.get_xdata().tolist(), line.get_ydata().tolist())
        for line in axes.lines
        if len(line.get_xdata()) > 2 and line.get_linestyle() != "None"
    ]


def rings(axes):
    """Points marked as best."""
    return [
        (line.get_xdata()[0], line.get_ydata()[0])
        for line in axes.lines
        if len(line.get_xdata()) == 1 and line.get_markerfacecolor() == "none"
    ]


def test_the_line_is_the_values():
    given = rows("seed-0")
    (axes,) = draw(trends()).axes
    assert lines(axes) == [(list(given.steps), list(given.values))]
    best = max(given.values)
    assert rings(axes) == [(given.steps[given.values.index(best)], best)]


def test_smoothing_lies_over_a_faint_line_of_the_values():
    given = rows("seed-0")
    curve = smoothed("seed-0")
    (axes,) = draw(trends({"m": [curve]}, smoothing="tb:0.6")).axes
    faint, strong = axes.lines[:2]
    assert faint.get_ydata().tolist() == list(given.values)
    assert strong.get_ydata().tolist() == curve.stretches[0].smoothed.tolist()
    assert faint.get_alpha() < 0.6 < strong.get_alpha()
    assert faint.get_linewidth() < strong.get_linewidth()
    assert faint.get_color() == strong.get_color()


def test_the_band_is_that_of_the_analysis():
    curve = group("base")
    (axes,) = draw(trends({"m": [curve]})).axes
    (band,) = [each for each in axes.collections if isinstance(each, PolyCollection)]
    points = {tuple(point) for point in band.get_paths()[0].vertices.tolist()}
    for x, low, high in zip(curve.xs, curve.lows, curve.highs, strict=True):
        assert {(x, low), (x, high)} <= points
    assert lines(axes) == [(curve.xs.tolist(), curve.means.tolist())]


def test_a_group_says_how_many_runs_it_has():
    plot = draw(trends({"m": [group("base"), group("new", count=3, first=9)]}))
    named = [text.get_text() for text in plot.figure.legends[0].get_texts()]
    assert named == ["base (n = 5)", "new (n = 3)", "95 % interval", "best"]
    assert "Student's t" in plot.notes[0]


def test_a_rewind_breaks_the_line():
    curve = run_curve(rows("a", segments=[0] * 9 + [1] * 7), "max")
    plot = draw(trends({"m": [curve]}))
    (axes,) = plot.axes
    assert [len(xs) for xs, _ in lines(axes)] == [9, 7]
    assert "resumed" in [text.get_text() for text in plot.figure.legends[0].get_texts()]
    assert [2000.0, 2000.0] in [list(line.get_xdata()) for line in axes.lines]


def test_what_was_not_measured_is_marked_below_and_never_drawn():
    values = [0.0, *rows("a").values[1:]]
    curve = run_curve(rows("a", values=values, believed=[False] + [True] * 15), "max")
    plot = draw(trends({"m": [curve]}))
    (axes,) = plot.axes
    assert all(0.0 not in ys for _, ys in lines(axes))
    assert axes.get_ylim()[0] > 0.4
    assert "not measured" in [text.get_text() for text in plot.figure.legends[0].get_texts()]


def test_gaps_stay_gaps_and_a_point_between_them_is_seen():
    values = [0.5, math.nan, 0.6, math.nan, *[0.7] * 60]
    curve = run_curve(rows("a", count=64, values=values), "max")
    (axes,) = draw(trends({"m": [curve]})).axes
    dots = [line for line in axes.lines if line.get_linestyle() == "None" and line.get_marker() == "o"]
    assert [0.5, 0.6] in [line.get_ydata().tolist() for line in dots]
    assert np.isnan(axes.lines[0].get_ydata()[1])


@pytest.mark.parametrize("values", [[math.nan] * 16, [math.inf] * 16])
def test_no_finite_value_is_said(values, holds):
    plot = draw(trends({"m": [run_curve(rows("a", values=values), "max")]}))
    assert "no finite value" in [text for text, _ in holds(plot)]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    "values", [[0.5], [0.5, 0.5], [0.0, 0.0], [1e-300, 2e-300], [1e300, -1e300], [3, 2**70], [-1.0, 1.0]]
)
def test_odd_series_are_drawn(values, log, holds):
    curve = run_curve(rows("a", count=len(values), values=values), "max")
    holds(draw(trends({"m": [curve]}, log=log)))


def test_a_logarithm_says_what_it_cannot_show():
    curve = run_curve(rows("a", count=3, values=[0.0, 0.1, 10.0]), "min")
    plot = draw(trends({"m": [curve]}, log=True))
    assert plot.axes[0].get_yscale() == "log"
    assert any("1 values of m are 0 or less" in note for note in plot.notes)


def test_a_band_that_reaches_below_zero_goes_on_to_the_edge_of_a_logarithm():
    apart = [[scale * 0.9**k for k in range(16)] for scale in (1.0, 9.0)]
    curve = group_curve("base", [rows(f"{i}", values=values) for i, values in enumerate(apart)], "min")
    assert (curve.lows < 0).all()
    (axes,) = draw(trends({"m": [curve]}, log=True)).axes
    (band,) = [each for each in axes.collections if isinstance(each, PolyCollection)]
    corners = band.get_paths()[0].vertices
    assert np.isfinite(corners).all()
    assert 0 < corners[:, 1].min() < axes.get_ylim()[0] < curve.least.min()


@pytest.mark.parametrize("span", [1.001, 1.3, 3.0, 9.0, 12.0, 1e3, 1e9])
def test_a_logarithm_has_numbers_over_any_span(span):
    values = [0.55 * span ** (k / 15) for k in range(16)]
    plot = draw(trends({"m": [run_curve(rows("a", values=values), "max")]}, log=True))
    axes = plot.axes[0]
    plot.to_bytes()
    low, high = axes.get_ylim()
    major = zip(axes.yaxis.get_majorticklocs(), axes.yaxis.get_majorticklabels(), strict=True)
    minor = zip(axes.yaxis.get_minorticklocs(), axes.yaxis.get_minorticklabels(), strict=True)
    told = [text.get_text() for place, text in (*major, *minor) if low <= place <= high and text.get_text()]
    assert 2 <= len(told) <= 12
    assert len(set(told)) == len(told)


def test_a_logarithm_of_nothing_positive_stays_linear():
    plot = draw(trends({"m": [run_curve(rows("a", count=2, values=[-1.0, 0.0]), "min")]}, log=True))
    assert plot.axes[0].get_yscale() == "linear"
    assert any("linear" in note for note in plot.notes)


def test_a_colour_is_kept_over_panels_and_told_by_the_legend():
    one, other = (run_curve(rows(name, seed=i), "max") for i, name in enumerate("ab"))
    plot = draw(trends({"m": [one, other], "n": [other]}))
    values = list(rows("b", seed=1).values)
    drawn = [line for axes in plot.axes for line in axes.lines if line.get_ydata().tolist() == values]
    colours = [to_hex(line.get_color()) for line in drawn]
    assert len(colours) == 2
    assert colours[0] == colours[1]
    handle = plot.figure.legends[0].legend_handles[1]
    assert to_hex(handle.get_color()) == colours[0]


def test_phases_of_one_run_have_colours_of_several_runs_dashes():
    def of(name, phase, seed):
        return run_curve(rows(name, seed=seed, phase=phase), "max")

    (alone,) = draw(trends({"m": [of("a", "train", 0), of("a", "val", 1)]})).axes
    assert alone.lines[0].get_color() != alone.lines[1].get_color()
    (two,) = draw(trends({"m": [of(n, p, s) for s, n in enumerate("ab") for p in ("train", "val")]})).axes
    drawn = [line for line in two.lines if len(line.get_xdata()) > 2]
    assert drawn[0].get_color() == drawn[1].get_color()
    assert drawn[0].get_linestyle() != drawn[1].get_linestyle()


HOSTILE = [
    "$\\frac{1}{0}$",
    "_hidden",
    "<script>alert(1)</script>",
    "a\nb\r\x1b[31m",
    "evil\u202egnp",
    "\U0001f600 層 " + "long " * 80,
    "",
    "%s {x} \\newpage",
]


@pytest.mark.parametrize("style", ["screen", "paper"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_mean_nothing_and_fit(name, style, holds):
    curves = [run_curve(rows(name), "max"), run_curve(rows("b" + name, seed=1), "max")]
    plot = draw(trends({name: curves, "other": curves[:1]}), style=style)
    holds(plot)
    if style == "screen":
        assert "<script>" not in plot.to_bytes("svg").decode()
        plot.to_bytes("pdf")


def test_names_are_shown_as_they_are():
    plot = draw(trends({"x^2_$y$": [run_curve(rows("_r$1$"), "max"), run_curve(rows("s"), "max")]}))
    assert plot.axes[0].get_title(loc="left").startswith("x^2_$y$ (%)")
    assert plot.figure.legends[0].get_texts()[0].get_text() == "_r$1$"


@pytest.mark.parametrize("count", [1, 9, 40])
@pytest.mark.parametrize("style", ["screen", "paper"])
def test_many_runs_fit_and_the_rest_is_counted(count, style, holds):
    curves = [run_curve(rows(f"experiment-with-a-name-{i}", seed=i), "max") for i in range(count)]
    plot = draw(trends({"quality_ki_value": curves}), style=style)
    holds(plot)
    if count == 40:
        assert "and 16 more" in [text.get_text() for text in plot.figure.legends[0].get_texts()]
        assert len(rings(plot.axes[0])) == 1


@pytest.mark.parametrize("panels", [1, 3, 4])
@pytest.mark.parametrize("style", ["screen", "paper"])
def test_any_number_of_panels_fits(panels, style, holds):
    curve = run_curve(rows("a", every=123_456), "max")
    plot = draw(trends({f"metric_{i}": [curve] for i in range(panels)}), style=style)
    holds(plot)
    assert len(plot.axes) == panels


def test_more_panels_than_a_figure_has_are_refused():
    curve = run_curve(rows("a"), "max")
    with pytest.raises(UsageError, match="41 panels are no figure"):
        draw(trends({f"m{i}": [curve] for i in range(41)}))


def test_paper_is_a_column_wide_in_eight_points():
    plot = draw(trends({"m": [group("base"), group("new")]}), style="paper")
    assert plot.figure.get_size_inches()[0] == 3.5
    sizes = {text.get_fontsize() for text in plot.figure.legends[0].get_texts()}
    sizes |= {label.get_fontsize() for label in plot.axes[0].get_xticklabels()}
    assert sizes == {8.0}
    assert b"Type3" not in plot.to_bytes("pdf")


def test_a_size_is_kept():
    plot = draw(trends(), size=(5.0, 3.0))
    assert plot.figure.get_size_inches().tolist() == [5.0, 3.0]
    with pytest.raises(UsageError, match="1 to 100"):
        draw(trends(), size=(0.0, 3.0))


def test_an_unknown_style_names_those_there_are():
    with pytest.raises(UsageError, match="screen, paper"):
        draw(trends(), style="nature")


def test_a_group_of_two_does_not_drown_its_lines():
    apart = [[0.50 + k / 100 + shift for k in range(16)] for shift in (0.0, 0.05)]
    curve = group_curve("base", [rows(f"{i}", values=values) for i, values in enumerate(apart)], "max")
    (axes,) = draw(trends({"m": [curve]})).axes
    low, high = axes.get_ylim()
    assert curve.highs.max() - curve.lows.min() > 0.7
    assert low < curve.least.min()
    assert high > curve.most.max()
    assert high - low < 0.55
