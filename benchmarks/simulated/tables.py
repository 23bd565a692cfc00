"""Tables of simulations as Markdown."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Row = dict[str, Any]

Table = Callable[[int], list[Row]]
"""Simulates so many replicates; the first line of its docstring is printed above its rows."""


def markdown(rows: Sequence[Row]) -> str:
    """Give rows as a Markdown table."""
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    lines += ["| " + " | ".join(str(value) for value in row.values()) + " |" for row in rows]
    return "\n".join(lines)


def print_tables(
    about: str | None, tables: Mapping[str, tuple[Table, int]], arguments: Iterable[str] | None = None
) -> None:
    """Print the tables the command line asks for.

    Parameters
    ----------
    about : str or None
        The script's docstring.
    tables : mapping of str to tuple of callable and int
        By name, and of how many replicates.
    arguments : iterable of str, optional
        Instead of those of the command line.
    """
    parser = argparse.ArgumentParser(description=about.splitlines()[0] if about else None)
    parser.add_argument("--quick", action="store_true", help="a tenth of the replicates")
    parser.add_argument("--only", help="one table: the name of its function")
    options = parser.parse_args(None if arguments is None else list(arguments))
    for name, (table, replicates) in tables.items():
        if options.only in (None, name):
            rows = table(max(1, replicates // 10 if options.quick else replicates))
            print(f"### {name}\n\n{(table.__doc__ or '').splitlines()[0]}\n\n{markdown(rows)}\n", flush=True)
