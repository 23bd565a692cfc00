import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from statkit.analysis.plotted.correlations import correlation, correlation_matrix, ranks
from statkit.errors import UsageError

RNG = np.random.default_rng(3)
A = RNG.normal(size=40)
B = 0.5 * A + RNG.normal(size=40)
TIED = np.round(B)


@pytest.mark.parametrize(("one", "other"), [(A, B), (A, TIED), (A * 1e200, B * 1e-200)])
def test_both_methods_agree_with_scipy(one, other):
    assert correlation(one, other, "spearman") == pytest.approx(stats.spearmanr(A, np.sign(1) * other)[0])
    expected = stats.pearsonr(one / np.abs(one).max(), other / np.abs(other).max())[0]
    assert correlation(one, other, "pearson") == pytest.approx(expected)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_ranks_are_those_of_scipy(values):
    assert ranks(np.array(values)).tolist() == stats.rankdata(values).tolist()


def test_only_records_that_have_both_count():
    table = {"a": [1.0, 2.0, 3.0, None, 5.0], "b": [2.0, math.nan, 1.0, 4.0, 0.0]}
    found = correlation_matrix("r", "r", None, table, "pearson")
    assert found.counts.tolist() == [[4, 3], [3, 4]]
    assert found.values[0, 1] == pytest.approx(stats.pearsonr([1, 3, 5], [2, 1, 0])[0])
    assert found.values.tolist() == found.values.T.tolist()


def test_a_constant_and_too_few_records_have_no_correlation():
    found = correlation_matrix("r", "r", None, {"a": [1.0, 1.0, 1.0], "b": [1.0, 2.0, None]})
    assert np.isnan(found.values[0, 1])
    assert np.isnan(found.values[0, 0])


def test_one_metric_is_no_matrix():
    with pytest.raises(UsageError, match="needs two"):
        correlation_matrix("r", "r", None, {"a": [1.0]})


def test_an_unknown_method_names_both():
    with pytest.raises(UsageError, match="spearman, pearson"):
        correlation_matrix("r", "r", None, {"a": [1.0], "b": [1.0]}, "kendall")
