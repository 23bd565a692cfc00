import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.views.line_chart import Line, LineChart, label, limits, powers, ticks

FINITE = st.floats(-1e12, 1e12)


def chart(*values):
    line = Line(name="x", key="x", steps=range(len(values)), values=values, side=0)
    return LineChart(title="t", unit=None, lines=[line])


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ((1.0, 40.0), True),
        ((1.0, 20.0), False),
        ((0.0, 40.0), False),
        ((-1.0, 40.0), False),
        ((5.0,), False),
        ((), False),
        ((None, 1.0, 40.0), True),
    ],
)
def test_a_scale_is_logarithmic_where_positive_values_reach_far(values, log):
    assert chart(*values).log is log


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0, 10, 5, [0, 2, 4, 6, 8, 10]),
        (0.11, 0.19, 4, [0.12, 0.14, 0.16, 0.18]),
        (-1, 1, 2, [-1, 0, 1]),
        (3, 3, 5, [3]),
    ],
)
def test_ticks_are_round(low, high, most, expected):
    assert ticks(low, high, most) == pytest.approx(expected)


@given(FINITE, FINITE)
def test_ticks_lie_within_the_ends_and_are_few(one, other):
    low, high = sorted((one, other))
    found = ticks(low, high)
    slack = (high - low) * 1e-6
    assert all(low - slack <= value <= high + slack for value in found)
    assert len(found) <= 6


def test_powers_are_decades_or_round_numbers_between():
    assert powers(-3, 1) == pytest.approx([0.001, 0.01, 0.1, 1, 10])
    assert powers(math.log10(0.015), math.log10(0.6)) == pytest.approx([0.02, 0.05, 0.1, 0.2, 0.5])
    assert len(powers(-30, 30)) <= 5


@given(st.lists(FINITE, min_size=1))
def test_limits_hold_every_value(values):
    low, high = limits(values)
    assert low < high
    assert all(low <= value <= high for value in values)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.5, "0.5"), (1234, "1234"), (12345, "12,345"), (2e7, "2e+07"), (0.00002, "2e-05")],
)
def test_labels(value, text):
    assert label(value) == text
