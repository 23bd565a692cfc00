import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.analysis.timeline import MOST, milestones


def test_few_rows_are_all_shown():
    assert milestones(5, 3) == [0, 1, 2, 3, 4]
    assert milestones(0, None) == []


@pytest.mark.parametrize("best", [None, 0, 17, 199])
def test_the_first_the_last_and_the_best_are_shown(best):
    rows = milestones(200, best)
    assert {0, 199} <= set(rows)
    assert best is None or best in rows


@given(st.integers(0, 5000), st.data())
def test_rows_rise_and_are_never_too_many(count, data):
    best = data.draw(st.none() | st.integers(0, count - 1)) if count else None
    rows = milestones(count, best)
    assert rows == sorted(set(rows))
    assert len(rows) <= MOST
    assert all(0 <= row < count for row in rows)
