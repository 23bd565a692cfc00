import numpy as np
import pytest

from statkit.views.plot_area import PlotArea, is_wide
from statkit.views.sheet import Sheet

BOX = (50, 20, 200, 100)


@pytest.fixture
def sheet():
    return Sheet(300, 160)


def test_points_lie_in_proportion(sheet):
    plot = PlotArea(sheet, BOX, [0, 10], [0.0, 1.0])
    placed = plot.place([0, 5, 10], [0.0, 0.5, 1.0])
    np.testing.assert_allclose(placed[:, 0], [50, 150, 250])
    np.testing.assert_allclose(placed[1, 1], 70)
    assert 20 < placed[2, 1] < placed[0, 1] < 120


def test_a_logarithmic_scale_has_equal_factors_equally_far_apart(sheet):
    plot = PlotArea(sheet, BOX, [0, 1], [0.01, 1.0], log=True)
    heights = plot.place([0, 0, 0], [0.01, 0.1, 1.0])[:, 1]
    np.testing.assert_allclose(np.diff(heights)[0], np.diff(heights)[1])


@pytest.mark.parametrize(
    "values", [[], [np.nan], [3.0], [0.0, 0.0], [np.inf, 1.0], [-1e300, 1e300], [1e-300]]
)
@pytest.mark.parametrize("log", [False, True])
def test_any_values_are_drawn(sheet, values, log):
    if log and not is_wide(np.asarray(values, dtype=float)):
        log = False
    plot = PlotArea(sheet, BOX, range(len(values)), values, log=log)
    plot.frame("metric", numbers_below=True)
    plot.line(range(len(values)), values, colour="#000000", width=1)
    plot.band(range(len(values)), values, values, colour="#000000", opacity=0.2)
    plot.level(0.8, colour="#000000")
    assert (sheet.pixels() < 255).any()


def test_a_single_point_is_seen(sheet):
    plot = PlotArea(sheet, BOX, [4], [0.5])
    plot.line([4], [0.5], colour="#000000", width=1)
    assert (sheet.pixels()[65:76, 145:156] < 100).any()


def test_a_point_between_gaps_is_seen(sheet):
    plot = PlotArea(sheet, BOX, [0, 10], [0, 1])
    plot.line([0, 5, 10], [np.nan, 0.5, np.nan], colour="#000000", width=1)
    assert (sheet.pixels() < 100).any()


@pytest.mark.parametrize(
    ("values", "wide"),
    [
        ([1, 31], True),
        ([1, 29], False),
        ([0, 100], False),
        ([-1, 100], False),
        ([5], False),
        ([np.nan, 1, 99], True),
    ],
)
def test_a_wide_positive_range_wants_a_logarithmic_scale(values, wide):
    assert is_wide(np.array(values, dtype=float)) is wide


def ticks_of(plot):
    written = []
    plot.sheet.text = lambda x, y, text, **_: written.append(text)
    plot.frame("metric", numbers_below=True)
    return written


@pytest.mark.parametrize(
    ("across", "up", "expected"),
    [
        ([7], [0.5], "7"),
        ([0, 2000], [0, 1], "2,000"),
        ([0, 4], [0.5, 0.502], "0.5010"),
    ],
)
def test_ticks_are_numbers_people_write(sheet, across, up, expected):
    written = ticks_of(PlotArea(sheet, BOX, across, up))
    assert expected in written
    assert len(written) == len(set(written))
