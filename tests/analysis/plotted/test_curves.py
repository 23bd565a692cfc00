import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.analysis.plotted.curves import Rows, run_curve
from statkit.analysis.plotted.panels import TrendPanel
from statkit.analysis.smoothing import parse_smoothing


def rows(values, steps=None, **more):
    n = len(values)
    steps = list(range(0, 500 * n, 500)) if steps is None else steps
    given = {"side": "a", "run": "a", "xs": steps, "believed": [True] * n, "segments": [0] * n}
    return Rows(**given | {"steps": steps, "values": values} | more)


def test_a_plain_series_is_one_stretch_of_its_values():
    curve = run_curve(rows([0.3, 0.5, 0.4]), "max")
    (stretch,) = curve.stretches
    assert stretch.xs.tolist() == [0, 500, 1000]
    assert stretch.values.tolist() == [0.3, 0.5, 0.4]
    assert (curve.best.step, curve.best.value) == (500, 0.5)
    assert curve.breaks == []


def test_a_rewind_breaks_the_line_and_smoothing_begins_anew():
    values = [0.1, 0.2, 0.3, 0.25, 0.35, 0.45]
    given = rows(values, steps=[0, 500, 1000, 500, 1000, 1500], segments=[0, 0, 0, 1, 1, 1])
    curve = run_curve(given, "max", parse_smoothing("ema:0.3"))
    assert [stretch.steps.tolist() for stretch in curve.stretches] == [[0, 500, 1000], [500, 1000, 1500]]
    for stretch, part in zip(curve.stretches, (values[:3], values[3:]), strict=True):
        expected = pd.Series(part).ewm(alpha=0.3, adjust=False).mean()
        assert stretch.smoothed.tolist() == pytest.approx(expected.tolist())
    assert curve.breaks == [500]


def test_rows_of_two_processes_that_stand_mixed_are_told_apart():
    given = rows([1.0, 9.0, 2.0, 8.0], steps=[0, 0, 500, 500], segments=[0, 1, 0, 1])
    curve = run_curve(given, "max")
    assert [stretch.values.tolist() for stretch in curve.stretches] == [[1.0, 2.0], [9.0, 8.0]]


def test_what_is_not_believed_is_never_the_best_and_in_no_line():
    curve = run_curve(rows([0.0, 0.4, 0.3], believed=[False, True, True]), "min")
    assert (curve.best.step, curve.best.value) == (1000, 0.3)
    assert curve.unmeasured.tolist() == [0]
    assert curve.stretches[0].xs.tolist() == [500, 1000]


def test_nan_and_infinity_are_gaps_and_are_named():
    curve = run_curve(rows([0.1, math.nan, 0.3, math.inf, 0.5]), "max")
    assert np.isnan(curve.stretches[0].values).tolist() == [False, True, False, True, False]
    assert curve.nonfinite.tolist() == [500, 1500]
    assert curve.best.value == 0.5
    assert curve.finite == 3


def test_records_of_one_step_are_joined_at_their_mean_and_kept_as_dots():
    curve = run_curve(rows([1.0, 3.0, math.nan, 5.0], steps=[10, 10, 10, 20]), "max")
    assert curve.stretches[0].values.tolist() == [2.0, 5.0]
    assert curve.records.tolist() == [[10, 10, 20], [1.0, 3.0, 5.0]]


def test_records_of_different_steps_are_not_doubled_as_dots():
    assert run_curve(rows([1.0, 2.0]), "max").records.shape == (2, 0)


def test_a_record_without_a_place_is_counted_and_left_out():
    curve = run_curve(rows([9.0, 2.0], xs=[math.nan, 1.0]), "max")
    assert curve.unplaced == 1
    assert curve.stretches[0].values.tolist() == [2.0]
    assert curve.best.value == 2.0


def test_without_a_direction_nothing_is_best():
    assert run_curve(rows([1.0, 2.0]), None).best is None


def test_no_finite_value_makes_an_empty_curve():
    curve = run_curve(rows([math.nan, math.nan]), "max")
    assert curve.finite == 0
    assert curve.best is None


@given(
    st.lists(
        st.tuples(
            st.floats(-1e6, 1e6) | st.just(math.nan), st.booleans(), st.integers(0, 3), st.integers(0, 20)
        ),
        min_size=1,
        max_size=40,
    )
)
def test_every_believed_record_is_in_a_line_of_its_segment_once(entries):
    values, believed, segments, steps = (list(column) for column in zip(*entries, strict=True))
    curve = run_curve(rows(values, steps=steps, believed=believed, segments=segments), "max")
    expected = {}
    for value, good, segment, step in entries_in(values, believed, segments, steps):
        if good:
            expected.setdefault(segment, {}).setdefault(step, []).append(value)
    assert len(curve.stretches) == len(expected)
    for stretch, segment in zip(curve.stretches, sorted(expected), strict=True):
        assert stretch.steps.tolist() == sorted(expected[segment])
        for step, value in zip(stretch.steps, stretch.values, strict=True):
            there = [each for each in expected[segment][int(step)] if each == each]
            mean = sum(there) / len(there) if there else math.nan
            assert value == pytest.approx(mean, nan_ok=True)
    candidates = [v for v, good, _, _ in entries_in(values, believed, segments, steps) if good and v == v]
    assert (curve.best.value if curve.best else None) == (max(candidates) if candidates else None)


def entries_in(*columns):
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize(("direction", "best"), [("max", "b"), ("min", "a")])
def test_a_panel_names_the_best_of_its_curves(direction, best):
    curves = tuple(
        run_curve(rows(values, side=name), direction)
        for name, values in (("a", [1.0, 2.0]), ("b", [3.0, 4.0]))
    )
    panel = TrendPanel(metric="m", unit=None, direction=direction, curves=curves)
    assert panel.best[0].side == best


def test_a_result_becomes_json():
    from statkit.json_text import dumps

    assert '"stretches"' in dumps(run_curve(rows([0.3, math.nan]), "max").to_dict())
