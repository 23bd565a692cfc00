import cmath
import math
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon, box

from statkit.pathology.annotations.soundness import even_odd, sound

NUMBERS = st.integers(0, 12)
RINGS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=4, max_size=9)


def turns(ring, point):
    """Sum the angles under which a point sees the edges: how often the ring winds around it."""
    seen = 0.0
    for (x1, y1), (x2, y2) in pairwise([*ring, ring[0]]):
        a, b = complex(x1, y1) - point, complex(x2, y2) - point
        seen += cmath.phase(b / a)
    return round(seen / math.tau)


@given(RINGS)
@settings(max_examples=60, deadline=None)
def test_an_odd_number_of_turns_is_inside(ring):
    found = even_odd(Polygon(ring))
    assert found.is_valid
    for x, y in product(range(12), range(12)):
        x, y = x + 0.371, y + 0.413  # on no line between whole numbers up to 12
        assert found.contains(Point(x, y)) == (turns(ring, complex(x, y)) % 2 == 1)


def test_a_ray_through_a_corner_meets_the_outline_once():
    diamond = [(10, 0), (12, 2), (10, 4), (8, 2)]
    apart = Polygon(box(0, 0, 4, 4).exterior, [diamond])
    assert even_odd(apart).equals(MultiPolygon([box(0, 0, 4, 4), Polygon(diamond)]))


def test_what_is_valid_stays_the_same_object():
    polygon = box(0, 0, 1, 1)
    assert sound(polygon, print) is polygon
    assert even_odd(polygon) is polygon


def test_a_tangle_is_repaired_in_pieces_or_refused(monkeypatch):
    tangle = Polygon(np.random.default_rng(0).random((60, 2)))
    whole = even_odd(tangle)
    monkeypatch.setattr("statkit.pathology.annotations.soundness._AT_ONCE", 100)
    assert even_odd(tangle).equals(whole)
    with pytest.raises(ValueError, match="times, too often to be repaired"):
        even_odd(Polygon(np.random.default_rng(0).random((2_000, 2))))


def test_nothing_left():
    for nothing in (Polygon(), Polygon([(0, 0), (1, 1), (2, 2)]), MultiPolygon()):
        with pytest.raises(ValueError, match=r"empty|encloses nothing"):
            sound(nothing, print)


def test_parts_that_overlap_become_one_and_the_repair_is_told():
    told = []
    found = sound(MultiPolygon([box(0, 0, 4, 4), box(2, 2, 6, 6)]), told.append)
    assert found.area == 28
    assert told == ["its outline crosses itself; it was repaired"]
    assert sound(Point(1, 2), told.append).equals(Point(1, 2))
