import math
import re

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon, box

from statkit.pathology.annotations import svg
from statkit.pathology.annotations.svg_path import PIECES


def read(inside):
    notes = []
    text = f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>'
    geometry, is_ellipse = svg.read(text, notes.append)
    return geometry, is_ellipse, notes


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ('<polygon points="0,0 4,0 4,4 0,4"/>', box(0, 0, 4, 4)),
        ('<polygon points="0 0,4 0 4 4, 0 4"/>', box(0, 0, 4, 4)),
        ('<rect x="1" y="2" width="3" height="4.5"/>', box(1, 2, 4, 6.5)),
        ('<rect width="3" height="4"/>', box(0, 0, 3, 4)),
        ('<line x1="1" y1="2" x2="3" y2="4"/>', LineString([(1, 2), (3, 4)])),
        ('<polyline points="1,2 3,4 5,5"/>', LineString([(1, 2), (3, 4), (5, 5)])),
        ('<path d="M0 0 4 0 4 4 0 4Z"/>', box(0, 0, 4, 4)),
        ('<path d="M0,0h4v4h-4z"/>', box(0, 0, 4, 4)),
        ('<path d="m1 1l2 0 0 2-2 0"/>', box(1, 1, 3, 3)),
        ('<path d="M0 0H4V4H0"/>', box(0, 0, 4, 4)),
        ('<path d="M1.05e1.5l2 2.5-1-.25z"/>', Polygon([(10.5, 0.5), (12.5, 3), (11.5, 2.75)])),
        ('<path fill="none" d="M0 0 4 4"/>', LineString([(0, 0), (4, 4)])),
        ('<path fill="none" d="M0 0 4 4M1 0 2 0"/>', MultiLineString([[(0, 0), (4, 4)], [(1, 0), (2, 0)]])),
        ("<g><g><polygon points='0,0 4,0 4,4 0,4'/></g></g>", box(0, 0, 4, 4)),
        ("<title>x</title><polygon points='0,0 4,0 4,4 0,4'/>", box(0, 0, 4, 4)),
    ],
)
def test_shapes(element, expected):
    geometry, is_ellipse, notes = read(element)
    assert geometry.equals(expected)
    assert not is_ellipse
    assert notes == []


def test_an_ellipse_touches_its_bounds():
    geometry, is_ellipse, _ = read('<ellipse cx="10" cy="20" rx="5" ry="3"/>')
    assert is_ellipse
    assert geometry.bounds == pytest.approx((5, 17, 15, 23))
    assert geometry.area == pytest.approx(math.pi * 15, rel=1e-2)
    circle, is_ellipse, _ = read('<circle cx="1" cy="1" r="1"/>')
    assert is_ellipse
    assert circle.area == pytest.approx(math.pi, rel=1e-2)


OUTER, INNER = "M0 0 9 0 9 9 0 9Z", "M2 2 4 2 4 4 2 4Z"
INNER_TURNED = "M2 2 2 4 4 4 4 2Z"


@pytest.mark.parametrize(
    ("d", "rule", "area"),
    [
        (OUTER + INNER, "evenodd", 81 - 4),
        (OUTER + INNER_TURNED, "evenodd", 81 - 4),
        (OUTER + INNER, "nonzero", 81),
        (OUTER + INNER_TURNED, "nonzero", 81 - 4),
        (INNER_TURNED + OUTER, "nonzero", 81 - 4),
        (OUTER + INNER_TURNED + "M2.5 2.5 3.5 2.5 3.5 3.5 2.5 3.5Z", "nonzero", 81 - 4 + 1),
        (OUTER + "M20 0 21 0 21 1 20 1Z", "evenodd", 82),
        (OUTER + "M5 5 14 5 14 14 5 14Z", "evenodd", 2 * 81 - 2 * 16),
    ],
)
def test_fill_rules(d, rule, area):
    assert read(f'<path fill-rule="{rule}" d="{d}"/>')[0].area == area


def test_several_shapes_are_their_union():
    geometry, _, _ = read("<rect width='4' height='4'/><rect x='2' width='4' height='4'/>")
    assert geometry.equals(box(0, 0, 6, 4))
    mixed, is_ellipse, _ = read("<circle r='1'/><line x2='9'/>")
    assert mixed.geom_type == "GeometryCollection"
    assert not is_ellipse


def on_circle(geometry, centre, radius):
    distances = [math.dist(point, centre) for point in geometry.exterior.coords]
    return distances == pytest.approx([radius] * len(distances))


@pytest.mark.parametrize(
    ("d", "area"),
    [
        ("M0 5A5 5 0 0 1 10 5A5 5 0 0 1 0 5Z", math.pi * 25),
        ("M0 5a5 5 0 1 0 10 0 5 5 0 10-10 0Z", math.pi * 25),
        ("M0 5A5 5 0 0 1 10 5Z", math.pi * 12.5),
    ],
)
def test_arcs(d, area):
    geometry, _, notes = read(f'<path d="{d}"/>')
    assert on_circle(geometry, (5, 5), 5)
    assert geometry.area == pytest.approx(area, rel=1e-2)
    assert notes == ["curves are replaced by straight pieces"]


@pytest.mark.parametrize(
    ("flags", "centre", "area"),
    [
        ("0 1", (5, 5), math.pi * 25 / 4 - 12.5),
        ("0 0", (10, 0), math.pi * 25 / 4 - 12.5),
        ("1 1", (10, 0), math.pi * 75 / 4 + 12.5),
        ("1 0", (5, 5), math.pi * 75 / 4 + 12.5),
    ],
)
def test_the_flags_of_an_arc_choose_one_of_four(flags, centre, area):
    geometry, _, _ = read(f'<path d="M5 0A5 5 0 {flags} 10 5Z"/>')
    assert on_circle(geometry, centre, 5)
    assert geometry.area == pytest.approx(area, rel=2e-2)


def test_a_turned_arc_is_that_of_a_turned_ellipse():
    upright, _, _ = read('<path d="M0 3A5 3 90 0 1 3 8Z"/>')
    turned, _, _ = read('<path d="M0 3A3 5 0 0 1 3 8Z"/>')
    assert upright.symmetric_difference(turned).area == pytest.approx(0, abs=0.05)


def test_an_arc_too_small_for_its_ends_grows_and_one_without_radius_is_a_line():
    grown, _, _ = read('<path d="M0 0A1 1 0 0 1 10 0Z"/>')
    assert on_circle(Polygon(list(grown.exterior.coords)[:-1]), (5, 0), 5)
    assert read('<path d="M0 0A0 1 0 0 1 4 0L4 4Z"/>')[0].area == 8


def test_beziers_are_the_polynomials_they_stand_for():
    geometry, _, _ = read('<path d="M0 0Q5 10 10 0T20 0Z"/>')
    for x, y in list(geometry.exterior.coords)[: PIECES + 1]:
        t = x / 10
        assert y == pytest.approx(2 * t * (1 - t) * 10)
    cubic, _, _ = read('<path d="M0 0C0 4 4 4 4 0S8-4 8 0Z"/>')
    assert cubic.bounds == pytest.approx((0, -3, 8, 3), abs=1e-6)


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("", "draws nothing"),
        ("<script>alert(1)</script>", "'script' is refused"),
        ("<image href='file:///etc/passwd'/>", "'image' is refused"),
        ("<use href='#a'/>", "'use' is refused"),
        ("<foreignObject/>", "'foreignObject' is refused"),
        ("<g transform='scale(2)'><circle r='1'/></g>", "transform"),
        ("<circle r='1' transform='scale(2)'/>", "transform"),
        ("<circle r='-1'/>", "without extent"),
        ("<circle r='10%'/>", "r '10%' is no number"),
        ("<circle r='nan'/>", "no number"),
        ("<circle r='1e999'/>", "no number"),
        ("<rect width='1'/>", "height '' is no number"),
        ("<polygon points='1,2 3'/>", "make no pairs"),
        ("<polygon points='1,2 3,x 5,6'/>", "'x' is no number"),
        ("<polygon points='1,2 3,4 1,2'/>", "fewer than three"),
        ("<polyline points='1,2'/>", "fewer than two"),
        ("<path d=''/>", "encloses nothing"),
        ("<path d='L1 2'/>", "begins with L"),
        ("<path d='1 2'/>", "where a command belongs"),
        ("<path d='M1 2 3'/>", "too few numbers"),
        ("<path d='M1 2 Z 4'/>", "where a command belongs"),
        ("<path d='M1 2 X'/>", "breaks off at ' X'"),
        ("<path d='M1e400 2'/>", "goes to"),
        ("<path d='M0 0A1 1 0 2 1 4 4'/>", "too few numbers"),
        ("<path d='" + OUTER * 501 + "'/>", "more than 500 subpaths"),
    ],
)
def test_what_is_refused(inside, reason):
    with pytest.raises(ValueError, match=re.escape(reason)):
        read(inside)


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE svg [<!ENTITY a "x">]><svg><polygon points="0,0 4,0 &a;"/></svg>',
        '<!DOCTYPE svg SYSTEM "file:///etc/passwd"><svg/>',
        '<?xml version="1.0" encoding="x-none"?><svg/>',
        "<svg><polygon",
        "",
        "plain",
        "<html/>",
        "<svg>" + "<g>" * 10_000,
    ],
)
def test_documents_that_are_refused(text):
    with pytest.raises(ValueError, match=r"\w"):
        svg.read(text, print)


NUMBERS = st.integers(-500, 500).map(lambda n: n / 10)
RINGS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=7)


@given(st.lists(RINGS, min_size=1, max_size=3))
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read_back_the_same(rings):
    whole = shapely.make_valid(MultiPolygon([Polygon(ring) for ring in rings[:1]]))
    for ring in rings[1:]:
        whole = whole.symmetric_difference(shapely.make_valid(Polygon(ring)))
    areas = [part for part in shapely.get_parts(whole) if part.area > 1e-6]
    if not areas:
        return
    area = areas[0] if len(areas) == 1 else MultiPolygon(areas)
    found, _ = svg.read(svg.write(area), print)
    assert found.symmetric_difference(area).area == pytest.approx(0, abs=1e-6)


def test_an_ellipse_is_written_as_one():
    text = svg.write(box(5, 17, 15, 23), is_ellipse=True)
    assert text == '<svg><ellipse cx="10" cy="20" rx="5" ry="3"/></svg>'
