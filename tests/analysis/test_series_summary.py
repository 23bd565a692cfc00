import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.analysis.series_summary import summarise

NUMBERS = st.none() | st.integers(-1000, 1000) | st.floats(-1e6, 1e6) | st.just(math.nan) | st.just(-math.inf)


@given(st.lists(NUMBERS, max_size=60))
def test_pandas_finds_the_same(values):
    told = summarise("loss", "train", range(len(values)), values, direction="min")
    numbers = [float(value) for value in values if value is not None]
    finite = pd.Series([value for value in numbers if math.isfinite(value)], dtype=float)
    if not len(finite):
        assert told is None
        return
    assert (told.n, told.not_finite) == (len(finite), len(numbers) - len(finite))
    near = {"rel": 1e-9, "abs": 1e-6}
    assert told.mean == pytest.approx(finite.mean(), **near)
    assert told.median == pytest.approx(finite.median(), **near)
    assert told.p95 == pytest.approx(finite.quantile(0.95), **near)
    assert (told.least, told.greatest) == (finite.min(), finite.max())
    if len(finite) > 1:
        assert told.deviation == pytest.approx(finite.std(), **near)
    else:
        assert told.deviation is None
    tenth = max(1, round(len(finite) / 10))
    assert told.early == pytest.approx(finite.head(tenth).mean(), **near)
    assert told.late == pytest.approx(finite.tail(tenth).mean(), **near)
    assert told.best == finite.min()
    assert values[told.best_step] == finite.min()


def test_a_constant_has_no_deviation_at_all():
    assert summarise("mse", "train", range(300), [0.002] * 300).deviation == 0.0


def test_without_a_direction_nothing_is_best():
    told = summarise("x", "train", range(20), range(20))
    assert (told.best, told.best_step, told.slope_per_1000_steps, told.verdict) == (None, None, None, None)


def test_the_trend_is_that_of_the_metric():
    falling = [100 - i for i in range(50)]
    assert summarise("loss", "train", range(50), falling, direction="min").verdict == "improving"
    assert summarise("ssim", "train", range(50), falling, direction="max").verdict == "worsening"
    told = summarise("loss", "train", range(0, 500, 10), falling, direction="min")
    assert told.slope_per_1000_steps == pytest.approx(-100)


def test_what_is_doubted_is_never_best():
    told = summarise("q", "val", [1, 2, 3], [0.9, 0.5, 0.7], direction="max", excluded=[True, False, False])
    assert (told.best, told.best_step) == (0.7, 3)


def test_integers_beyond_any_float_are_not_finite():
    told = summarise("loss", "train", [0, 1], [10**400, 1])
    assert (told.n, told.not_finite) == (1, 1)


def test_truth_values_and_text_do_not_count():
    assert summarise("x", "train", [0, 1, 2], [True, "3", None]) is None


def test_huge_values_do_not_overflow():
    told = summarise("loss", "train", range(4), [1e308] * 4)
    assert told.mean == pytest.approx(1e308)
    assert np.isfinite(told.early)
