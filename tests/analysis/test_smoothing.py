"""The expected lists were printed by the tools' own JavaScript, run in Node on the values below.

TensorBoard: the smoothing generator of the web bundle in tensorboard 2.21.0. Aim:
``utils/smoothingData.ts`` of aim-ui 3.29.1. Trackio: ``frontend/src/lib/dataProcessing.js`` of 0.43.0.
W&B keeps its web source to itself: the sample code of its documentation, with 1,000 for the scale it
does not give.
"""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from statkit.analysis.smoothing import Smoothing, parse_smoothing
from statkit.errors import UsageError

NAN, INF = math.nan, math.inf
STEPS = [0, 500, 1000, 1500, 2100, 2500, 3000, 3500, 4000, 6000, 6500, 7000]
VALUES = [0.31, 0.52, NAN, 0.47, INF, 0.61, 0.58, 0.73, -0.2, 0.66, 0.64, 0.7]
THERE = np.isfinite(VALUES)


def smooth(text, steps=STEPS, values=VALUES):
    return parse_smoothing(text).apply(steps, values)


def test_tensorboard():
    expected = [0.31, 0.44125, NAN, 0.45591836734693875, INF, 0.5267279411764705, 0.5498334489937542,
                0.6254269602577873, 0.28574732018225385, 0.4380057490418263, 0.5196259934355413,
                0.5922145110696089]  # fmt: skip
    np.testing.assert_allclose(smooth("tb:0.6"), expected, rtol=1e-14)


def test_tensorboard_is_pandas_adjusted_mean():
    finite = pd.Series(VALUES)[THERE]
    np.testing.assert_allclose(smooth("tb:0.6")[THERE], finite.ewm(alpha=0.4, adjust=True).mean(), rtol=1e-12)


def test_tensorboard_special_cases():
    assert smooth("tb:1")[THERE].tolist() == [0.0] * 10
    np.testing.assert_array_equal(smooth("tb:0"), VALUES)
    assert smooth("tb:0.6", [1, 2, 3], [0.1, 0.1, 0.1]).tolist() == [0.1, 0.1, 0.1]
    assert smooth("tb:0.6", [], []).tolist() == []


def test_wandb():
    expected = [0.31, 0.43364462967618966, 0.4535276703895496, 0.5362343169010099, 0.5550880287354621,
                0.6218163967223767, 0.3314962905940436, 0.5277907028963849, 0.5795282672451467,
                0.6274345808449312]  # fmt: skip
    got = smooth("wandb:0.99")
    np.testing.assert_allclose(got[THERE], expected, rtol=1e-12)
    np.testing.assert_array_equal(got[~THERE], [NAN, INF])


def test_wandb_without_a_range_is_left_alone():
    assert smooth("wandb:0.9", [5, 5], [1.0, 2.0]).tolist() == [1.0, 2.0]
    assert smooth("wandb:0.9", [5], [1.0]).tolist() == [1.0]


def test_aim():
    expected = [0.31, 0.394, 0.4244, 0.49863999999999997, 0.5311839999999999, 0.6107103999999999,
                0.2864262399999999, 0.43585574399999993, 0.5175134464, 0.5905080678399999]  # fmt: skip
    np.testing.assert_allclose(smooth("aim:0.6")[THERE], expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (10, [0.4775, 0.498, NAN, 0.43142857142857144, INF, 0.48, 0.5233333333333334, 0.52375, 0.52375,
              0.5314285714285715, 0.5314285714285715, 0.5183333333333334]),
        (4, [0.415, 0.43333333333333335, NAN, 0.5333333333333333, INF, 0.5975, 0.43, 0.476, 0.482, 0.506,
             0.45, 0.6666666666666669]),
        (1, [0.415, 0.415, NAN, 0.47, INF, 0.595, 0.64, 0.37, 0.39666666666666667, 0.3666666666666667,
             0.6666666666666669, 0.67]),
    ],
)  # fmt: skip
def test_trackio(width, expected):
    np.testing.assert_allclose(smooth(f"trackio:{width}"), expected, rtol=1e-12)


@pytest.mark.parametrize("alpha", [0.05, 0.3, 1.0])
def test_ema_is_pandas(alpha):
    values = pd.Series(VALUES).replace(INF, NAN)
    expected = values.ewm(alpha=alpha, adjust=False, ignore_na=True).mean()
    np.testing.assert_allclose(smooth(f"ema:{alpha}")[THERE], expected[THERE], rtol=1e-12)


def test_median_is_scipys_inside_and_skips_gaps():
    finite = np.array(VALUES)[THERE]
    got = smooth("median:5")
    np.testing.assert_array_equal(got[THERE][2:-2], ndimage.median_filter(finite, 5)[2:-2])
    np.testing.assert_array_equal(got[~THERE], [NAN, INF])


TOOLS = ["tb:0.6", "wandb:0.9", "aim:0.6", "trackio:10", "ema:0.3", "median:5"]


@pytest.mark.parametrize("text", TOOLS)
@given(values=st.lists(st.none() | st.floats(-1e6, 1e6) | st.sampled_from([NAN, INF, -INF]), max_size=30))
def test_gaps_stay_gaps_and_reach_nobody(text, values):
    got = smooth(text, list(range(len(values))), values)
    raw = np.array([NAN if v is None else v for v in values], float)
    there = np.isfinite(raw)
    np.testing.assert_array_equal(got[~there], raw[~there])
    assert np.isfinite(got[there]).all()
    if there.any():
        slack = 1e-9 * (1 + np.abs(raw[there]).max())
        assert raw[there].min() - slack <= got[there].min() <= got[there].max() <= raw[there].max() + slack


@pytest.mark.parametrize("text", TOOLS)
def test_the_text_comes_back(text):
    assert str(parse_smoothing(text)) == text
    assert parse_smoothing(parse_smoothing(text)) == parse_smoothing(text)


def test_a_number_alone_is_tensorboards():
    assert parse_smoothing(0.6) == parse_smoothing("0.6") == Smoothing("tb", 0.6)


@pytest.mark.parametrize(
    "text",
    [
        "gauss:3",
        "tb:1.2",
        "tb:-0.1",
        "tb:",
        "tb:x",
        "tb:nan",
        "median:4",
        "median:0",
        "median:2.5",
        "trackio:inf",
        "",
    ],
)
def test_what_is_wrong_names_what_is_possible(text):
    with pytest.raises(UsageError, match=r"Possible: tb:0\.6, wandb:0\.9"):
        parse_smoothing(text)


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="2 steps and 1 values"):
        smooth("tb:0.6", [1, 2], [1.0])
