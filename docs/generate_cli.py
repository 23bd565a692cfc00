"""Write docs/cli.md from the commands themselves: ``python docs/generate_cli.py``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from statkit.cli.app import build
from statkit.cli.options import PRINTING, READING, ROWS

PAGE = Path(__file__).with_name("cli.md")
OPENING = """\
# Commands

Written by `make cli` from the commands themselves: what stands here is what `--help` says.

`PATH` is a run directory, one file, or a directory of runs; several are fine. `compare` also takes
groups as `NAME=GLOB`, quoted, so that statkit expands them. Left out, it is the working directory, or
`Learn` in it.

| exit code | |
|---|---|
| 0 | answered, whatever the answer; `gate`: passed |
| 1 | found what was checked for: `gate` a regression, `diagnose` or `doctor` an error |
| 2 | wrong usage, or input that cannot be read; one line on standard error says which |
| 3 | `gate`: not enough evidence |
| 130 | interrupted |
"""
SHARED = {
    "Reading": READING[1:],
    "Rows and metrics": ROWS,
    "Printing": PRINTING,
}


def commands() -> dict[str, Any]:
    """Every command by name, in the order of ``statkit --help``."""
    return dict(typer.main.get_command(build()).commands)  # type: ignore[attr-defined]


def example(command: Any) -> str:
    """The runnable command line that a command's help ends with.

    Raises
    ------
    LookupError
        If there is none.
    """
    text = " ".join(inspect.cleandoc(f"{command.help or ''}\n\n{command.epilog or ''}").split())
    found = re.search(r"Example:\s*(statkit .+)$", text.replace("\b", ""))
    if found is None:
        raise LookupError(f"the help of {command.name} does not end with 'Example: statkit …'")
    return found[1]


def about(command: Any) -> str:
    """What a command's help says before its example."""
    text = inspect.cleandoc(command.help or "").replace("\b", "")
    return text.partition("Example:")[0].strip()


def shared() -> dict[str, Any]:
    """The options that several commands take, by their parameter's name."""
    names = {name for group in SHARED.values() for name in group}
    found: dict[str, Any] = {}
    for command in commands().values():
        for each in command.params:
            if each.name in names:
                found.setdefault(each.name, each)
    return found


def own(command: Any) -> list[Any]:
    """The parameters that only this command has, or that mean something else here."""
    common = {name: each.help for name, each in shared().items()}
    return [
        each
        for each in command.params
        if each.name not in ("paths", "help") and common.get(each.name) != each.help
    ]


def render() -> str:
    """Make the page."""
    parts = [OPENING, *_shared()]
    for name, command in commands().items():
        parts += _command(name, command)
    return "\n".join(parts)


def _shared() -> Iterator[str]:
    parameters = shared()
    yield "## Shared options\n"
    yield "A command lists below which of these it takes.\n"
    for title, names in SHARED.items():
        yield f"### {title}\n"
        yield _table([parameters[name] for name in names])


def _command(name: str, command: Any) -> Iterator[str]:
    context = typer.Context(command, info_name=f"statkit {name}")
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"## statkit {name}\n"
    yield f"{about(command)}\n"
    yield f"```console\n$ {example(command)}\n```\n"
    yield f"Usage: `statkit {name} {usage}`\n"
    alone = own(command)
    if alone:
        yield _table(alone)
    taken = [f"`{each.opts[-1]}`" for each in command.params if each.name in shared() and each not in alone]
    yield f"Also takes {', '.join(taken)}.\n"


def _table(options: list[Any]) -> str:
    rows = ["| | what it does |", "|---|---|"]
    context = typer.Context(typer.main.get_command(build()))
    for each in options:
        names, text = each.get_help_record(context)
        rows.append(f"| `{_cell(names)}` | {_cell(text)} |")
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
    print(PAGE)
