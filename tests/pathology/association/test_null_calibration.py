"""Alarms at a nominal 5 % where nothing goes together; benchmarks/association_null.py has the tables."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.stats import pearsonr

from statkit.pathology.association.correlation import crossed, rank_units
from statkit.pathology.association.swap_null import swap_test

ROUNDS = 500


def smooth(count, rng):
    noise = gaussian_filter(rng.standard_normal((count, 16, 16)), (0, 2, 2))
    return noise / noise.std(axis=(1, 2), keepdims=True)


def alarms(patients, each, border=0.0):
    rng = np.random.default_rng([patients, each])
    owners = np.repeat(np.arange(patients), each)
    ring = border * np.pad(np.zeros((12, 12)), 2, constant_values=1.0)
    naive = swapped = 0
    for seed in range(ROUNDS):
        first, second = (smooth(len(owners), rng) + smooth(patients, rng)[owners] + ring for _ in range(2))
        table = crossed(rank_units(first), rank_units(second))
        swapped += swap_test(table, owners, permutations=399, seed=seed).p_value <= 0.05
        naive += pearsonr(first[0].ravel(), second[0].ravel()).pvalue <= 0.05
    return naive / ROUNDS, swapped / ROUNDS


@pytest.mark.slow
@pytest.mark.parametrize(("patients", "each"), [(10, 1), (25, 1), (5, 4), (8, 3)])
@pytest.mark.parametrize("border", [0.0, 1.0])
def test_the_swap_null_keeps_its_level_where_the_textbook_does_not(patients, each, border):
    naive, swapped = alarms(patients, each, border)
    assert naive > 0.4
    assert swapped < 0.08
