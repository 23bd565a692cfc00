"""Derived columns against numpy, one at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statkit.data import derived
from statkit.records import Columns

QUALITY = st.none() | st.floats(0, 1) | st.just(float("nan"))


def columns(**fields):
    count = len(next(iter(fields.values())))
    return Columns({"series": ["validation"] * count, "step": list(range(count))}, fields)


@settings(max_examples=100)
@given(st.lists(st.tuples(QUALITY, QUALITY), min_size=1, max_size=8))
def test_the_gains_and_the_running_best(pairs):
    ki = np.array([np.nan if k is None else k for k, _ in pairs])
    lr = np.array([np.nan if r is None else r for _, r in pairs])
    made = derived.add(
        columns(quality_ki_value=[k for k, _ in pairs], quality_lr_value=[r for _, r in pairs])
    ).fields

    def check(name, expected, keep):
        if name not in made:
            assert all(k is None for k, _ in pairs) or all(r is None for _, r in pairs)
            return
        found = np.array([np.nan if value is None else value for value in made[name]])
        np.testing.assert_allclose(found[keep], expected[keep], rtol=1e-12)

    with np.errstate(all="ignore"):
        check("quality_gain_abs", ki - lr, np.full(len(pairs), True))
        check("quality_gain_rel", (ki - lr) / lr, ~(lr <= 0))
        check("quality_gap_closed", (ki - lr) / (1 - lr), ~(lr >= 1))
    if "quality_running_best" in made:
        for row, best in enumerate(made["quality_running_best"]):
            seen = [k for k, _ in pairs[: row + 1] if k is not None and k == k]
            assert best == (max(seen) if seen else None)


@pytest.mark.parametrize(("lr", "name"), [(0.0, "quality_gain_rel"), (1.0, "quality_gap_closed")])
def test_a_division_by_zero_is_missing(lr, name):
    assert derived.add(columns(quality_ki_value=[0.5], quality_lr_value=[lr])).fields[name] == [None]


def test_what_the_file_says_is_never_overwritten():
    made = derived.add(
        columns(quality_ki_value=[0.5], quality_lr_value=[0.4], quality_gain_abs=["mine"])
    ).fields
    assert made["quality_gain_abs"] == ["mine"]
    assert made["quality_gain_rel"] == pytest.approx([0.25])


@pytest.mark.parametrize(
    ("ki", "lr"), [("ki_quality", "lr_quality"), ("quality_ki", "quality_lr"), ("quality.ki", "quality.lr")]
)
def test_every_schema_has_them(ki, lr):
    assert derived.add(columns(**{ki: [0.5], lr: [0.25]})).fields["quality_gain_abs"] == [0.25]


def test_only_those_asked_for():
    made = derived.add(columns(quality_ki_value=[0.5], quality_lr_value=[0.4]), ["quality_gain_abs"])
    assert list(made.fields) == ["quality_ki_value", "quality_lr_value", "quality_gain_abs"]
    assert set(derived.inputs(["quality_running_best"])) < set(derived.inputs(["quality_gain_rel"]))
    assert derived.inputs(["loss"]) == []


def test_text_and_truth_values_are_no_quality():
    assert list(derived.add(columns(quality_ki_value=["high"], quality_lr_value=[True])).fields) == [
        "quality_ki_value",
        "quality_lr_value",
    ]


def test_the_primary_layer_lends_its_metrics_without_its_name():
    made = derived.add(
        columns(
            attention_bam_384_attention_entropy=[1.0],
            attention_bam_384_peak_coverage=[0.1],
            attention_bam_16_attention_entropy=[2.0],
            attention_bam_16_attention_sparsity=[0.5],
        )
    ).fields
    assert made["attention_entropy"] == [1.0]
    assert "attention_sparsity" not in made
    assert "peak_coverage" not in made
