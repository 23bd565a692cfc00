"""Curves gathered record by record against those made of the whole history at once."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statkit.analysis.progress import MOST_POINTS, progress
from statkit.training.curves import Curves

KEYS = ("loss", "ssim", "attention_bam_6_attention_entropy")


def history_of(records):
    names = ("step", "phase", *KEYS)
    keys = ("global_step", "phase", *KEYS)
    return {name: [record.get(key) for record in records] for name, key in zip(names, keys, strict=True)}


def check(records):
    curves = Curves()
    for record in records:
        curves.add(record)
    found, expected = curves.progress(), progress(history_of(records))
    assert {(c.metric, c.phase) for c in found.curves} == {(c.metric, c.phase) for c in expected.curves}
    for curve in found.curves:
        other = next(c for c in expected.curves if (c.metric, c.phase) == (curve.metric, curve.phase))
        assert curve.records == other.records
        for row in ("steps", "means", "lows", "highs", "smoothed"):
            np.testing.assert_allclose(getattr(curve, row), getattr(other, row), rtol=1e-9, err_msg=row)
    assert [(s.metric, s.phase, s.records) for s in found.stability] == [
        (s.metric, s.phase, s.records) for s in expected.stability
    ]
    for mine, theirs in zip(found.stability, expected.stability, strict=True):
        assert mine.variation == pytest.approx(theirs.variation)


def record(step, phase="train", loss=0.5, ssim=None, entropy=None):
    return {"global_step": step, "phase": phase, "loss": loss, "ssim": ssim, KEYS[2]: entropy}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["train", "train", "val"]),
            st.floats(0.01, 10) | st.just(math.nan) | st.just(math.inf),
            st.none() | st.floats(0, 1),
        ),
        max_size=60,
    )
)
@settings(deadline=None)
def test_short_histories_come_to_the_same(walk):
    step, records = 0, []
    for phase, loss, ssim in walk:
        step += phase == "train"
        records.append(record(step, phase, loss, ssim, ssim))
    check(records)


@pytest.mark.parametrize("count", [MOST_POINTS, MOST_POINTS + 1, 3 * MOST_POINTS + 7, 9000])
def test_long_histories_come_to_the_same(count):
    rng = np.random.default_rng(count)
    records = []
    for step in range(1, count + 1):
        records.append(
            record(step, loss=float(rng.random()), ssim=float(rng.random()) if step % 20 == 0 else None)
        )
        if step % 500 == 0:
            records += [record(step, "val", float(rng.random())) for _ in range(7)]
    check(records)


def test_memory_does_not_grow_with_the_training():
    curves = Curves()
    for step in range(20 * MOST_POINTS):
        curves.add(record(step))
    assert len(curves.progress().curves[0].steps) <= MOST_POINTS


def test_no_record_no_curve():
    assert Curves().progress().curves == ()
