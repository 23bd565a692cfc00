import math

import pytest

from statkit.analysis.cautions import cautions, seeds_match
from statkit.analysis.groups import Group, Series, score_groups
from statkit.analysis.scores import parse_at


def told(groups, at="best", align="exact"):
    rule = parse_at(at)
    return {c.code: c for c in cautions(groups, score_groups(groups, "max", rule, align), rule)}


def group(name, *lengths):
    return Group(
        name,
        [
            Series(f"{name}{i}", range(1, n + 1), [i + k / 10 for k in range(n)], path=f"runs/{name}{i}")
            for i, n in enumerate(lengths)
        ],
    )


def test_equal_runs_raise_no_caution():
    for at in ("best", "last", "auc", "mean:1:5", "step:3"):
        assert told([group("a", 5, 5), group("b", 5, 5)], at) == {}


def test_different_numbers_of_values_flatter_a_best():
    caution = told([group("a", 5, 5), group("b", 5, 8)])["unequal-validations"]
    assert "a 5, b 5–8" in caution.message
    assert "improves with their number" in caution.message
    assert "--at step:5" in caution.message


def test_different_ends_matter_to_last_and_areas():
    groups = [group("a", 5), group("b", 8)]
    assert "5–8" in told(groups, "last")["unequal-validations"].message
    assert "up to 5" in told(groups, "auc")["short-range"].message
    assert "up to 5" in told(groups, "mean:2:8")["short-range"].message
    assert told(groups, "mean:2:5") == {}
    assert told(groups, "step:5") == {}


def test_values_that_are_not_finite_are_counted_by_run():
    bad = Group("a", [Series("a0", [1, 2, 3], [1.0, math.nan, math.inf], path="runs/a0")])
    caution = told([bad], "step:1")["non-finite"]
    assert caution.path == "runs/a0"
    assert "2 of 3" in caution.message


def test_runs_left_out_are_named():
    caution = told([group("a", 5, 2)], "step:4")["left-out"]
    assert caution.path == "runs/a1"
    assert "a1 of a has no score at step:4" in caution.message


def test_a_group_without_spread_is_named():
    copies = Group("a", [Series(f"a{i}", [1, 2], [0.1, 0.2]) for i in range(3)])
    assert "all 3 runs of a" in told([copies])["no-spread"].message


@pytest.mark.parametrize(
    ("own", "other", "match"),
    [
        ((1, 2, 3), (3, 2, 1), True),
        ((1, 2, 3), (1, 2, 4), False),
        ((1, 1, 2), (1, 2, 2), False),
        ((None, None), (None, None), False),
        ((1,), (1,), False),
    ],
)
def test_seeds_match(own, other, match):
    def keyed(name, keys):
        return Group(name, [Series(f"{name}{i}", [1], [float(i)], key=key) for i, key in enumerate(keys)])

    scored = score_groups([keyed("a", own), keyed("b", other)], "max", parse_at("best"), "exact")
    assert [c.code for c in seeds_match(*scored)] == (["seeds-match"] if match else [])
