import numpy as np
import pytest

from statkit.analysis.spikes import spike_rows


@pytest.mark.parametrize("height", [-15, 15])
def test_a_lone_spike_is_found_and_nothing_else(height):
    rng = np.random.default_rng(3)
    values = 30 * (1 - np.exp(-np.arange(80) / 10)) + rng.standard_normal(80)
    values[41] += height
    assert spike_rows(values) == [41]


def test_a_run_of_three_spikes_is_found_with_the_default_window():
    values = np.sin(np.arange(60) / 9) + np.random.default_rng(0).normal(0, 0.01, 60)
    values[30:33] += 5
    assert spike_rows(values) == [30, 31, 32]


def test_a_level_shift_and_a_steep_start_are_not_spikes():
    assert spike_rows(np.array([0.0] * 20 + [5.0] * 20)) == []
    assert spike_rows(np.exp(-np.arange(30) / 2.0)) == []


def test_one_odd_value_in_a_constant_series_is_a_spike():
    values = np.ones(40)
    values[17] = 1.5
    assert spike_rows(values) == [17]


def test_healthy_noise_gives_next_to_none():
    rng = np.random.default_rng(11)
    assert sum(len(spike_rows(rng.standard_normal(100))) for _ in range(200)) <= 2


def test_too_few_values_have_no_spikes():
    assert spike_rows(np.array([1.0, 99.0, 1.0, 1.0])) == []
