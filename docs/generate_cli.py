"""Write docs/cli.md from the commands themselves: ``python docs/generate_cli.py``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from statkit.cli.app import app
from statkit.cli.options import PRINTING, READING, ROWS

PAGE = Path(__file__).with_name("cli.md")
OPENING = """\
# Commands

Written by `make cli` from the commands themselves: what stands here is what `--help` says.
"""
SHARED = {
    "Reading": READING[1:],
    "Rows and metrics": ROWS,
    "Printing": PRINTING,
}


def commands() -> dict[str, Any]:
    """Every command by name, in the order of ``statkit --help``."""
    return dict(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


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


def own(command: Any) -> list[Any]:
    """The options that this command does not share with others."""
    shared = {name for group in SHARED.values() for name in group}
    return [
        each
        for each in command.params
        if each.name not in shared | {"help"} and each.param_type_name == "option"
    ]


def render() -> str:
    """Make the page."""
    every = commands()
    parts = [OPENING, *_shared(every)]
    for name, command in every.items():
        parts += _command(name, command)
    return "\n".join(parts)


def _shared(every: dict[str, Any]) -> Iterator[str]:
    parameters = {each.name: each for command in every.values() for each in command.params}
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
    options = own(command)
    if options:
        yield _table(options)
    taken = [
        f"`{each.opts[-1]}`"
        for names in SHARED.values()
        for each in command.params
        if each.name in names
    ]
    yield f"Also takes {', '.join(taken)}.\n"


def _table(options: list[Any]) -> str:
    rows = ["| option | what it does |", "|---|---|"]
    context = typer.Context(typer.main.get_command(app))
    for each in options:
        names, text = each.get_help_record(context)
        rows.append(f"| `{_cell(names)}` | {_cell(text)} |")
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
    print(PAGE)
