import pytest

from statkit.analysis.margins import parse_margin, parse_rule
from statkit.errors import UsageError


@pytest.mark.parametrize(
    ("text", "metric", "amount", "relative"),
    [
        ("validation_loss_value: +1%", "validation_loss_value", 0.01, True),
        ("quality_ki_value:-0.005", "quality_ki_value", -0.005, False),
        ("a:b.c : 0", "a:b.c", 0.0, False),
        ("loss: 2e-3", "loss", 0.002, False),
    ],
)
def test_parse_rule(text, metric, amount, relative):
    rule = parse_rule(text)
    assert (rule.metric, rule.margin.amount, rule.margin.relative) == (metric, amount, relative)


@pytest.mark.parametrize("text", ["quality_ki_value", ": -0.1", "", "m -0.1"])
def test_a_rule_needs_a_metric_and_a_margin(text):
    with pytest.raises(UsageError, match="METRIC: MARGIN"):
        parse_rule(text)


@pytest.mark.parametrize("text", ["m:", "m: much", "m: nan", "m: %", "m: inf"])
def test_a_margin_is_a_number(text):
    with pytest.raises(UsageError, match="not a number"):
        parse_rule(text)


@pytest.mark.parametrize(
    ("text", "mean", "direction", "allowed"),
    [
        ("-0.005", 0.6, "max", 0.005),
        ("+1%", 2.0, "min", 0.02),
        ("+1%", -2.0, "min", 0.02),
        ("-2%", 30.0, "max", 0.6),
        ("0", 0.6, "max", 0.0),
        ("0", 0.6, "min", 0.0),
    ],
)
def test_allowed_loss(text, mean, direction, allowed):
    assert parse_margin(text).allowed(mean, direction) == pytest.approx(allowed)


@pytest.mark.parametrize(
    ("text", "direction", "mended"),
    [("+0.005", "max", "-0.005"), ("0.005", "max", "-0.005"), ("-1%", "min", r"\+1%")],
)
def test_a_margin_in_the_improving_sign_is_refused(text, direction, mended):
    with pytest.raises(UsageError, match=f"improvement.*Say {mended}"):
        parse_margin(text).allowed(1.0, direction)


def test_a_share_of_nothing_is_refused():
    with pytest.raises(UsageError, match="mean of the baseline is 0"):
        parse_margin("+1%").allowed(0.0, "min")
