import numpy as np
import pytest
from scipy import stats

from statkit.analysis.aggregation import interquartile_mean, probability_of_improvement, wins
from statkit.analysis.bootstrap import (
    Resamples,
    block_length,
    generator,
    moving_block_interval,
    moving_block_means,
    percentile_interval,
    resampled_probability,
    stratified_interval,
)

X = np.array([0.61, 0.64, 0.6, 0.66, 0.63, 0.7, 0.58, 0.62])
Y = np.array([0.58, 0.62, 0.59, 0.6, 0.63])


def test_resampled_statistics_are_those_of_each_row():
    first, second = Resamples.draw(X, 50, generator(1)), Resamples.draw(Y, 50, generator(2))
    won = wins(first.scores, second.scores, "min")
    chances = resampled_probability(first, second, won)
    for i in range(50):
        x, y = first.scores[first.indices[i]], second.scores[second.indices[i]]
        assert set(x) <= set(X)
        assert first.means()[i] == pytest.approx(np.mean(x))
        assert first.interquartile_means()[i] == pytest.approx(interquartile_mean(x))
        assert chances[i] == pytest.approx(probability_of_improvement(x, y, "min"))


def test_percentile_interval_of_a_difference_is_scipys():
    ours = percentile_interval(
        Resamples.draw(X, 40_000, generator(1)).means() - Resamples.draw(Y, 40_000, generator(2)).means()
    )
    theirs = stats.bootstrap(
        (X, Y),
        lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis),
        n_resamples=40_000,
        method="percentile",
        rng=3,
    ).confidence_interval
    assert ours == pytest.approx((theirs.low, theirs.high), abs=1e-3)


def test_stratified_interval_resamples_runs_within_tasks():
    # a task whose runs all agree adds no width; pooled resampling would add the tasks' distance
    scores = np.column_stack([X, np.full(8, 100.0)])
    low, high = stratified_interval(scores, lambda m: float(m.mean()), resamples=4_000)
    alone = stratified_interval(X, lambda m: float(m.mean()), resamples=4_000)
    assert (low - 50, high - 50) == pytest.approx((alone[0] / 2, alone[1] / 2), abs=2e-3)


def test_stratified_interval_of_the_iqm_is_a_dumb_loops():
    rng = np.random.default_rng(7)
    draws = [stats.trim_mean(rng.choice(X, 8), 0.25) for _ in range(4_000)]
    expected = np.quantile(draws, [0.025, 0.975])
    assert stratified_interval(X, interquartile_mean, resamples=4_000) == pytest.approx(expected, abs=3e-3)


def test_the_same_seed_gives_the_same_interval():
    first = stratified_interval(X, interquartile_mean, resamples=200, seed=4)
    assert first == stratified_interval(X, interquartile_mean, resamples=200, seed=4)
    assert first != stratified_interval(X, interquartile_mean, resamples=200, seed=5)


def test_moving_blocks_are_neighbours_of_the_series():
    series = np.array([1.0, 10.0, 100.0, 1000.0, 10000.0])
    means = moving_block_means(series, 2, 300, generator(0))
    pairs = [series[i] + series[i + 1] for i in range(4)]
    possible = {a + b + c for a in pairs for b in pairs for c in series[:4]}
    assert all(min(abs(5 * mean - total) for total in possible) < 1e-6 for mean in means)


def test_blocks_of_one_are_the_plain_bootstrap():
    means = moving_block_means(X, 1, 40_000, generator(0))
    assert means.mean() == pytest.approx(X.mean(), abs=1e-3)
    assert means.std() == pytest.approx(X.std() / np.sqrt(8), rel=0.02)


@pytest.mark.parametrize(("n", "block"), [(8, 4), (16, 6), (27, 6), (50, 8), (200, 15)])
def test_block_length(n, block):
    assert block_length(n) == block


def test_too_short_a_series_has_no_block_interval():
    assert moving_block_interval(np.arange(7.0), resamples=100, rng=generator(0)) is None


def test_block_interval_is_widened_for_few_blocks():
    series = np.sin(np.arange(20.0))
    low, high = moving_block_interval(series, resamples=2_000, rng=generator(3))
    plain = moving_block_means(series, 6, 2_000, generator(3))
    ends = np.quantile(plain - plain.mean(), [0.025, 0.975])
    factor = stats.t.ppf(0.975, 20 / 6 - 1) / stats.norm.ppf(0.975) / np.sqrt(1 - 6 / 20)
    assert (low, high) == pytest.approx(tuple(series.mean() + factor * ends))


@pytest.mark.parametrize("phi", [0.0, 0.6])
def test_block_interval_holds_on_autocorrelated_noise(phi):
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(500):
        series = np.empty(16)
        series[0] = rng.normal() / np.sqrt(1 - phi**2)
        for i in range(1, 16):
            series[i] = phi * series[i - 1] + rng.normal()
        low, high = moving_block_interval(series, resamples=300, rng=rng)
        held += low <= 0 <= high
    assert held / 500 >= 0.92
