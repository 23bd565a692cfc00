import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.errors import SourceError
from statkit.views.manifest import InputFile, Manifest, RunInput, block, is_sealed, parse, seal

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


def manifest(name="a.json", format="md", path="run", **more):
    file = InputFile(name=name, size=12, sha256="0" * 64)
    run = RunInput(name="r", group="", path=path, on_rewind="last", step_column=None, files=(file,))
    return Manifest(kind="runs", format=format, date=None, question={}, runs=(run,), **more)


def written(made):
    return seal("# Title\n\n" + block(made))


@pytest.mark.parametrize("format", ["md", "html"])
def test_what_is_written_is_read(format):
    made = manifest(format=format)
    assert parse(written(made), "x") == made
    assert made.files == 1


@given(TEXT, st.sampled_from(["md", "html"]))
def test_hostile_names_come_back_and_end_nothing(name, format):
    made = manifest(name=name, format=format)
    text = written(made)
    assert parse(text, "x") == made
    inside = text.split("\n", 3)[3]
    assert len(re.findall("[<>]", inside)) == (1 if format == "md" else 2)
    assert inside.count("--") == (1 if format == "md" else 0)


@pytest.mark.parametrize("name", ["--><script>", "</script><script>", '"seal": ""', "a--b", "\u2028"])
@pytest.mark.parametrize("format", ["md", "html"])
def test_names_that_try_to_end_it(name, format):
    made = manifest(name=name, format=format)
    assert parse(written(made), "x") == made
    assert is_sealed(written(made))


def test_the_seal_breaks_with_every_character():
    text = written(manifest())
    assert is_sealed(text)
    for place in range(len(text)):
        changed = text[:place] + ("x" if text[place] != "x" else "y") + text[place + 1 :]
        assert not is_sealed(changed), place


def test_a_text_without_one_is_no_report():
    with pytest.raises(SourceError, match=r"^x is no report of statkit"):
        parse("# Title\n", "x")


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("statkit.report/1", "statkit.report/2"),
        lambda text: text.replace('"path":"run"', '"path":"/etc"'),
        lambda text: text.replace('"path":"run"', '"path":""'),
        lambda text: text.replace('"kind": "runs"', '"kind": "walks"'),
        lambda text: text.replace('"files"', '"fires"'),
        lambda text: text.replace("}", "", 1),
        lambda text: text.replace("-->", ""),
        lambda text: re.sub(r"\{.*\}", "[]", text, flags=re.DOTALL),
    ],
)
def test_a_damaged_one_is_said_to_be(damage):
    with pytest.raises(SourceError, match="damaged"):
        parse(damage(written(manifest())), "x")


def test_a_line_holds_a_file():
    lines = written(manifest()).splitlines()
    (line,) = [line for line in lines if "a.json" in line]
    assert json.loads(line) == {"name": "a.json", "bytes": 12, "sha256": "0" * 64}
