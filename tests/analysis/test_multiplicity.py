import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from statkit.analysis.multiplicity import benjamini_hochberg, holm


@pytest.mark.parametrize("tests", [1, 2, 3, 7, 20])
def test_holm_is_statsmodels(tests):
    p_values = np.random.default_rng(tests).beta(0.4, 2, tests).round(2)
    assert holm(p_values.tolist()) == pytest.approx(multipletests(p_values, method="holm")[1])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_rejecting_by_adjusted_values_is_stepping_down(p_values):
    adjusted = holm(p_values)
    order = np.argsort(p_values, kind="stable")
    going = True
    for rank, index in enumerate(order):
        going = going and p_values[index] * (len(p_values) - rank) <= 0.05
        assert (adjusted[index] <= 0.05) == going


def test_one_test_stays_as_it_is_and_none_gives_none():
    assert holm([0.03]) == [0.03]
    assert holm([]) == []


@pytest.mark.parametrize("tests", [1, 2, 3, 7, 20])
def test_benjamini_hochberg_is_statsmodels(tests):
    p_values = np.random.default_rng(tests).beta(0.4, 2, tests).round(2)
    theirs = multipletests(p_values, method="fdr_bh")[1]
    assert benjamini_hochberg(p_values.tolist()) == pytest.approx(theirs)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_rejecting_by_adjusted_values_is_stepping_up(p_values):
    ordered = sorted(p_values)
    below = [rank for rank, p in enumerate(ordered, start=1) if p * len(ordered) / rank <= 0.05]
    most = ordered[max(below) - 1] if below else -1.0
    assert [p <= 0.05 for p in benjamini_hochberg(p_values)] == [p <= most for p in p_values]


def test_benjamini_hochberg_of_one_and_of_none():
    assert benjamini_hochberg([0.03]) == [0.03]
    assert benjamini_hochberg([]) == []
