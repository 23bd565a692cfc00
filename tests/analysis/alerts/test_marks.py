"""No row between two looks is missed, and a rewind shows everything again."""

from hypothesis import given
from hypothesis import strategies as st

from statkit.analysis.alerts.marks import START, mark_of, news
from statkit.records import Columns


def table(steps, times=None):
    keys = {"step": list(steps), "phase": ["train"] * len(steps)}
    return Columns(keys if times is None else {**keys, "time": list(times)})


@given(st.lists(st.integers(0, 4), max_size=6))
def test_growing_tables_give_every_row_once(growths):
    seen, mark, rows = [], START, 0
    for growth in growths:
        rows += growth
        columns = table(range(rows))
        seen += news(columns, mark)
        mark = mark_of(columns)
    assert seen == list(range(rows))


def test_nothing_new_is_nothing():
    assert not news(table(range(3)), mark_of(table(range(3))))
    assert not news(table([]), START)
    assert mark_of(table([])) == START


def test_a_rewound_table_without_times_is_new_from_its_start():
    mark = mark_of(table([10, 20, 30]))
    assert list(news(table([10, 20]), mark)) == [0, 1]
    assert list(news(table([10, 20, 25, 30]), mark)) == [0, 1, 2, 3]


def test_of_a_rewound_table_what_was_written_later_is_new():
    mark = mark_of(table([10, 20, 30], [1.0, 2.0, 3.0]))
    assert list(news(table([10, 20], [1.0, 4.0]), mark)) == [1]
    assert list(news(table([10, 15, 20, 30], [1.0, 4.0, 5.0, 6.0]), mark)) == [1, 2, 3]
    assert list(news(table([10, 20], [1.0, 2.0]), mark)) == []
    assert list(news(table([10, 20, 30], [1.0, None, 9.0]), mark)) == [2]
