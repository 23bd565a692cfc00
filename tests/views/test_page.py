import base64
import hashlib
import json
import re
from pathlib import Path

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.views import page as pages
from statkit.views.document import Document, Section, Strong
from statkit.views.line_chart import GroupChart, GroupValues, Line, LineChart
from statkit.views.manifest import InputFile, Manifest, RunInput
from statkit.views.table import Table, numbers, words

HOSTILE = (
    "</td></script><script>alert(1)</script><img src=x onerror=alert(1)>"
    "{{7*7}}${x}\"'&amp;\x1b[31m\u202e\u2028"
)
STATIC = Path(pages.__file__).with_name("static")


def page(name="tame"):
    line = Line(name=name, key=name, steps=[1, 2, 3], values=[0.5, None, 0.25], side=1)
    other = Line(name="b", key="b", steps=[1, 2, 3], values=[1.5, 2.0, 2.25], side=2)
    chart = LineChart(title=name, unit=name, lines=[line, other], mark=(3, 0.25))
    scores = GroupChart(
        title=name, unit=None, groups=[GroupValues(name=name, values=[1.0], mean=1.0, ci=None)]
    )
    table = Table([words(name, [name, "c"]), numbers("value", [1, 2])], name, [name], frozenset({0}))
    sections = [Section("One", ["Our words.", Strong("Mind.")]), Section("Two", [table, chart, scores])]
    files = (InputFile(name=name, size=1, sha256="0" * 64), InputFile(name="x", size=None, sha256=None))
    run = RunInput(name=name, group=name, path="r", on_rewind="last", step_column=None, files=files)
    manifest = Manifest(kind="runs", format="html", date="2026-11-22", question={}, runs=(run, run))
    return pages.page([Document("Title", sections)], manifest, "Made.") + pages.ENDING


def tree(text):
    found = html5lib.parse(text, treebuilder="etree", namespaceHTMLElements=False).iter()
    return [(str(each.tag), sorted(each.keys()) if isinstance(each.tag, str) else ()) for each in found]


def content(text, tag):
    return re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[1]


def test_a_hostile_name_makes_the_elements_of_a_tame_one():
    assert tree(page(HOSTILE)) == tree(page())


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_name_makes_the_elements_of_a_tame_one(name):
    tame = [each for each in tree(page("tame")) if each[0] not in ("h3",)]
    assert [each for each in tree(page(name)) if each[0] not in ("h3",) and each[0] != "span"] == [
        each for each in tame if each[0] != "span"
    ]


def test_a_name_stands_in_the_page_as_it_is():
    parsed = html5lib.parse(page("a<b>&c"), treebuilder="etree", namespaceHTMLElements=False)
    assert parsed.find(".//tbody/tr/td").text == "a<b>&c"
    assert [each.text for each in parsed.iter("h3")] == ["a<b>&c"]


def test_the_data_of_the_charts_end_no_element_and_come_back():
    text = page(HOSTILE)
    data = re.search(
        r'<script type="application/json" id="statkit-charts">\n(.*?)\n</script>', text, re.DOTALL
    )[1]
    assert not re.search("[<>&\u2028\u2029]", data)
    (chart,) = json.loads(data)
    assert chart["title"] == HOSTILE
    assert chart["lines"][0] == {
        "name": HOSTILE, "colour": 1, "steps": [1, 2, 3], "values": [0.5, None, 0.25],
    }  # fmt: skip
    assert chart["mark"] == [3, 0.25]


def test_the_policy_allows_what_stands_there_and_nothing_else():
    text = page()
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)[1]
    assert text.index("Content-Security-Policy") < text.index("<style>")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for rule, tag in (("script-src", "script"), ("style-src", "style")):
        digest = base64.b64encode(hashlib.sha256(content(text, tag).encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    assert set(rules) == {"default-src", "script-src", "style-src", "base-uri", "form-action"}


def test_nothing_is_fetched_and_nothing_is_inline():
    parsed = html5lib.parse(page(HOSTILE), treebuilder="etree", namespaceHTMLElements=False)
    for each in parsed.iter():
        if isinstance(each.tag, str):
            names = set(each.keys())
            assert not names & {"src", "href", "style", "action", "srcset", "data"}
            assert not [name for name in names if name.startswith("on")]
    style = content(page(), "style")
    assert "url(" not in style
    assert "@import" not in style


def test_the_licence_of_what_is_vendored_travels_with_it():
    assert "Copyright (c) 2022 Leon Sorokin" in page()
    assert "The MIT License" in (STATIC / "uPlot.LICENSE").read_text("utf-8")


@pytest.mark.parametrize("name", ["uPlot.iife.min.js", "report.js"])
def test_a_script_cannot_end_its_element(name):
    assert "</" not in (STATIC / name).read_text("utf-8")
    assert "<!--" not in (STATIC / name).read_text("utf-8")


def test_how_to_refresh_what_is_vendored_is_written_beside_it():
    version = re.search(r"\(v([\d.]+)\)", (STATIC / "uPlot.iife.min.js").read_text("utf-8"))[1]
    assert f"npm pack uplot@{version}" in (STATIC / "README.md").read_text("utf-8")


def test_names_reach_the_document_as_text_only():
    script = (STATIC / "report.js").read_text("utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("):
        assert way not in script


def test_the_winner_the_date_and_the_files_are_there():
    text = page()
    assert '<tr class="won"><td>tame</td>' in text
    assert "Dated 2026-11-22." in text
    assert text.count(f'<td class="hash">{"0" * 64}</td>') == 2
    assert '<td class="hash">unreadable</td>' in text
