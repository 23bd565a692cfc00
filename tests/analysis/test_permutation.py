from itertools import combinations, product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from statkit.analysis.permutation import EXACT_LIMIT, permutation_test, sign_flip_test


def gap(x, y, axis=-1):
    return np.abs(np.mean(x, axis=axis) - np.mean(y, axis=axis))


def by_hand(x, y):
    """Every assignment in turn, with whole numbers, so nothing is rounded."""
    pooled = [*x, *y]
    n, m = len(x), len(y)

    def far(chosen):
        own = sum(pooled[i] for i in chosen)
        return abs(own * m - (sum(pooled) - own) * n)

    observed = far(range(n))
    every = [far(chosen) for chosen in combinations(range(n + m), n)]
    return sum(value >= observed for value in every) / len(every)


SMALL = st.lists(st.integers(-20, 20), min_size=1, max_size=5)


@given(SMALL, SMALL)
@settings(deadline=None)
def test_exact_p_is_that_of_counting(x, y):
    test = permutation_test(x, y)
    assert test.exact
    assert test.assignments == comb(len(x) + len(y), len(x))
    assert test.p_value == pytest.approx(by_hand(x, y))


@pytest.mark.parametrize(("n", "m"), [(5, 5), (4, 7), (8, 6)])
def test_exact_p_is_scipys(n, m):
    rng = np.random.default_rng(n)
    x, y = rng.normal(0.6, 1, n), rng.normal(0, 1, m)
    theirs = stats.permutation_test((x, y), gap, vectorized=True, n_resamples=np.inf, alternative="greater")
    assert permutation_test(x, y).p_value == pytest.approx(theirs.pvalue)


@pytest.mark.parametrize(("n", "m", "smallest"), [(3, 3, 0.1), (4, 4, 2 / 70), (3, 5, 1 / 56), (1, 1, 1.0)])
def test_the_smallest_p_is_reached_by_groups_wholly_apart(n, m, smallest):
    test = permutation_test(10.0 + np.arange(n) ** 2, np.arange(m) / 7)
    assert test.attainable == pytest.approx(smallest)
    assert test.p_value == pytest.approx(smallest)


def test_a_large_offset_does_not_hide_ties():
    x, y = [1e9 + 0.25, 1e9 + 0.5, 1e9 + 1], [1e9, 1e9 + 0.25, 1e9 + 0.75]
    assert permutation_test(x, y).p_value == pytest.approx(by_hand([1, 2, 4], [0, 1, 3]))


def test_rounding_does_not_break_ties():
    # 0.1 + 0.2 against 0.3: equal in decimals, not in binary
    x, y = [0.1, 0.2, 0.6], [0.3, 0.3, 0.3]
    assert permutation_test(x, y).p_value == pytest.approx(by_hand([1, 2, 6], [3, 3, 3]))


def test_identical_values_give_one():
    assert permutation_test([0.5] * 4, [0.5] * 4).p_value == 1.0
    assert sign_flip_test([0.0] * 4).p_value == 1.0


def test_beyond_the_limit_it_samples_with_a_seed():
    rng = np.random.default_rng(0)
    x, y = rng.normal(0.4, 1, 30), rng.normal(0, 1, 30)
    test = permutation_test(x, y, resamples=20_000, seed=3)
    assert comb(60, 30) > EXACT_LIMIT
    assert not test.exact
    assert test.assignments == 20_000
    assert test.attainable == pytest.approx(1 / 20_001)
    theirs = stats.permutation_test(
        (x, y), gap, vectorized=True, n_resamples=20_000, alternative="greater", rng=1
    )
    assert test.p_value == pytest.approx(theirs.pvalue, abs=0.015)
    assert test == permutation_test(x, y, resamples=20_000, seed=3)
    assert test != permutation_test(x, y, resamples=20_000, seed=4)


def test_a_sampled_p_is_never_zero():
    test = permutation_test(np.arange(20) + 100.0, np.arange(20), resamples=500)
    assert test.p_value == test.attainable == pytest.approx(1 / 501)


def test_many_runs_are_sampled_in_parts(monkeypatch):
    x, y = np.linspace(0, 1, 40), np.linspace(0.05, 1.05, 40)
    whole = permutation_test(x, y, resamples=2_000)
    monkeypatch.setattr("statkit.analysis.permutation._CHUNK", 8_000)
    parted = permutation_test(x, y, resamples=2_000)
    assert parted.assignments == whole.assignments
    assert parted.p_value == pytest.approx(whole.p_value, abs=0.05)


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=8))
@settings(deadline=None)
def test_sign_flips_are_counted(differences):
    sums = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in product((-1, 1), repeat=len(differences))
    ]
    expected = sum(value >= abs(sum(differences)) for value in sums) / len(sums)
    assert sign_flip_test(differences).p_value == pytest.approx(expected)


def test_five_pairs_cannot_go_below_one_in_sixteen():
    test = sign_flip_test([0.1, 0.2, 0.3, 0.25, 0.5])
    assert test.p_value == test.attainable == 0.0625


def test_many_pairs_are_sampled():
    differences = np.random.default_rng(1).normal(0.3, 1, 40)
    test = sign_flip_test(differences, resamples=20_000)
    theirs = stats.permutation_test(
        (differences,),
        lambda d, axis=-1: np.abs(np.mean(d, axis=axis)),
        permutation_type="samples",
        vectorized=True,
        n_resamples=20_000,
        alternative="greater",
        rng=1,
    )
    assert not test.exact
    assert test.p_value == pytest.approx(theirs.pvalue, abs=0.015)


def test_false_alarms_stay_at_the_level():
    rng = np.random.default_rng(5)
    p_values = np.array([permutation_test(*rng.normal(size=(2, 5))).p_value for _ in range(2_000)])
    assert 0.03 < np.mean(p_values <= 0.05) <= 0.06
