from dataclasses import replace

import pytest

from statkit.analysis.verdicts import Evidence, decide

CLEAR = Evidence(
    direction="max",
    n_candidate=5,
    n_baseline=5,
    failures_candidate=(),
    failures_baseline=(),
    ci=(0.01, 0.03),
    p_value=0.01,
    attainable=0.008,
    minimum_detectable=0.02,
    margin=None,
    spread=True,
)


@pytest.mark.parametrize(
    ("direction", "ci", "margin", "verdict"),
    [
        ("max", (0.01, 0.03), None, "better"),
        ("max", (-0.03, -0.01), None, "worse"),
        ("min", (-0.03, -0.01), None, "better"),
        ("min", (0.01, 0.03), None, "worse"),
        ("max", (-0.01, 0.03), None, "inconclusive"),
        ("max", (0.0, 0.03), None, "inconclusive"),
        ("max", (0.01, 0.03), 0.005, "better"),
        ("max", (0.01, 0.03), 0.02, "inconclusive"),
        ("max", (0.01, 0.03), 0.04, "equivalent"),
        ("min", (0.01, 0.03), 0.005, "worse"),
        ("min", (-0.01, 0.03), 0.03, "equivalent"),
        ("max", (-0.05, 0.03), 0.04, "inconclusive"),
        ("max", (-0.05, -0.045), 0.04, "worse"),
        ("max", (-0.05, -0.03), 0.04, "inconclusive"),
    ],
)
def test_the_interval_decides(direction, ci, margin, verdict):
    evidence = replace(CLEAR, direction=direction, ci=ci, margin=margin)
    assert decide(evidence)[0] == verdict


@pytest.mark.parametrize(
    ("direction", "ci", "margin", "words"),
    [
        ("max", (0.01, 0.03), None, "[0.01, 0.03] lies wholly above 0"),
        ("min", (-0.03, -0.01), None, "[-0.03, -0.01] lies wholly below 0"),
        ("min", (-0.03, -0.01), 0.005, "lies wholly below −0.005"),
        ("max", (-0.03, -0.01), 0.005, "lies wholly below −0.005"),
        ("max", (-0.01, 0.03), None, "holds 0; with 5 against 5 runs a true difference under 0.02"),
        ("max", (0.01, 0.03), 0.02, "reaches across the margin of ±0.02"),
        ("max", (0.01, 0.03), 0.04, "lies wholly within ±0.04"),
    ],
)
def test_the_reason_says_where_the_interval_lies(direction, ci, margin, words):
    evidence = replace(CLEAR, direction=direction, ci=ci, margin=margin)
    assert words in decide(evidence)[1]


def test_one_run_per_side_is_never_better():
    evidence = replace(CLEAR, n_candidate=1, n_baseline=1, ci=None)
    assert decide(evidence) == ("inconclusive", "one run per side")


@pytest.mark.parametrize(("n", "m"), [(1, 5), (2, 2), (2, 30), (30, 2)])
def test_fewer_than_three_a_side_are_too_few(n, m):
    verdict, reason = decide(replace(CLEAR, n_candidate=n, n_baseline=m, ci=(5.0, 6.0), margin=10.0))
    assert verdict == "inconclusive"
    assert reason.startswith(f"{n} candidate and {m} baseline runs: a verdict needs 3 or more a side")


def test_the_permutation_test_is_quoted_where_it_does_not_agree():
    few = replace(CLEAR, n_candidate=3, n_baseline=3, p_value=0.1, attainable=0.1)
    assert "cannot go below p = 0.1 with 3 against 3 runs" in decide(few)[1]
    assert "does not agree (p = 0.07)" in decide(replace(CLEAR, p_value=0.07))[1]
    assert "permutation" not in decide(CLEAR)[1]


def test_without_spread_the_permutation_test_decides():
    flat = replace(CLEAR, ci=(0.02, 0.02), spread=False)
    assert decide(flat)[0] == "better"
    verdict, reason = decide(replace(flat, p_value=0.1, attainable=0.1, n_candidate=3, n_baseline=3))
    assert verdict == "inconclusive"
    assert "no width" in reason


def test_failures_of_the_side_that_looks_better_forbid_the_verdict():
    verdict, reason = decide(replace(CLEAR, failures_candidate=("new-3", "new-4")))
    assert verdict == "inconclusive"
    assert "2 of the side that looks better" in reason
    assert "new-3, new-4" in reason
    assert decide(replace(CLEAR, failures_baseline=("base-1",)))[0] == "better"
    worse = replace(CLEAR, ci=(-0.03, -0.01))
    assert decide(replace(worse, failures_candidate=("new-3",)))[0] == "worse"
    assert decide(replace(worse, failures_baseline=("base-1",)))[0] == "inconclusive"
