import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.analysis.progress import MOST_POINTS, progress, smoothed


def history(values, phases=None, steps=None, metric="loss"):
    count = len(values)
    return {
        "step": list(range(count)) if steps is None else steps,
        "phase": ["train"] * count if phases is None else phases,
        metric: values,
    }


def test_a_short_curve_is_its_values():
    (curve,) = progress(history([3.0, 2.0, 1.0])).curves
    assert curve.steps.tolist() == [0, 1, 2]
    assert curve.means.tolist() == curve.lows.tolist() == curve.highs.tolist() == [3, 2, 1]
    assert curve.smoothed.tolist() == [3, 2, 1]


def test_phases_and_metrics_are_apart_and_missing_values_are_no_records():
    told = progress(
        {
            "step": [0, 1, 1],
            "phase": ["train", "train", "val"],
            "loss": [1.0, 2.0, 9.0],
            "ssim": [None, 0.5, None],
        }
    )
    assert [(c.metric, c.phase, c.records) for c in told.curves] == [
        ("loss", "train", 2),
        ("loss", "val", 1),
        ("ssim", "train", 1),
    ]
    assert [c.phase for c in told.of("loss")] == ["train", "val"]


def test_records_of_one_step_are_one_point():
    (curve,) = progress(history([1.0, 3.0, 5.0, 7.0], steps=[10, 10, 20, 20])).curves
    assert curve.steps.tolist() == [10, 20]
    assert curve.means.tolist() == [2, 6]
    assert (curve.lows.tolist(), curve.highs.tolist()) == ([1, 5], [3, 7])


@given(
    st.lists(st.none() | st.floats(-1e6, 1e6) | st.just(math.nan) | st.just(math.inf), max_size=60),
    st.integers(1, 40),
)
def test_blocks_hold_what_a_loop_over_the_records_finds(values, repeats):
    values = values * repeats
    curves = progress(history(values)).curves
    rows = [row for row, value in enumerate(values) if value is not None]
    if not rows:
        assert curves == ()
        return
    size = 1
    while math.ceil(len(rows) / size) > MOST_POINTS:
        size *= 2
    blocks = [rows[start : start + size] for start in range(0, len(rows), size)]
    (curve,) = curves
    assert curve.records == len(rows)
    assert curve.steps.tolist() == [block[-1] for block in blocks]
    for place, block in enumerate(blocks):
        finite = [values[row] for row in block if math.isfinite(values[row])]
        if not finite:
            assert np.isnan(curve.means[place])
            continue
        assert (curve.lows[place], curve.highs[place]) == (min(finite), max(finite))
        assert curve.means[place] == pytest.approx(math.fsum(finite) / len(finite), abs=1e-6)


def test_a_long_curve_covers_all_its_records_in_few_points():
    (curve,) = progress(history([float(i) for i in range(5000)])).curves
    assert MOST_POINTS / 2 <= len(curve.steps) <= MOST_POINTS
    assert curve.steps[-1] == 4999
    assert (curve.lows[0], curve.highs[-1]) == (0, 4999)
    assert curve.means.mean() == pytest.approx(2500, abs=10)
    assert set(np.diff(curve.steps).tolist()) <= {16.0, 8.0}


def test_smoothing_is_a_centred_mean_of_a_twentieth_of_the_points():
    values = np.random.default_rng(0).random(200)
    expected = [values[max(0, i - 5) : i + 6].mean() for i in range(200)]
    np.testing.assert_allclose(smoothed(np.arange(200.0), values), expected)


def test_stability_is_the_noise_that_was_put_in():
    rng = np.random.default_rng(4)
    values = 2.0 + 0.001 * np.arange(400) + rng.normal(0, 0.1, 400)
    (told,) = progress(history(values.tolist())).stability
    assert told.records == 100
    assert told.variation == pytest.approx(0.1 / values[-100:].mean(), rel=0.3)


def test_stability_survives_a_jump_and_is_silent_where_it_cannot_be_told():
    steady = [1.0 + 0.01 * (-1) ** i for i in range(50)]
    jumped = steady[:25] + [5 + value for value in steady[25:]]
    (told,) = progress(history(jumped)).stability
    assert told.variation < 0.02
    assert progress(history(steady[:9])).stability == ()
    assert progress(history([0.0] * 50)).stability == ()
    assert progress(history(steady, metric="ssim")).stability == ()


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="one of each"):
        progress({"step": [1], "phase": ["train"], "loss": [1.0, 2.0]})


def test_nothing_gives_nothing():
    assert progress({}).curves == ()
    assert progress({"step": [], "phase": [], "loss": []}).of("loss") == ()
