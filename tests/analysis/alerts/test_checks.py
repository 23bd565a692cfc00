"""Each rule against a dumb loop."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statkit.analysis.alerts import checks
from statkit.analysis.alerts.rules import LimitRule, StallRule
from statkit.analysis.findings import Finding
from statkit.analysis.gating import gate
from statkit.analysis.monitoring.status import RunStatus
from statkit.records import Columns
from statkit.schema import lookup

NAN, INF = math.nan, math.inf
VALUES = st.lists(st.sampled_from([0.5, 0.7, NAN, INF, None]), min_size=1, max_size=12)


def table(values, name="total_loss_value", **keys):
    return Columns({"step": [10 * (row + 1) for row in range(len(values))], **keys}, {name: values})


def asked(columns, start=0):
    return checks.non_finite(columns, range(start, len(columns)), lookup)


@settings(max_examples=50)
@given(VALUES, st.integers(0, 12))
def test_nan_is_what_a_loop_finds_among_new_rows_and_the_last(values, start):
    start = min(start, len(values))
    rows = sorted({*range(start, len(values)), len(values) - 1})
    bad = [row for row in rows if values[row] is not None and not math.isfinite(values[row])]
    cause = asked(table(values), start)
    assert (cause is None) == (not bad)
    if cause is not None:
        assert cause.step == 10 * (bad[0] + 1)
        assert cause.metric == "total_loss_value"
        assert repr(cause.value) == repr(values[bad[0]])


def test_the_last_row_of_each_phase_counts():
    values, phases = [0.5, NAN, 0.5, 0.5], ["train", "val", "train", "train"]
    assert asked(table(values, "loss", phase=phases), start=3).step == 20
    values, phases = [*values, 0.4], [*phases, "val"]
    assert asked(table(values, "loss", phase=phases), start=4) is None


@pytest.mark.parametrize("name", ["attention_bam_384_attention_entropy", "custom/thing"])
def test_what_only_describes_rings_nothing(name):
    assert asked(table([1.0, NAN], name)) is None


def test_identical_images_have_an_infinite_psnr():
    assert asked(table([30.0, INF], "psnr")) is None
    assert asked(table([30.0, -INF], "psnr")).message == "psnr is infinite at step 20."


def test_an_empty_table_has_no_nan():
    assert asked(Columns()) is None


def status(kind, age, limit=100.0):
    return RunStatus(status=kind, reason="", cadence_s=30.0, limit_s=limit, last_update=0.0, age_s=age)


@pytest.mark.parametrize("kind", ["training", "validating", "paused", "finished", "stalled", "unknown"])
@pytest.mark.parametrize("age", [None, 50.0, 100.0, 101.0, 201.0])
@pytest.mark.parametrize("factor", [0.4, 1.0, 2.0])
def test_stall(kind, age, factor):
    cause = checks.stall(StallRule(text="stall", factor=factor), status(kind, age), 500)
    late = age is not None and age > 100.0 * factor
    assert (cause is not None) == (late and kind not in ("paused", "finished", "unknown"))
    if cause is not None:
        assert cause.step == 500
        assert "every 30 s" in cause.message


def test_a_stall_without_a_cadence_says_so():
    told = replace(status("stalled", 4000.0, 3600.0), cadence_s=None)
    cause = checks.stall(StallRule(text="stall", factor=1.0), told, None)
    assert cause.message == "no update for 1 h 6 min, over the limit of 1 h; updates came at no known pace."


def finding(rule, severity):
    return Finding(
        rule=rule, severity=severity, metric="loss", steps=(7, 9), evidence="it rose.", advice="", source=""
    )


def test_only_a_lasting_divergence_rings():
    assert checks.divergence([finding("loss-rising", "error"), finding("divergence", "warning")]) is None
    cause = checks.divergence([finding("plateau", "warning"), finding("divergence", "error")])
    assert (cause.step, cause.metric, cause.message) == (7, "loss", "it rose.")


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, NAN]), st.booleans()), max_size=10),
    st.booleans(),
    st.integers(0, 10),
)
def test_a_limit_is_what_a_loop_finds(rows, above, start):
    values, believed = [value for value, _ in rows], [good for _, good in rows]
    start = min(start, len(rows))
    good = [row for row in range(len(rows)) if believed[row]]
    looked = [row for row in good if row >= start or row == good[-1]]
    wrong = [row for row in looked if (values[row] > 0.3 if above else values[row] < 0.3)]
    rule = LimitRule(text="m>0.3", metric="m", above=above, limit=0.3)
    cause = checks.limit(rule, list(range(len(rows))), values, believed, range(start, len(rows)))
    assert (cause.step if cause else None) == (wrong[0] if wrong else None)


def judged(own):
    baseline = [0.65, 0.652, 0.648, 0.651, 0.649]
    return gate([own], baseline, metric="q", direction="max", margin="-0.005")


def test_a_gate_rings_after_five_regressions_in_a_row():
    bad, good, unsure = judged(0.6), judged(0.65), judged(0.6455)
    assert [each.verdict for each in (bad, good, unsure)] == ["regression", "pass", "too-little-evidence"]
    for last in (good, unsure):
        assert checks.gate([(5, bad), (4, bad), (3, bad), (2, bad), (1, last)]) is None
    assert checks.gate([(4, bad), (3, bad), (2, bad), (1, bad)]) is None
    cause = checks.gate([(6, bad), (5, bad), (4, bad), (3, bad), (2, bad), (1, good)])
    assert (cause.step, cause.metric, cause.value) == (6, "q", 0.6)
    assert bad.reason in cause.message


def test_a_gate_asks_no_further_than_it_must():
    def answers():
        yield 3, judged(0.6)
        yield 2, judged(0.65)
        raise AssertionError("asked too much")

    assert checks.gate(answers()) is None
