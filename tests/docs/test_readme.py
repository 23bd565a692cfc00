"""README.md says what happens: every command is run and its output compared, every Python block executed.

A ``python`` block with ``>>>`` is a doctest, one without a program.
"""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text("utf-8")


def _load_reader():
    spec = importlib.util.spec_from_file_location("refresh_readme", ROOT / "docs" / "refresh_readme.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


reader = _load_reader()


@pytest.mark.parametrize(
    ("said", "printed", "verdict"),
    [
        (["a", "b"], ["a", "b"], True),
        (["a", "...", "d"], ["a", "b", "c", "d"], True),
        (["a", "..."], ["a"], True),
        (["a", "...", "d"], ["a", "b"], False),
        (["a"], ["a", "b"], False),
        (["a", "b"], ["a"], False),
    ],
)
def test_dots_stand_for_any_lines(said, printed, verdict):
    assert reader.matches(said, printed) is verdict


def test_commands_are_taken_apart():
    found = reader.commands("$ one \\\n> more\n\nout\n...\n$ two\n")
    assert [(each.line, each.said) for each in found] == [("one \\\nmore", ["out", "..."]), ("two", [])]


@pytest.mark.parametrize("block", reader.blocks(TEXT, "console"), ids=lambda block: f"line {block.line}")
def test_console_block_prints_what_it_says(block, workplace, environment):
    for each in reader.commands(block.text):
        code, printed = reader.run(each.line, workplace, environment)
        shown = "\n".join([each.written, *printed])
        assert code == 0, f"README.md:{block.line}, ended with {code}:\n{shown}"
        hint = "run python docs/refresh_readme.py and look at what changed"
        assert reader.matches(each.said, printed), f"README.md:{block.line}, {hint}; in truth:\n{shown}"


@pytest.mark.parametrize("block", reader.blocks(TEXT, "python"), ids=lambda block: f"line {block.line}")
def test_python_block_runs(block, workplace, environment):
    script = workplace / "block.py"
    if ">>>" in block.text:
        script.write_text(f'r"""\n{block.text}"""\n', "utf-8")
        arguments = ["-m", "doctest", "-o", "NORMALIZE_WHITESPACE", script.name]
    else:
        script.write_text(block.text, "utf-8")
        arguments = [script.name]
    finished = subprocess.run(
        [sys.executable, *arguments],
        cwd=workplace,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert finished.returncode == 0, f"README.md:{block.line}\n{finished.stdout}{finished.stderr}"


def test_opens_with_the_two_commands_that_set_everything_up():
    first = reader.blocks(TEXT, "sh", "console", "python")[0]
    assert (first.kind, first.line) == ("sh", 4)
    assert [line.split("#")[0].strip() for line in first.text.splitlines()] == ["make demo", "make test"]


def test_the_build_runs_the_same_commands():
    steps = (ROOT / ".ci" / "run").read_text("utf-8")
    assert re.search(r"^step demo make demo$", steps, re.MULTILINE)
    assert re.search(r"^step test make test$", steps, re.MULTILINE)
