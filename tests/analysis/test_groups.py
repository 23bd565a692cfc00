import math

import numpy as np
import pytest

from statkit.analysis.groups import Group, Series, score_groups
from statkit.analysis.scores import parse_at
from statkit.errors import EmptySeriesError, UsageError


def group(name, *runs):
    return Group(name, [Series(f"{name}{i}", steps, values) for i, (steps, values) in enumerate(runs)])


def scores(groups, at, align="exact", direction="max"):
    scored = score_groups(groups, direction, parse_at(at), align)
    return [one.scores.tolist() for one in scored]


LONG = ([100, 200, 300, 400], [0.1, 0.2, 0.3, 0.4])
SPARSE = ([100, 300], [0.2, 0.6])


def test_best_and_last_are_each_runs_own():
    groups = [group("a", LONG, SPARSE), group("b", ([100, 200], [0.9, 0.5]))]
    assert scores(groups, "best") == [[0.4, 0.6], [0.9]]
    assert scores(groups, "last") == [[0.4, 0.6], [0.5]]
    assert scores(groups, "best", direction="min") == [[0.1, 0.2], [0.5]]


def test_means_and_areas_are_over_shared_steps_only():
    groups = [group("a", LONG), group("b", SPARSE)]
    assert scores(groups, "mean:0:1000") == [[pytest.approx(0.2)], [pytest.approx(0.4)]]  # steps 100 and 300
    assert scores(groups, "auc") == [[pytest.approx(0.2)], [pytest.approx(0.4)]]
    # steps 100, 200, 300; the sparse run reads 0.4, or still 0.2, at 200
    assert scores(groups, "mean:0:1000", "interp") == [[pytest.approx(0.2)], [pytest.approx(0.4)]]
    assert scores(groups, "mean:0:1000", "locf") == [[pytest.approx(0.2)], [pytest.approx(1 / 3)]]


def test_a_run_without_the_step_is_left_out_by_name():
    scored = score_groups([group("a", LONG, SPARSE)], "max", parse_at("step:400"), "exact")[0]
    assert scored.scores.tolist() == [0.4]
    assert [run.run for run in scored.unscored] == ["a1"]
    assert scored.failures() == ("a1",)


def test_a_run_that_wrote_nothing_yet_is_no_failure():
    scored = score_groups([group("a", LONG, ([], []))], "max", parse_at("best"), "exact")[0]
    assert [run.run for run in scored.unscored] == ["a1"]
    assert scored.failures() == ()


def test_a_run_outside_the_window_does_not_empty_it_for_the_others():
    groups = [group("a", LONG), group("b", LONG, ([100], [0.5]))]
    assert scores(groups, "mean:200:400") == [[pytest.approx(0.3)], [pytest.approx(0.3)]]


def test_no_shared_step_names_the_way_out():
    groups = [group("a", ([100, 200], [1, 2])), group("b", ([150, 250], [1, 2]))]
    with pytest.raises(UsageError, match="--align interp"):
        scores(groups, "auc")
    assert scores(groups, "auc", "interp") == [[1.75], [1.25]]


def test_a_group_without_any_score_is_an_error():
    with pytest.raises(EmptySeriesError, match=r"'b' has a score at step:900: its steps go from 100 to 400"):
        scores([group("a", ([900], [1.0])), group("b", LONG)], "step:900")
    with pytest.raises(EmptySeriesError, match="no run in it has a finite value"):
        scores([group("a", ([900], [math.nan]))], "best")


def test_names_must_differ():
    with pytest.raises(UsageError, match="same name"):
        scores([group("a", LONG), group("a", LONG)], "best")
    with pytest.raises(UsageError, match="Nothing to compare"):
        scores([], "best")


def test_unordered_and_repeated_steps_are_put_in_order():
    mixed = ([300, 100, 200, 200], np.array([3.0, 1.0, 9.0, 2.0]))
    assert scores([group("a", mixed)], "last") == [[3.0]]
    assert scores([group("a", mixed)], "best") == [[9.0]]
