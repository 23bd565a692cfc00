"""Means and intervals over patients: against a loop, the house's other bootstrap, and what seeds promise."""

import numpy as np
import pytest

from statkit.pathology.association.patients import cluster_interval
from statkit.pathology.validation.resampling import difference_interval, resampled_means

RNG = np.random.default_rng(4)
OWNERS = [f"p{n}" for n in RNG.integers(0, 12, 40)]
VALUES = RNG.normal(size=(40, 3)) + np.array([int(owner[1:]) / 4 for owner in OWNERS])[:, None]


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


def test_the_spread_is_that_of_the_interval_of_associations():
    numbers = np.unique(OWNERS, return_inverse=True)[1]
    theirs = cluster_interval(VALUES[:, 1], numbers, resamples=4000)
    assert resampled_means(VALUES, OWNERS, resamples=4000).intervals[1] == pytest.approx(theirs, abs=0.05)


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
