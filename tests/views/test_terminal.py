import re

from hypothesis import given
from hypothesis import strategies as st

from statkit.views.sparkline import sparkline
from statkit.views.table import OPTIONAL, Table, numbers, words
from statkit.views.terminal import clip, draw, visible, width_of

TEXT = st.text(max_size=30)
NUMBER = st.one_of(st.none(), st.floats(-1e12, 1e12), st.just(float("nan")), st.integers(-(10**6), 10**6))


@given(st.lists(st.tuples(TEXT, NUMBER, NUMBER), min_size=1, max_size=6))
def test_a_table_is_printable_and_its_points_line_up(rows):
    table = Table(
        [
            words("name", [row[0] for row in rows]),
            numbers("value", [row[1] for row in rows]),
            numbers("share", [row[2] for row in rows], unit="fraction"),
        ]
    )
    lines = draw(table).splitlines()
    assert len(lines) == len(rows) + 1
    assert all(line.isprintable() for line in lines)


@given(
    st.lists(st.tuples(st.text("abc/", min_size=1, max_size=60), st.floats(0, 1)), min_size=1, max_size=5),
    st.integers(44, 120),
)
def test_a_table_is_never_wider_than_the_terminal(rows, width):
    names, values = [row[0] for row in rows], [row[1] for row in rows]
    table = Table([words("run", names), numbers("value", values), words("extra", names, give=OPTIONAL)], "t")
    assert all(width_of(line) <= width for line in draw(table, width).splitlines())


def test_decimal_points_stand_in_one_column():
    values = [0.5, 12.25, None, float("nan"), 100.0]
    lines = draw(Table([numbers("v", values)])).splitlines()[1:]
    points = {line.index(".") for line in lines if "." in line}
    assert len(points) == 1


def test_the_winner_is_marked_without_colour_and_green_with_it():
    table = Table([words("a", ["x", "y"])], marked=frozenset({1}))
    assert draw(table).splitlines()[2] == "* y"
    assert re.search(r"\x1b\[32m\x1b\[1m\* y", draw(table, colour=True))


def test_headings_stack_before_columns_wrap():
    table = Table([numbers("last very_long_name", [1.0]), numbers("best very_long_name", [2.0])])
    assert len(draw(table).splitlines()) == 2
    narrow = draw(table, 34).splitlines()
    assert len(narrow) == 3
    assert max(map(len, narrow)) <= 34


def test_control_characters_become_visible():
    assert visible("a\x1b[31mb\n") == "a\\x1b[31mb\\n"
    assert visible("Größe ▁█") == "Größe ▁█"


def test_clip_keeps_both_ends():
    assert clip("examples/runs/coarse/seed-0", 9) == "exam…ed-0"
    assert clip("short", 9) == "short"


def test_wide_characters_count_two_cells():
    assert width_of("学习") == 4
    assert width_of("e\u0301") == 1


def test_sparkline_rises_with_the_values_and_leaves_gaps():
    assert sparkline([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]) == "▁▂▃▄▅▆▇█"
    assert sparkline([0.0, None, 7.0]) == "▁ █"
    assert sparkline([1.0, float("nan")], unicode=False) == "= "
    assert sparkline([]) == ""
    assert len(sparkline(list(range(1000)), 40)) == 40
