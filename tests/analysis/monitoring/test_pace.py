"""The rhythm of updates, against plain loops."""

import random
import statistics
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.analysis.monitoring.pace import FLOOR_S, WITHOUT_CADENCE_S, pace


def test_an_even_rhythm():
    found = pace(range(0, 1000, 100), [60.0 * n for n in range(10)])
    assert found.intervals == 9
    assert found.cadence_s == 60.0
    assert found.limit_s == 180.0
    assert found.seconds_per_step == pytest.approx(0.6)


def test_the_cadence_is_the_median_and_the_limit_three_times_the_ninetieth_percentile():
    source = random.Random(3)
    gaps = [source.uniform(20, 80) for _ in range(150)]
    times = [1000.0]
    for gap in gaps:
        times.append(times[-1] + gap)
    found = pace([None] * len(times), times)
    real = [b - a for a, b in pairwise(times)]
    assert found.cadence_s == pytest.approx(statistics.median(real))
    ordered = sorted(real)
    place = 0.9 * (len(ordered) - 1)
    low = ordered[int(place)]
    usual = low + (place - int(place)) * (ordered[int(place) + 1] - low)
    assert found.limit_s == pytest.approx(max(3 * usual, 1.5 * ordered[-2]))
    assert found.seconds_per_step is None


def test_one_pause_of_a_night_makes_no_rule_and_the_end_of_each_epoch_does():
    times = [10.0 * n for n in range(40)]
    night = times[:20] + [time + 36_000 for time in times[20:]]
    assert pace(range(40), night).limit_s == pytest.approx(30.0)
    epochs = [time + 100.0 * (n // 15) for n, time in enumerate(times)]
    assert pace(range(40), epochs).limit_s == pytest.approx(1.5 * 110.0)


def test_the_pace_leaves_pauses_out():
    times = [10.0 * n for n in range(40)]
    night = times[:20] + [time + 36_000 for time in times[20:]]
    assert pace(range(0, 4000, 100), night).seconds_per_step == pytest.approx(0.1)


def test_a_cadence_that_changes_for_good_is_the_new_one():
    times = [1.0 * n for n in range(300)]
    times += [times[-1] + 100.0 * n for n in range(1, 301)]
    assert pace(range(600), times).cadence_s == 100.0


def test_quick_runs_are_given_a_floor():
    assert pace(range(50), [0.01 * n for n in range(50)]).limit_s == FLOOR_S


@pytest.mark.parametrize("times", [[], [5.0], [5.0, 6.0], [None, None, None], [5.0, 5.0, 5.0]])
def test_a_run_without_a_cadence_is_given_an_hour(times):
    found = pace(range(len(times)), times, 0.25)
    assert found.cadence_s is None
    assert found.limit_s == WITHOUT_CADENCE_S
    assert found.seconds_per_step == 0.25


def test_the_factor_stretches_the_limit():
    times = [60.0 * n for n in range(10)]
    assert pace(range(10), times, factor=2).limit_s == 360.0
    assert pace([], [], factor=2).limit_s == 7200.0


@given(
    st.lists(
        st.tuples(st.none() | st.integers(0, 10**6), st.none() | st.floats(0, 2e9)),
        max_size=30,
    )
)
def test_any_history_gives_a_limit(rows):
    found = pace([step for step, _ in rows], [time for _, time in rows])
    assert found.limit_s >= FLOOR_S
    assert found.cadence_s is None or found.cadence_s > 0
    assert found.seconds_per_step is None or found.seconds_per_step > 0
