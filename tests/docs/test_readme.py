"""README.md says what happens: every command is run and its output compared, every Python block executed.

In a ``console`` block ``$ `` starts a command and ``> `` goes on with it; a line ``...`` stands for any
lines. A ``python`` block with ``>>>`` is a doctest, one without a program.
"""

import doctest
import itertools
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    kind: str
    text: str
    line: int


def blocks(*kinds: str) -> list[Block]:
    text = README.read_text("utf-8")
    found = (Block(m[1], m[2], text.count("\n", 0, m.start()) + 2) for m in BLOCK.finditer(text))
    return [block for block in found if block.kind in kinds]


def commands(text: str) -> list[tuple[str, list[str]]]:
    """Split a console block into commands, each with the lines it is said to print."""
    split: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            split.append((line[2:], []))
        elif line.startswith("> ") and not split[-1][1]:
            split[-1] = (f"{split[-1][0]}\n{line[2:]}", [])
        else:
            split[-1][1].append(line.rstrip())
    return split


def without_blank_ends(lines: list[str]) -> list[str]:
    while lines and not lines[0]:
        lines = lines[1:]
    while lines and not lines[-1]:
        lines = lines[:-1]
    return lines


def matches(said: list[str], printed: list[str]) -> bool:
    """Compare line by line; ``...`` takes as few lines as let the rest match."""
    if not said:
        return not printed
    if said[0].strip() == "...":
        return any(matches(said[1:], printed[start:]) for start in range(len(printed) + 1))
    return bool(printed) and said[0] == printed[0] and matches(said[1:], printed[1:])


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
    assert matches(said, printed) is verdict


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: f"line {block.line}")
def test_console_block_prints_what_it_says(block, workplace, environment):
    for command, said in commands(block.text):
        finished = subprocess.run(
            ["bash", "-c", command],
            cwd=workplace,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
        )
        assert finished.returncode == 0, f"{command}\n{finished.stdout}"
        printed = without_blank_ends([line.rstrip() for line in finished.stdout.splitlines()])
        shown = "\n".join(itertools.chain([f"$ {command}"], printed))
        assert matches(without_blank_ends(said), printed), f"README.md:{block.line}, in truth:\n{shown}"


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: f"line {block.line}")
def test_python_block_runs(block, workplace, environment):
    script = workplace / "block.py"
    if ">>>" in block.text:
        script.write_text(f'r"""\n{block.text}"""\n', "utf-8")
        arguments = ["-m", "doctest", "-o", "ELLIPSIS", "-o", "NORMALIZE_WHITESPACE", script.name]
        assert doctest.DocTestParser().get_examples(block.text)
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
    first = blocks("sh")[0]
    assert [line.split("#")[0].strip() for line in first.text.splitlines()] == ["make demo", "make test"]
    assert README.read_text("utf-8")[:600].count("```sh") == 1


def test_the_build_runs_the_same_test_command():
    steps = (README.parent / ".ci" / "run").read_text("utf-8")
    assert re.search(r"^step demo make demo$", steps, re.MULTILINE)
    assert re.search(r"^step test make test$", steps, re.MULTILINE)
