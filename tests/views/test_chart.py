import math

from statkit.views.chart import chart


def draw(values, **more):
    return chart(range(len(values)), values, width=60, write=lambda v: f"{v:.1f}", **more)


def dots(line):
    return [index for index, character in enumerate(line) if "\u2800" < character <= "\u28ff"]


def test_a_rising_line_goes_from_the_lower_left_to_the_upper_right():
    lines = draw([float(v) for v in range(50)], height=10)
    plot = lines[:10]
    assert plot[0].startswith("49.0 ┤")
    assert plot[9].startswith(" 0.0 ┤")
    centres = [sum(dots(line)) / len(dots(line)) for line in plot]
    assert centres == sorted(centres, reverse=True)
    assert lines[-1].split() == ["0", "49"]


def test_every_column_of_a_line_has_a_dot_and_nan_breaks_it():
    whole = draw([math.sin(v / 5) for v in range(200)])
    columns = {index for line in whole[:12] for index in dots(line)}
    assert len(columns) == max(columns) - min(columns) + 1
    broken = draw([1.0] * 20 + [math.nan] * 20 + [2.0] * 20)
    gaps = {index for line in broken[:12] for index in dots(line)}
    assert len(gaps) < max(gaps) - min(gaps) + 1


def test_the_best_step_is_marked_and_lines_fit():
    lines = draw([0.0, 3.0, 1.0], mark=(1, 3.0))
    assert "●" in lines[0]
    assert all(len(line) <= 60 for line in lines)


def test_a_flat_or_empty_series():
    assert draw([1.0]) == []
    assert draw([math.nan, math.inf]) == []
    assert len(draw([2.0, 2.0, 2.0])) == 14
