import re

from statkit.analysis.comparison import compare
from statkit.analysis.groups import Group, Series
from statkit.views.comparison_report import comparison_report
from statkit.views.document import markdown_text


def group(name, values):
    runs = [Series(run=f"{name}-{k}", steps=[1, 2], values=[0.0, v], path="") for k, v in enumerate(values)]
    return Group(name, runs)


def written(*groups, metrics=("loss",), **more):
    answers = [compare(groups, metric=metric, direction="max", resamples=100) for metric in metrics]
    charts = dict.fromkeys(metrics, ())
    return markdown_text([comparison_report(answers, dict.fromkeys(metrics), charts, **more)])


A, B = group("a", [1.0, 1.1, 1.2, 1.3]), group("b|*<i>", [2.0, 2.1, 2.2, 2.3])


def test_verdict_groups_and_runs_are_told():
    text = written(A, B)
    assert re.findall("^#+ .*$", text, re.MULTILINE) == ["# Comparison of Runs", "## Answer", "## Groups"]
    assert "| loss | b\\|\\*\\<i\\> | a | better |" in text
    assert "| a | a-0 | 1 | 2 |" in text
    assert "| b\\|\\*\\<i\\> | b\\|\\*\\<i\\>-3 | 2.3 | 2 |" in text


def test_several_metrics_have_a_section_each():
    text = written(A, B, metrics=("loss", "ssim"))
    assert "## Groups, metric 1\n" in text
    assert "## Groups, metric 2\n" in text


def test_one_group_has_a_noise_floor_and_no_verdict():
    text = written(A)
    assert "One group: its noise floor says" in text
    assert "noise floor of a" in text


def test_what_weakens_the_answer_is_told():
    assert "## What weakens it" in written(group("a", [1.0, 1.0, 1.0]), group("b", [1.0, 1.0, 1.0]))


def test_precision_sets_decimals():
    assert "| a | 4 | 1.15 |" in written(A, B, precision=2)
