import math
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.records import Columns
from statkit.sources.values import as_integer, as_number, as_seconds, normalise, parse_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.0123", 0.0123),
        (" 12 ", 12),
        ("-1e-3", -0.001),
        ("tensor(0.5)", 0.5),
        ("tensor(0.5, device='cuda:0', grad_fn=<MeanBackward0>)", 0.5),
        ("tensor(7)", 7),
        ("inf", math.inf),
        ("-Infinity", -math.inf),
        ("9007199254740993", 9007199254740993),
        ("1_000", None),
        ("tensor([1, 2])", None),
        ("0x10", None),
        ("12:34:56", None),
        ("1,5", None),
        ("", None),
        ("N/A", None),
    ],
)
def test_numbers_written_as_text(text, number):
    assert parse_number(text) == number
    assert type(parse_number(text)) is type(number)


@given(st.text())
def test_any_text_is_a_number_or_none(text):
    assert parse_number(text) is None or isinstance(parse_number(text), int | float)


def column(values, name="mine"):
    columns = Columns(
        {"series": ["scalars"] * len(values), "step": list(range(len(values)))}, {name: list(values)}
    )
    return normalise(columns, "run").fields[name], [n.code for n in columns.notices]


@pytest.mark.parametrize(
    ("values", "clean", "codes"),
    [
        ([1, 2, None], [1, 2, None], []),
        ([0.5, "0.25", None], [0.5, 0.25, None], ["numeric-string"]),
        ([0.5, 0.5, "N/A"], [0.5, 0.5, None], ["numeric-string"]),
        (["a", "b", 5], ["a", "b", "5"], []),
        (["12", "x"], ["12", "x"], []),
        (["12", "13"], ["12", "13"], []),
        (["tensor(1.0)", "tensor(2.0)"], [1.0, 2.0], ["numeric-string"]),
        ([True, False, None], [True, False, None], []),
        ([True, 2, None], [None, 2, None], ["numeric-string"]),
        ([True, False, 2], [1, 0, 2], []),
        ([0.5, [0.5], None], [0.5, None, None], ["numeric-string"]),
        ([True, "true"], ["true", "true"], []),
        ([[1], "x", {"a": 1}], ["[1]", "x", '{"a":1}'], []),
        ([[1, 2], [3]], [[1, 2], [3]], []),
        ([1, 2.5], [1, 2.5], []),
        ([2**70, 0.5], [2**70, 0.5], []),
        ([None, None], [None, None], []),
        ([math.inf, -math.inf, 1.0], [math.inf, -math.inf, 1.0], ["non-finite"]),
        ([math.inf, None, 10**400], [math.inf, None, 10**400], ["non-finite"]),
        ([1.7e308, 1.7e308], [1.7e308, 1.7e308], []),
    ],
)
def test_a_column_becomes_of_one_kind(values, clean, codes):
    found, noted = column(values)
    assert found == clean
    assert [type(value) for value in found] == [type(value) for value in clean]
    assert noted == codes


def test_in_a_column_that_the_catalogue_calls_a_number_text_is_one_or_missing():
    found, noted = column(["0.5", "broken"], "validation_loss_value")
    assert found == [0.5, None]
    assert noted == ["numeric-string"]


@given(st.lists(st.none() | st.floats() | st.integers(-5, 5), min_size=1))
def test_non_finite_numbers_are_counted(values):
    columns = Columns({"series": ["x"] * len(values)}, {"a": list(values)})
    normalise(columns, "run")
    count = sum(isinstance(v, float) and not math.isfinite(v) for v in values)
    assert [n.message.split(": a ")[1] for n in columns.notices] == ([str(count)] if count else [])


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        *[(5, 5), (5.0, 5), ("7500", 7500), ("7500.0", 7500), (10**400, 10**400), (5.5, None), (True, None)],
        *[(math.nan, None), (math.inf, None), ("x", None), (None, None), ([1], None), ("1" * 5000, None)],
    ],
)
def test_whole_numbers(value, whole):
    assert as_integer(value) == whole


@pytest.mark.parametrize(
    ("value", "number"), [(True, None), (1, 1), ("1.5", 1.5), ([], None), ({}, None), (None, None)]
)
def test_numbers(value, number):
    assert as_number(value) == number


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1770368390.25, datetime(2026, 2, 6, 8, 59, 50, 250_000, UTC)),
        ("1770368390.25", datetime(2026, 2, 6, 8, 59, 50, 250_000, UTC)),
        ("2026-02-06T08:59:50.25Z", datetime(2026, 2, 6, 8, 59, 50, 250_000, UTC)),
        ("2026-02-06T09:59:50.25+01:00", datetime(2026, 2, 6, 8, 59, 50, 250_000, UTC)),
        ("2026-02-06 08:59:50.25", datetime(2026, 2, 6, 8, 59, 50, 250_000, UTC)),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_moments(value, moment, zone, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert as_seconds(value) == moment.timestamp()
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "value", [None, "", "soon", [], True, math.nan, math.inf, 1e300, -1e300, 10**400, "1" * 400]
)
def test_no_moments(value):
    assert as_seconds(value) is None


@pytest.mark.parametrize(
    ("name", "values", "clean"),
    [
        ("quality_ki_value", [0.5, True], [0.5, None]),
        ("quality_ki_value", [[0.5]], [None]),
        ("training_active", [True, 0, None], [True, False, None]),
        ("adaptive_mode", [1, 2, "Stable"], ["1", "2", "Stable"]),
    ],
)
def test_the_catalogue_says_what_a_column_holds(name, values, clean):
    found = column(values, name)[0]
    assert found == clean
    assert [type(value) for value in found] == [type(value) for value in clean]
