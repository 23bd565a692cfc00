"""Run every ``console`` block of README.md and write what it prints in its place.

In such a block ``$ `` starts a command and ``> `` goes on with it. A line ``...`` stands for any lines: the
same number of lines before and after it is kept. ``python docs/refresh_readme.py`` from any directory.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOTS = "..."

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its kind, its text, and the line of the file on which the text starts."""

    kind: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a console block, as written, and the lines it is said to print."""

    written: str
    said: list[str]

    @property
    def line(self) -> str:
        """The command as the shell takes it."""
        return self.written.removeprefix("$ ").replace("\n> ", "\n")


def blocks(text: str, *kinds: str) -> list[Block]:
    """The fenced blocks of the kinds, in order."""
    found = (Block(m[1], m[2], text.count("\n", 0, m.start()) + 2) for m in _BLOCK.finditer(text))
    return [block for block in found if block.kind in kinds]


def commands(text: str) -> list[Command]:
    """The commands of a console block."""
    split: list[Command] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            split.append(Command(line, []))
        elif line.startswith("> ") and not split[-1].said:
            split[-1] = Command(f"{split[-1].written}\n{line}", [])
        else:
            split[-1].said.append(line.rstrip())
    return [Command(each.written, without_blank_ends(each.said)) for each in split]


def without_blank_ends(lines: list[str]) -> list[str]:
    """Leave out blank lines at both ends."""
    full = [number for number, line in enumerate(lines) if line.strip()]
    return lines[full[0] : full[-1] + 1] if full else []


def run(command: str, place: Path, environment: Mapping[str, str]) -> tuple[int, list[str]]:
    """Run a command as a reader would, both streams together; give its exit code and its lines."""
    finished = subprocess.run(
        ["bash", "-c", command],
        cwd=place,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
    )
    return finished.returncode, without_blank_ends([line.rstrip() for line in finished.stdout.splitlines()])


def matches(said: list[str], printed: list[str]) -> bool:
    """Compare line by line; dots take as few lines as let the rest match."""
    if not said:
        return not printed
    if said[0].strip() == DOTS:
        return any(matches(said[1:], printed[start:]) for start in range(len(printed) + 1))
    return bool(printed) and said[0] == printed[0] and matches(said[1:], printed[1:])


def shortened(printed: list[str], said: list[str]) -> list[str]:
    """Cut what is printed as what is said is cut."""
    if DOTS not in said:
        return printed
    before = said.index(DOTS)
    after = len(said) - before - 1
    if len(printed) <= before + after:
        return printed
    return [*printed[:before], DOTS, *printed[len(printed) - after :]]


def refreshed(block: Block) -> str:
    """Make a block's text anew, in a directory of its own that has ``examples``."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "examples").symlink_to(ROOT / "examples")
        lines: list[str] = []
        for each in commands(block.text):
            code, printed = run(each.line, Path(place), {**os.environ, "PATH": path})
            if code:
                sys.exit(f"README.md:{block.line}: {each.line} ended with {code}:\n" + "\n".join(printed))
            lines += [each.written, *shortened(printed, each.said)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Rewrite README.md."""
    text = README.read_text("utf-8")
    for block in blocks(text, "console"):
        text = text.replace(f"```console\n{block.text}```", f"```console\n{refreshed(block)}```", 1)
    README.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
