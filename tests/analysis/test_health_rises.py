"""The detectors behind the rules, against a dumb loop and known noise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.analysis.health.rises import noise_of, sustained_rise
from statkit.analysis.health.rules_spikes import off_neighbours, spike_rows


@pytest.mark.parametrize("sd", [1e-6, 0.1, 50.0])
def test_noise_is_that_which_was_put_on_a_bent_curve(sd):
    row = np.arange(4_000)
    curve = 500 * sd * np.exp(-row / 900) + row * sd / 20
    measured = noise_of(curve + np.random.default_rng(0).normal(0, sd, len(row)))
    assert measured == pytest.approx(sd, rel=0.06)


def test_noise_that_repeats_itself_is_underestimated_as_documented():
    rng = np.random.default_rng(1)
    made = [rng.normal()]
    for _ in range(20_000):
        made.append(0.7 * made[-1] + np.sqrt(1 - 0.49) * rng.normal())
    assert noise_of(np.array(made)) == pytest.approx(0.5, abs=0.05)


def dumb_rise(values, sd, deviations, held, floor):
    """Look at every row: the running medians before it, one by one."""
    n = len(values)
    smooth = []
    for row in range(n):
        half = min(2, row, n - 1 - row)
        smooth.append(float(np.median(values[row - half : row + half + 1])))
    above = []
    for row in range(n):
        before = smooth[: row - held + 1] if row >= held else []
        limit = max(deviations * sd, floor, 1e-9 * max(abs(value) for value in values))
        above.append(bool(before) and values[row] > min(before) + limit)
    stretches, row = [], 0
    while row < n:
        end = row
        while end < n and above[end]:
            end += 1
        if end - row >= held:
            stretches.append((row, end - 1))
        row = max(end, row + 1)
    return stretches[-1] if stretches else None


@given(
    st.tuples(
        st.lists(st.floats(0, 1), min_size=8, max_size=20),
        st.lists(st.sampled_from([0.0, 2.0, 5.0, 12.0, 30.0]), max_size=15),
    ).map(lambda parts: [*parts[0], *parts[1]]),
    st.sampled_from([2.0, 4.0, 6.0]),
    st.sampled_from([0.0, 1.0, 20.0]),
)
def test_a_rise_is_what_a_loop_over_rows_finds(values, deviations, floor):
    array = np.array(values)
    found = sustained_rise(array, deviations=deviations, floor=floor)
    smooth = [
        np.median(array[i - min(2, i, len(values) - 1 - i) : i + min(2, i, len(values) - 1 - i) + 1])
        for i in range(len(values))
    ]
    lowest = int(np.argmin(smooth))
    sd = noise_of(array[: lowest + 1] if lowest + 1 >= 16 else array)
    expected = dumb_rise(values, sd, deviations, 3, floor)
    assert (found and (found.start, found.end)) == expected
    if found:
        assert found.low <= found.start - 3
        assert found.lasting == (found.end == len(values) - 1)


def test_seven_points_have_no_level_to_rise_from():
    assert sustained_rise(np.array([1.0, 1, 1, 1, 9, 9, 9])) is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=30))
def test_distance_from_neighbours_by_a_dumb_loop(values):
    expected = [0.0] * len(values)
    for row in range(1, len(values) - 1):
        pairs = [
            (values[row - away] + values[row + away]) / 2
            for away in (1, 2, 3)
            if row - away >= 0 and row + away < len(values)
        ]
        expected[row] = values[row] - float(np.median(pairs))
    assert off_neighbours(np.array(values)) == pytest.approx(expected, abs=1e-6)


def test_a_line_however_steep_has_no_spike_and_a_spike_on_it_is_found_where_it_stands():
    line = 100.0 - 7.0 * np.arange(30) + np.random.default_rng(2).normal(0, 0.1, 30)
    assert spike_rows(line) == []
    line[11] += 3
    assert spike_rows(line) == [11]
    line[11] -= 6
    assert spike_rows(line) == []


def test_a_wild_beginning_does_not_hide_a_spike_in_a_calm_end():
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.normal(5, 1, 30), rng.normal(1, 0.01, 90)])
    values[100] += 0.2
    assert 100 in spike_rows(values)


def test_the_level_is_that_before_the_rise_and_the_floor_what_matters():
    rng = np.random.default_rng(4)
    values = np.concatenate([rng.normal(1, 0.01, 30), rng.normal(1.5, 0.01, 5), rng.normal(0.2, 0.01, 5)])
    rise = sustained_rise(values)
    assert (rise.start, rise.end, rise.lasting) == (30, 34, False)
    assert rise.level == pytest.approx(1, abs=0.03)
    assert sustained_rise(values, floor=0.4) is not None
    assert sustained_rise(values, floor=0.6) is None
