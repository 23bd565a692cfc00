"""A table: titles, rows of raw values, and how each column is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from statkit.views.numbers import NumberFormat, plain

Align = Literal["left", "number"]


#: A column that gives way this much is left out where the terminal is narrow, never shortened.
OPTIONAL = 9


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    title : str
        The heading.
    values : sequence
        One raw value a row: what CSV holds.
    write : callable
        Raw value to the text a person reads.
    align : {"left", "number"}
        Numbers line up on the decimal point.
    give : int
        Who gives way first where the terminal is narrow: 0 never, larger earlier.
    """

    title: str
    values: Sequence[Any]
    write: Callable[[Any], str] = plain
    align: Align = "left"
    give: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a title above and lines below.

    Attributes
    ----------
    columns : sequence of Column
        All of the same length.
    title : str
        One line above, may be empty.
    notes : sequence of str
        Lines below.
    marked : frozenset of int
        Rows that won.
    """

    columns: Sequence[Column]
    title: str = ""
    notes: Sequence[str] = ()
    marked: frozenset[int] = field(default_factory=frozenset)

    def __len__(self) -> int:
        return len(self.columns[0].values) if self.columns else 0

    def texts(self) -> list[list[str]]:
        """Every cell as a person reads it, row by row."""
        written = [[column.write(value) for value in column.values] for column in self.columns]
        return [list(row) for row in zip(*written, strict=True)]

    def raw(self) -> list[list[Any]]:
        """Every cell as it is, row by row."""
        return [list(row) for row in zip(*(column.values for column in self.columns), strict=True)]


def numbers(
    title: str,
    values: Sequence[Any],
    unit: str | None = None,
    precision: int | None = None,
    like: Sequence[Any] = (),
    give: int = 0,
) -> Column:
    """Make a column of numbers that line up; ``like`` adds values that share its decimals."""
    return Column(title, values, NumberFormat([*values, *like], unit, precision), "number", give)


def words(title: str, values: Sequence[Any], give: int = 1) -> Column:
    """Make a column of text, which gives way where the terminal is narrow."""
    return Column(title, values, plain, "left", give)
