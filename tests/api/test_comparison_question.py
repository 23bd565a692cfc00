import json
from pathlib import Path

import pytest

from statkit.api.comparing import compare_metrics
from statkit.api.comparison_question import Question
from statkit.api.selection import Filter
from statkit.data.load import load_all
from statkit.errors import UsageError

RUNS = Path(__file__).parents[2] / "examples" / "runs"


@pytest.fixture(scope="module")
def groups():
    return {name: load_all([str(RUNS / name)]) for name in ("coarse", "full")}


@pytest.mark.parametrize(
    "option",
    [
        {"at": "last"},
        {"align": "locf", "at": "step:500"},
        {"margin": 0.001},
        {"paired": True},
        {"resamples": 300},
        {"seed": 5},
    ],
    ids=str,
)
def test_every_option_reaches_the_comparison(groups, option):
    (asked,) = Question(**{"resamples": 200, **option}).ask(groups)
    (expected,) = compare_metrics(groups, [], Filter(), **{"resamples": 200, **option})
    assert asked == expected
    assert asked != Question(resamples=200).ask(groups)[0]


def test_metrics_and_rows_reach_it_too(groups):
    asked = Question(metrics=("*loss_value",), steps=(400, 2000), resamples=200).ask(groups)
    assert {answer.metric for answer in asked} >= {"validation_loss_value", "total_loss_value"}
    assert {count for answer in asked for group in answer.groups for count in group.validations} == {9}


def test_a_run_on_two_sides_is_refused(groups):
    with pytest.raises(UsageError, match="one side only"):
        Question().ask({"a": groups["coarse"], "b": groups["coarse"][:1]})


def test_a_question_comes_back_from_json():
    asked = Question(
        metrics=("a", "b*"),
        steps=(None, 5),
        where="loss < 1",
        differences=(0.1,),
        paired=False,
        margin=0.5,
        direction="min",
    )
    assert Question.from_dict(json.loads(json.dumps(asked.to_dict()))) == asked
    assert Question.from_dict({"from": "a later version"}) == Question()


def test_the_rows_are_those_of_the_filter():
    rows = Question(phase="val", steps=(1, 2), where="loss < 1", direction="min").rows()
    assert (rows.phase, rows.steps, rows.direction) == ("val", (1, 2), "min")
    assert rows.where.matches({"loss": 0.5})
