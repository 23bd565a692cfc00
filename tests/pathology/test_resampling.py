"""Means and intervals over patients: against loops, scipy's bootstrap, and what seeds promise."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from statkit.pathology.resampling import cluster_interval, difference_interval, resampled_means

RNG = np.random.default_rng(4)
OWNERS = [f"p{n}" for n in RNG.integers(0, 12, 40)]
VALUES = RNG.normal(size=(40, 3)) + np.array([int(owner[1:]) / 4 for owner in OWNERS])[:, None]


def by_hand(values, owners, resamples, seed):
    """Patients drawn one by one, then the images of each."""
    rng = np.random.default_rng(seed)
    images = [values[owners == patient] for patient in np.unique(owners)]
    means = []
    for _ in range(resamples):
        drawn = [images[patient] for patient in rng.integers(len(images), size=len(images))]
        means.append(np.concatenate([rng.choice(each, len(each)) for each in drawn]).mean())
    return np.quantile(means, [0.025, 0.975])


@pytest.mark.parametrize("owners", [np.arange(30) // 5, np.repeat(np.arange(5), [1, 2, 4, 8, 15])])
def test_it_is_the_dumb_loop(owners):
    rng = np.random.default_rng(1)
    values = rng.normal(size=30) * 0.3 + rng.normal(size=owners.max() + 1)[owners]
    ours = cluster_interval(values, owners, resamples=20_000)
    np.testing.assert_allclose(ours, by_hand(values, owners, 3_000, 2), atol=0.06)


def test_one_image_a_patient_is_the_plain_bootstrap():
    values = np.random.default_rng(3).normal(scale=0.2, size=40)
    theirs = bootstrap((values,), np.mean, n_resamples=40_000, method="percentile", rng=4).confidence_interval
    np.testing.assert_allclose(cluster_interval(values, np.arange(40), resamples=40_000), theirs, atol=5e-3)


def test_images_that_repeat_their_patient_add_nothing():
    each = np.random.default_rng(5).normal(size=8)
    wide = cluster_interval(np.repeat(each, 10), np.arange(80) // 10, resamples=20_000)
    np.testing.assert_allclose(wide, cluster_interval(each, np.arange(8), resamples=20_000), atol=0.04)
    low, high = cluster_interval(np.repeat(each, 10), np.arange(80), resamples=2_000)
    assert high - low < (wide[1] - wide[0]) / 2


def test_one_patient_has_no_interval():
    assert cluster_interval(np.arange(5.0), np.zeros(5, dtype=int)) is None
    assert cluster_interval(np.zeros(0), np.zeros(0, dtype=int)) is None


def test_the_seed_is_all_that_matters():
    values, owners = np.random.default_rng(6).normal(size=20), np.arange(20) // 2
    assert cluster_interval(values, owners, seed=1) == cluster_interval(values, owners * 9 + 3, seed=1)
    assert cluster_interval(values, owners, seed=1) != cluster_interval(values, owners, seed=2)


def test_means_pass_over_what_is_undefined():
    values = np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]])
    found = resampled_means(values, ["a", "b", "c"])
    assert found.means == (2.0, None)
    assert found.intervals[1] is None
    low, high = found.intervals[0]
    assert 1.0 <= low <= high <= 3.0


def test_patients_are_drawn_and_then_their_images():
    """By hand, with other random numbers: the same spread."""
    rng = np.random.default_rng(11)
    names = sorted(set(OWNERS))
    draws = []
    for _ in range(1000):
        taken = []
        for name in rng.choice(names, len(names)):
            own = VALUES[[owner == name for owner in OWNERS], 0]
            taken += list(rng.choice(own, len(own)))
        draws.append(np.mean(taken))
    found = resampled_means(VALUES, OWNERS, resamples=4000)
    assert found.intervals[0] == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=0.1)


def test_images_of_one_patient_are_not_independent():
    alone = resampled_means(VALUES[:, :1], list(range(40))).intervals[0]
    owned = resampled_means(VALUES[:, :1], OWNERS).intervals[0]
    assert owned[1] - owned[0] > 1.3 * (alone[1] - alone[0])


def test_one_patient_leaves_nothing_to_resample():
    found = resampled_means(VALUES, ["a"] * 40)
    assert found.intervals == (None,) * 3
    assert found.means == pytest.approx(tuple(VALUES.mean(axis=0)))


def test_the_same_seed_gives_the_same_numbers_and_two_parts_are_independent():
    first, again = (resampled_means(VALUES, OWNERS, resamples=50) for _ in range(2))
    assert np.array_equal(first.draws, again.draws)
    other = resampled_means(VALUES, OWNERS, resamples=50, part=1)
    assert abs(np.corrcoef(first.draws[:, 0], other.draws[:, 0])[0, 1]) < 0.5


def test_the_difference_of_two_groups():
    rng = np.random.default_rng(0)
    first, second = rng.normal(0, 1, 4000), rng.normal(5, 1, 4000)
    second[:10] = np.nan
    low, high = difference_interval(first, second)
    assert (low, high) == pytest.approx((5 - 1.96 * 2**0.5, 5 + 1.96 * 2**0.5), abs=0.15)
    assert difference_interval(first, np.full(4000, np.nan)) is None
