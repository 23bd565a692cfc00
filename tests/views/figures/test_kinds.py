"""Figures with a panel a run, matrices and distributions: what is drawn is what was computed."""

import math
import sys
from pathlib import Path
from runpy import run_path

import matplotlib
import numpy as np
import pytest
from matplotlib.collections import PolyCollection, QuadMesh
from matplotlib.figure import Figure

from statkit.analysis.plotted.correlations import CorrelationFigure, correlation_matrix
from statkit.analysis.plotted.layers import LayerFigure, layer_grids
from statkit.analysis.plotted.parts import PartsFigure, loss_parts, weight_parts
from statkit.analysis.plotted.rates import RateFigure, rate_panel
from statkit.analysis.plotted.samples import SampleFigure, SamplePanel, sample
from statkit.analysis.result import Result
from statkit.errors import UsageError
from statkit.views.figures.gallery import draw
from statkit.views.figures.layers import edges

MADE = run_path(str(Path(__file__).with_name("made.py")))
trends = MADE["trends"]
LONG = "a name $x^2$ that is longer than any figure is wide " * 4

RNG = np.random.default_rng(0)
STEPS = list(range(100, 2100, 100))
XS = np.array(STEPS, dtype=float)
SEGMENTS = [0] * 12 + [1] * 8


def parts(run="r", low=0.0, total=True):
    losses = {name: (name, (RNG.random(20) + low).tolist()) for name in ("L1", "multi-scale", "gradient")}
    weights = {name: (name, [0.5] * 20) for name in losses}
    return loss_parts(run, run, STEPS, XS, SEGMENTS, losses, weights, [1.0] * 20 if total else None)


def layers(run="r", names=("Backward 1", "Forward 1", "Final Fusion"), percent=8):
    table = {
        name: [float(v) if i >= percent else float(round(100 * v)) for i, v in enumerate(RNG.random(20))]
        for name in names
    }
    return layer_grids(run, run, XS, SEGMENTS, table)


def rate(run="r"):
    phases = ["warmup"] * 3 + ["cosine"] * 17
    return rate_panel(run, run, "learning_rate_value", XS, RNG.random(20).tolist(), SEGMENTS, phases)


def matrix(run="r", count=5):
    names = [f"metric_{i}" for i in range(count - 1)] + [LONG]
    return correlation_matrix(run, run, "train", {name: RNG.normal(size=30).tolist() for name in names})


def samples(*sizes, phase=None, log=False):
    made = tuple(sample(f"run-{i}", phase, [RNG.lognormal(size=n).tolist()]) for i, n in enumerate(sizes))
    panel = SamplePanel(metric="loss", unit=None, direction="min", samples=made)
    return SampleFigure(log=log, panels=(panel,))


FIGURES = {
    "losses": PartsFigure(x_label="step", panels=(parts(),)),
    "losses of two": PartsFigure(x_label="step", panels=(parts(), parts(LONG))),
    "negative": PartsFigure(x_label="step", panels=(parts(low=-0.9),)),
    "weights": PartsFigure(
        x_label="step", panels=(weight_parts("r", "r", STEPS, XS, SEGMENTS, {LONG: ("w", [0.5] * 20)}),)
    ),
    "rate": RateFigure(x_label="step", log=True, panels=(rate(), rate(LONG))),
    "layers": LayerFigure(x_label="step", panels=layers()),
    "many layers": LayerFigure(
        x_label="step", panels=layers(names=[f"Backward {i} {LONG}" for i in range(90)], percent=0)
    ),
    "correlation": CorrelationFigure(panels=(matrix(), matrix(LONG))),
    "many metrics": CorrelationFigure(panels=(matrix(count=60),)),
    "samples": samples(3, 80, 0),
    "samples on a logarithm": samples(3, 80, log=True),
}


@pytest.mark.parametrize("style", ["screen", "paper"])
@pytest.mark.parametrize("name", FIGURES)
def test_nothing_overlaps_or_leaves_the_figure(name, style, holds):
    holds(draw(FIGURES[name], style=style))


@pytest.mark.parametrize("name", [name for name in FIGURES if not name.startswith("many")])
def test_the_same_result_gives_the_same_bytes(name):
    first = [draw(FIGURES[name]).to_bytes(form) for form in ("png", "svg", "pdf")]
    assert [draw(FIGURES[name]).to_bytes(form) for form in ("png", "svg", "pdf")] == first


@pytest.mark.parametrize("name", [name for name in FIGURES if name != "many layers"])
def test_every_result_is_json(name):
    from statkit.json_text import dumps

    assert dumps(FIGURES[name].to_dict()).startswith("{")


def test_the_stack_is_the_running_sum_and_breaks_at_a_rewind():
    panel = parts()
    (axes,) = draw(PartsFigure(x_label="step", panels=(panel,))).axes
    areas = [each for each in axes.collections if isinstance(each, PolyCollection)]
    assert len(areas) == 3 * 2
    sums = np.cumsum([part.values for part in panel.parts], axis=0)
    points = {tuple(p) for p in areas[2].get_paths()[0].vertices.tolist()}
    for x, low, high in zip(XS[:12], sums[1][:12], sums[2][:12], strict=True):
        assert {(x, low), (x, high)} <= points
    totals = [line.get_xdata().tolist() for line in axes.lines if len(line.get_xdata()) > 2]
    assert totals == [STEPS[:12], STEPS[12:]]


def test_the_rate_stands_on_its_phases():
    panel = rate()
    plot = draw(RateFigure(x_label="step", log=False, panels=(panel,)))
    (axes,) = plot.axes
    spans = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in axes.patches]
    assert spans == [(100, 400), (400, 2000)]
    assert [text.get_text() for text in plot.figure.legends[0].get_texts()] == ["warmup", "cosine", "resumed"]
    drawn = np.concatenate([line.get_ydata() for line in axes.lines if len(line.get_xdata()) > 2])
    assert drawn.tolist() == panel.values.tolist()


def test_the_heat_map_is_the_grid_and_units_have_panels_of_their_own():
    grids = layers()
    plot = draw(LayerFigure(x_label="step", panels=grids))
    assert [axes.get_title(loc="left") for axes in plot.axes] == [
        "layer activity (% of the most active)",
        "layer activity (mean activation)",
    ]
    for axes, grid in zip(plot.axes, grids, strict=True):
        meshes = [each for each in axes.collections if isinstance(each, QuadMesh)]
        drawn = np.concatenate([np.asarray(mesh.get_array()) for mesh in meshes], axis=1)
        assert drawn.tolist() == grid.values.tolist()
        assert [label.get_text() for label in axes.get_yticklabels()] == list(grid.layers)
        assert axes.yaxis_inverted()
    assert any("panel of its own" in note for note in plot.notes)


def test_columns_meet_half_way():
    assert edges(np.array([0.0, 10.0, 30.0])).tolist() == [-5.0, 5.0, 20.0, 40.0]
    low, high = edges(np.array([500.0]))
    assert low < 500 < high


def test_the_matrix_shows_each_pair_once():
    made = matrix()
    (axes,) = draw(CorrelationFigure(panels=(made,))).axes
    (mesh,) = [each for each in axes.collections if isinstance(each, QuadMesh)]
    shown = np.ma.filled(mesh.get_array().reshape(5, 5), np.nan)
    assert shown[np.tril_indices(5)].tolist() == made.values[np.tril_indices(5)].tolist()
    assert np.isnan(shown[np.triu_indices(5, 1)]).all()
    written = [text.get_text() for text in axes.texts]
    assert written[0] == f"{made.values[1, 0]:.2f}".replace("-", "−")
    assert mesh.get_clim() == (-1, 1)


def test_few_values_are_dots_many_a_violin_and_seaborn_is_loaded_for_that_alone():
    before = set(sys.modules)
    (few,) = draw(samples(7)).axes
    assert "seaborn" in before or "seaborn" not in sys.modules
    dots = next(line for line in few.lines if line.get_linestyle() == "None")
    assert len(dots.get_ydata()) == 7
    figure = samples(80)
    (many,) = draw(figure).axes
    (violin,) = many.collections
    heights = violin.get_paths()[0].vertices[:, 1]
    values = figure.panels[0].samples[0].values
    assert (heights.min(), heights.max()) == pytest.approx((values.min(), values.max()))
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    box, bar = ([float(y) for y in line.get_ydata()] for line in many.lines[-2:])
    assert (box, bar) == (pytest.approx([low, high]), pytest.approx([middle, middle]))


def test_a_result_without_a_figure_is_refused():
    with pytest.raises(TypeError, match="no figure shows a Result"):
        draw(Result())


# --- on the user's own axes --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["losses", "rate", "layers", "correlation", "samples", "negative"])
def test_every_kind_stands_on_axes_of_ones_own(name):
    count = len(FIGURES[name].panels)
    figure = Figure(layout="constrained")
    axes = figure.subplots(1, count, squeeze=False)
    plot = draw(FIGURES[name], axes=axes)
    assert plot.axes == list(axes.flat)
    assert plot.figure is figure
    figure.canvas.draw()
    assert plot._repr_png_() is None
    assert plot._repr_svg_() is None
    with pytest.raises(UsageError, match="save their figure"):
        plot.to_bytes()


def test_axes_of_ones_own_keep_ones_settings():
    with matplotlib.rc_context({"font.size": 23.0, "text.usetex": False}):
        figure = Figure()
        axes = figure.subplots()
        draw(trends({"m_$x^2$": trends().panels[0].curves}), axes=axes)
        assert axes.yaxis.label.get_fontsize() == 23.0
    assert axes.get_ylabel() == "m_$x^2$ (%)  ↑ better"
    assert not axes.yaxis.label.get_parse_math()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["best"]


def test_the_number_of_axes_is_that_of_the_panels():
    axes = list(Figure().subplots(1, 2))
    with pytest.raises(UsageError, match="1 panels, and 2 axes"):
        draw(trends(), axes=axes)
    with pytest.raises(UsageError, match="takes axes"):
        draw(trends(), axes=[math.pi])
