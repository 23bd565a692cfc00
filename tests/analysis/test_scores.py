import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.analysis.scores import At, parse_at, score
from statkit.errors import UsageError

STEPS = [100, 200, 400, 500]
VALUES = [1.0, 3.0, 2.0, math.nan]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("best", At("best")),
        (" last ", At("last")),
        ("auc", At("auc")),
        ("step:7500", At("step", 7500)),
        ("mean:5000:8000", At("mean", 5000, 8000)),
    ],
)
def test_parse_at(text, expected):
    assert parse_at(text) == expected
    assert str(expected) == text.strip()


@pytest.mark.parametrize(
    "text", ["", "first", "best:3", "step", "step:x", "step:1:2", "mean:1", "step:-5", "step:1.5"]
)
def test_what_cannot_be_read_says_what_can(text):
    with pytest.raises(UsageError, match=r"Possible: best, last, step:N .*auc"):
        parse_at(text)


def test_a_window_that_ends_before_it_starts():
    with pytest.raises(UsageError, match="Say mean:5000:8000"):
        parse_at("mean:8000:5000")


@pytest.mark.parametrize(
    ("at", "direction", "expected"),
    [
        ("best", "max", 3.0),
        ("best", "min", 1.0),
        ("last", "max", 2.0),
        ("step:200", "max", 3.0),
        ("mean:200:400", "max", 2.5),
        ("auc", "max", (200 + 500) / 300),
    ],
)
def test_score(at, direction, expected):
    assert score(STEPS, VALUES, direction, at) == pytest.approx(expected)


def test_step_between_records_depends_on_the_alignment():
    assert math.isnan(score(STEPS, VALUES, "max", "step:300"))
    assert score(STEPS, VALUES, "max", "step:300", "interp") == 2.5
    assert score(STEPS, VALUES, "max", "step:300", "locf") == 3.0
    assert score(STEPS, VALUES, "max", "step:9000", "locf") == 2.0


@pytest.mark.parametrize("at", ["best", "last", "step:1", "mean:1:2", "auc"])
def test_no_finite_value_is_no_score(at):
    assert math.isnan(score([1, 2], [math.nan, math.inf], "max", at))
    assert math.isnan(score([], [], "max", at))


def test_one_point_has_no_area():
    assert math.isnan(score([1], [2.0], "max", "auc"))


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20))
def test_area_is_numpys_trapezoid(values):
    steps = np.cumsum(np.arange(1, len(values) + 1))
    expected = np.trapezoid(values, steps) / (steps[-1] - steps[0])
    assert score(steps, values, "max", "auc") == pytest.approx(expected, abs=1e-9)
