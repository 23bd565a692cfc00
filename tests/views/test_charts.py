import io
import math

import numpy as np
import pytest
from PIL import Image

from statkit.analysis.plotted.rates import PhaseSpan
from statkit.analysis.progress import progress
from statkit.views.charts import FEW, Chart, Line, stack
from statkit.views.picture import rendered

BOX = (34, 148, 454, 370)
BLUE, RED = "#0072b2", "#ff0000"


def curve(values, metric="loss"):
    count = len(values)
    return progress({"step": list(range(count)), "phase": ["train"] * count, metric: values}).curves[0]


def line(values, name="train", colour=BLUE):
    return Line(name=name, curve=curve(values), colour=colour)


def picture(charts, absent="nothing"):
    data = rendered(lambda sheet: stack(sheet, BOX, charts, absent))
    with Image.open(io.BytesIO(data)) as read:
        return np.asarray(read).astype(int)


def reddish(pixels):
    return (pixels[..., 0] > 200) & (pixels[..., 1] < 90) & (pixels[..., 2] < 90)


def outside(pixels):
    """What was drawn outside the box, but for the tick labels that may reach 12 pixels beyond."""
    left, top, width, height = BOX
    around = pixels.copy()
    around[top - 2 : top + height + 6, left - 2 : left + width + 14] = 255
    return np.count_nonzero(around < 255)


def test_a_falling_line_falls():
    pixels = reddish(picture([Chart(label="loss", lines=(line([3.0, 2.0, 1.0, 0.0], colour=RED),))]))
    rows = [np.flatnonzero(pixels[180:480, x]).mean() for x in (150, 250, 350)]
    assert rows == sorted(rows)
    assert rows[2] - rows[0] == pytest.approx(2 * (rows[1] - rows[0]), rel=0.05)


def test_a_chart_without_a_finite_value_is_left_out_and_none_at_all_is_said():
    good, bad = Chart(label="a", lines=(line([1.0, 2.0]),)), Chart(label="b", lines=(line([math.nan] * 2),))
    assert (picture([good, bad]) == picture([good])).all()
    empty = picture([bad])
    assert (empty == picture([])).all()
    assert (empty[160:180, 60:80] == 0xF2).all()
    assert not (empty == picture([], absent="something else")).all()


def test_the_best_is_marked_where_it_is():
    values = [0.0, 1.0, 0.5]
    plain = picture([Chart(label="q", lines=(line(values),))])
    marked = picture([Chart(label="q", lines=(line(values),), mark=(1.0, 1.0))])
    rows, columns = np.nonzero((plain != marked).any(axis=2))
    top = 148 + 18
    assert abs(columns.mean() - (34 + 58 + (454 - 70) / 2)) < 2
    assert abs(rows.mean() - (top + (370 - 36 - 18) * 0.06 / 1.12)) < 3


def test_a_band_is_shaded_no_farther_than_the_scale():
    chart = Chart(label="q", lines=(line([0.0, 1.0]),), band=(-5.0, 0.5))
    pixels = picture([chart])
    assert tuple(pixels[400, 300]) == (228, 240, 247) or pixels[400, 300, 2] > pixels[400, 300, 0]
    assert tuple(pixels[200, 150]) == (255, 255, 255)
    assert outside(pixels) == 0


def test_phases_are_shaded_in_turn():
    spans = (PhaseSpan(name="warmup", start=0, end=5), PhaseSpan(name="cosine", start=5, end=9))
    pixels = picture([Chart(label="rate", lines=(line([1.0] * 10),), spans=spans)])
    first, second = pixels[200, 120], pixels[200, 400]
    assert (first < 255).all()
    assert (first != second).any()


def test_many_points_are_drawn_smoothed_over_their_spread():
    rng = np.random.default_rng(0)
    few = reddish(picture([Chart(label="l", lines=(line(rng.random(FEW).tolist(), colour=RED),))]))
    many = reddish(picture([Chart(label="l", lines=(line(rng.random(20_000).tolist(), colour=RED),))]))
    inside = slice(180, 480)
    assert np.ptp(np.nonzero(few[inside])[0]) > 200
    assert np.ptp(np.nonzero(many[inside])[0]) < 60


@pytest.mark.parametrize(
    "name", ["x" * 400, "$\\frac{a}{b}$", "<script>\n\x1b[31m", "名前 \N{GRINNING FACE}", ""]
)
@pytest.mark.parametrize("count", [1, 2, 7])
def test_names_stay_inside_however_long_and_odd(name, count):
    lines = tuple(line([1.0, 2.0], name=f"{name}{n}") for n in range(count))
    spans = (PhaseSpan(name=name, start=0, end=1),)
    assert outside(picture([Chart(label="quantity", lines=lines, spans=spans)] * 2)) == 0


@pytest.mark.parametrize(
    "values", [[1e300, -1e300], [1e-12, 2e-12], [5.0], [0.0, 0.0], [math.nan, 3.0, math.inf]]
)
def test_odd_values_stay_inside_too(values):
    left, *_ = BOX
    pixels = picture([Chart(label="q", lines=(line(values),), log=True)])
    assert np.count_nonzero(pixels[:, : left - 20] < 255) == 0
