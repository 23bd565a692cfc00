import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from statkit.analysis.student_t import incomplete_beta, two_sided_p


@given(st.floats(-50, 50), st.floats(0.5, 500))
def test_two_sided_p_is_scipys(t, degrees):
    assert two_sided_p(t, degrees) == pytest.approx(2 * stats.t.sf(abs(t), degrees), rel=1e-8, abs=1e-300)


@given(st.floats(0, 1), st.floats(0.1, 100), st.floats(0.1, 100))
def test_incomplete_beta_is_scipys(x, a, b):
    assert incomplete_beta(x, a, b) == pytest.approx(special.betainc(a, b, x), rel=1e-8, abs=1e-12)


def test_published_quantiles():
    # Student's table: t(0.975) for 4, 10 and 30 degrees of freedom
    for t, degrees in ((2.7764, 4), (2.2281, 10), (2.0423, 30)):
        assert two_sided_p(t, degrees) == pytest.approx(0.05, abs=1e-5)
