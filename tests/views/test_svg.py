import re
from xml.etree import ElementTree

import pytest

from statkit.views.line_chart import GroupChart, GroupValues, Line, LineChart
from statkit.views.svg import svg

HOSTILE = "</svg><script>alert(1)</script>\"'&\n\x1b[31m"


def lines(values, name="a", steps=None, **more):
    line = Line(name=name, key=name, steps=steps or range(len(values)), values=values, side=0)
    return LineChart(title=name, unit=None, lines=[line], **more)


def groups(name="a"):
    found = [
        GroupValues(name=name, values=[1.0, 2.0], mean=1.5, ci=(0.5, 2.5)),
        GroupValues(name="b", values=[4.0], mean=4.0, ci=None),
    ]
    return GroupChart(title=name, unit=None, groups=found)


def parsed(chart):
    return ElementTree.fromstring(svg(chart))


def test_a_gap_breaks_the_line_and_a_point_alone_is_a_dot():
    root = parsed(lines([1.0, 2.0, None, 3.0, None, 4.0, 5.0]))
    (path,) = root.iter("path")
    assert path.get("d").count("M") == 2
    assert len(list(root.iter("circle"))) == 1


def test_points_stand_where_their_numbers_are():
    root = parsed(lines([0.0, 1.0, 0.5], steps=[0, 10, 20]))
    (path,) = root.iter("path")
    points = [tuple(map(float, point.split())) for point in re.split("[ML]", path.get("d"))[1:]]
    assert points[1][0] == pytest.approx((points[0][0] + points[2][0]) / 2, abs=0.1)
    assert points[2][1] == pytest.approx((points[0][1] + points[1][1]) / 2, abs=0.1)
    assert points[0][1] > points[1][1]


def test_a_logarithmic_scale_puts_the_geometric_mean_in_the_middle():
    (path,) = parsed(lines([0.01, 1.0, 0.1])).iter("path")
    heights = [float(point.split()[1]) for point in re.split("[ML]", path.get("d"))[1:]]
    assert heights[2] == pytest.approx((heights[0] + heights[1]) / 2, abs=0.1)


def test_the_best_is_a_ring():
    root = parsed(lines([1.0, 2.0], mark=(1.0, 2.0)))
    assert [each.get("class") for each in root.iter("circle")] == ["best"]


@pytest.mark.parametrize("values", [[], [None], [1.0], [1.0, 1.0], [1e300, -1e300]])
def test_odd_series_are_drawn_too(values):
    text = svg(lines(values))
    ElementTree.fromstring(text)
    assert "nan" not in text
    assert "inf" not in text


def test_a_group_shows_its_runs_its_mean_and_its_interval():
    root = parsed(groups())
    assert len(list(root.iter("circle"))) == 3
    classes = [each.get("class").split()[0] for each in root.iter("line")]
    assert classes.count("mean") == 2
    assert classes.count("interval") == 1


@pytest.mark.parametrize("make", [lambda name: lines([1.0, 2.0], name), groups], ids=["lines", "groups"])
def test_a_hostile_name_makes_the_elements_of_a_tame_one(make):
    def tree(name):
        return [(each.tag, sorted(each.keys())) for each in parsed(make(name)).iter()]

    assert tree(HOSTILE) == tree("tame")
    assert "style=" not in svg(make(HOSTILE))
