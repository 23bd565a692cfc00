"""Names of runs, groups, files, metrics and layers are hostile: in a report they are nothing but text."""

import json
import re

import html5lib
import markdown
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from statkit.api.comparison_question import Question
from statkit.api.comparison_reporting import comparison_report
from statkit.api.reporting import report
from statkit.api.verifying import verify
from statkit.data.load import load_all

HOSTILE = "--><script>alert(1)<&script>\"'|`*_[a](javascript:alert(1)) &copy; $1$ ~~s~~ # h\n<img src=x>"
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=40)


def run(directory, name, shift=0.0):
    """A run that bears one name wherever a file lets it choose one."""
    directory.mkdir(parents=True)
    for k in range(1, 5):
        values = {
            "step_current": 100 * k,
            "quality_ki_value": 0.5 + k / 50 + shift,
            "layer_activity_map": {name: 0.1 * k, "b": 0.2},
            name: 0.5 * k,
        }
        ending = f"_{name}" if k == 4 else ""
        (directory / f"Statistik_{100 * k}{ending}.json").write_text(json.dumps(values))
    text = f"[metrics.{json.dumps(name)}]\ndirection = 'max'\nunit = {json.dumps(name)}\n"
    (directory / "statkit.toml").write_text(text)
    return directory


def reports(place, name, format):
    """Of several runs, and of a comparison."""
    for k in range(3):
        run(place / "a" / f"{k}{name}", name, k / 100)
        run(place / "b" / f"{k}{name}", name, k / 100 + 0.1)
    groups = {name: load_all([str(place / "a")]), "b": load_all([str(place / "b")])}
    question = Question(metrics=("quality_ki_value",), resamples=100)
    return [
        report(load_all([str(place / "a")]), format=format).write(place / f"r.{format}"),
        comparison_report(groups, question, format=format).write(place / f"c.{format}"),
    ]


def with_markdown_it(text):
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)


def with_python_markdown(text):
    return markdown.markdown(text, extensions=["tables"])


def elements(text):
    parsed = html5lib.parse(text, treebuilder="etree", namespaceHTMLElements=False)
    return [(each.tag, sorted(each.keys())) for each in parsed.iter() if isinstance(each.tag, str)]


@pytest.mark.parametrize("render", [with_markdown_it, with_python_markdown])
def test_markdown_has_the_elements_of_a_tame_name(tmp_path, render):
    tame, hostile = (
        [elements(render(path.read_text("utf-8"))) for path in reports(tmp_path / place, name, "md")]
        for place, name in (("tame", "layer"), ("hostile", HOSTILE.replace("/", "")))
    )
    assert hostile == tame


def test_html_has_the_elements_of_a_tame_name(tmp_path):
    tame, hostile = (
        [elements(path.read_text("utf-8")) for path in reports(tmp_path / place, name, "html")]
        for place, name in (("tame", "layer"), ("hostile", HOSTILE.replace("/", "")))
    )
    assert hostile == tame


@pytest.mark.parametrize("format", ["md", "html"])
def test_a_report_of_hostile_names_is_verified_like_any_other(tmp_path, format):
    for path in reports(tmp_path, HOSTILE.replace("/", ""), format):
        assert verify(path).mismatches == ()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES)
def test_any_layer_makes_the_elements_of_a_tame_one(tmp_path_factory, name):
    """Through records, where no file system stands between a name and the report."""

    def texts(layer):
        place = tmp_path_factory.mktemp("run")
        lines = [
            {"batch_idx": k, "global_step": k, "phase": "train", "loss": 1 / (k + 1)}
            | {f"attention_{layer}_attention_entropy": 3.0}
            for k in range(3)
        ]
        (place / "batch_metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return str(report(place)), str(report(place, format="html"))

    (md, html), (tame_md, tame_html) = texts(name), texts("layer")
    assert elements(html) == elements(tame_html)
    for render in (with_markdown_it, with_python_markdown):
        assert re.findall(r"<(/?[a-z0-9]+)", render(md)) == re.findall(r"<(/?[a-z0-9]+)", render(tame_md))
