import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import pearsonr, spearmanr

from statkit.pathology.association.correlation import crossed, matching, rank_units, value_units

pairs = arrays(np.float64, (2, 4, 5), elements=st.integers(-6, 6).map(float)).filter(
    lambda maps: all(np.ptp(plane) > 0 for plane in maps)
)


@hypothesis_settings(max_examples=25, deadline=None)
@given(pairs)
def test_they_are_scipys_with_ties_too(maps):
    first, second = maps[:1], maps[1:]
    ranked = matching(rank_units(first), rank_units(second))[0]
    assert ranked == pytest.approx(spearmanr(first.ravel(), second.ravel()).statistic, abs=1e-12)
    linear = matching(value_units(first), value_units(second))[0]
    assert linear == pytest.approx(pearsonr(first.ravel(), second.ravel()).statistic, abs=1e-12)


@hypothesis_settings(max_examples=15, deadline=None)
@given(pairs, st.floats(0.01, 100), st.floats(-5, 5))
def test_spearman_is_blind_to_what_keeps_the_order(maps, scale, offset):
    bent = np.exp(maps[:1] / 6)
    np.testing.assert_array_equal(rank_units(bent), rank_units(maps[:1]))
    moved = matching(value_units(scale * maps[:1] + offset), value_units(maps[1:]))
    np.testing.assert_allclose(moved, matching(value_units(maps[:1]), value_units(maps[1:])), atol=1e-9)


def test_all_pairs_are_each_pair():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(5, 3, 4)), rng.normal(size=(7, 3, 4))
    table = crossed(rank_units(first), rank_units(second))
    for i in range(5):
        for j in range(7):
            assert table[i, j] == pytest.approx(spearmanr(first[i].ravel(), second[j].ravel()).statistic)


def test_a_pair_does_not_depend_on_its_company():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(9, 24, 24)), rng.normal(size=(9, 24, 24))
    together = matching(rank_units(first), rank_units(second))
    alone = [
        matching(rank_units(a[None]), rank_units(b[None]))[0] for a, b in zip(first, second, strict=True)
    ]
    assert together.tolist() == alone


def test_constant_huge_tiny_and_no_maps():
    assert not rank_units(np.full((1, 2, 2), 0.3)).any()
    assert not value_units(np.full((1, 2, 2), 0.1)).any()
    wide = np.array([[[-1e308, 1e308], [0, 5e307]]])
    assert matching(value_units(wide), value_units(wide / 1e308)) == pytest.approx(1)
    small = wide / 1e308 * 1e-300
    assert matching(value_units(small), value_units(wide)) == pytest.approx(1)
    assert rank_units(np.zeros((0, 3, 3))).shape == value_units(np.zeros((0, 3, 3))).shape == (0, 9)
