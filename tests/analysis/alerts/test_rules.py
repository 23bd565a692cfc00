"""How rules are written."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statkit.analysis.alerts.rules import (
    SPELLINGS,
    DivergenceRule,
    GateRule,
    LimitRule,
    NanRule,
    StallRule,
    parse_alert,
)
from statkit.errors import UsageError


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("nan", NanRule(text="nan")),
        (" divergence ", DivergenceRule(text="divergence")),
        ("stall", StallRule(text="stall", factor=1.0)),
        ("stall:2.5", StallRule(text="stall:2.5", factor=2.5)),
        ("loss>2", LimitRule(text="loss>2", metric="loss", above=True, limit=2.0)),
        ("a.b < 1e-3", LimitRule(text="a.b < 1e-3", metric="a.b", above=False, limit=1e-3)),
        ("gate:loss: +1%", GateRule(text="gate:loss: +1%", metric="loss", margin="+1%")),
        ("gate:a:b: -0.5", GateRule(text="gate:a:b: -0.5", metric="a:b", margin="-0.5")),
        ("stall>3", LimitRule(text="stall>3", metric="stall", above=True, limit=3.0)),
    ],
)
def test_what_can_be_said(text, rule):
    assert parse_alert(text) == rule


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Possible: nan, stall"),
        ("NaN", "Possible: nan, stall"),
        ("stalled", "Possible: nan, stall"),
        ("gate", "Possible: nan, stall"),
        ("loss", "METRIC<VALUE"),
        ("a<b<3", "Possible"),
        ("<3", "Possible"),
        ("stall:", "not a number"),
        ("stall:-1", "above 0"),
        ("stall:0", "above 0"),
        ("stall:inf", "not a number"),
        ("loss>nan", "not a number"),
        ("loss>=2", "not a number"),
        ("loss>50%", "not a number"),
        ("gate:loss", "METRIC: MARGIN"),
        ("gate:loss: much", "not a number"),
    ],
)
def test_what_cannot(text, told):
    with pytest.raises(UsageError, match=told):
        parse_alert(text)


def test_every_spelling_of_the_help_is_read():
    for text in SPELLINGS:
        assert parse_alert(text.replace("VALUE", "3").replace("MARGIN", "-1"))


@settings(max_examples=40)
@given(st.text(alphabet="nastl:gate<>.-0123456789e %ix", max_size=20))
def test_any_text_is_a_rule_or_a_usage_error(text):
    try:
        rule = parse_alert(text)
    except UsageError:
        return
    assert rule.text == text.strip()


@given(st.floats(), st.floats(allow_nan=False, allow_infinity=False))
def test_a_limit_divides_the_numbers(value, limit):
    above = LimitRule(text="", metric="m", above=True, limit=limit)
    below = LimitRule(text="", metric="m", above=False, limit=limit)
    assert above.holds(value) + below.holds(value) == (not math.isnan(value) and value != limit)
