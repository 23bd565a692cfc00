"""What a report says against what the data say, number by number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Final, Literal, TypeAlias

from statkit.analysis.result import Result

Kind: TypeAlias = Literal["number", "text", "input", "seal"]

_NUMBER: Final = re.compile(r"[-−]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?")
_HEADING: Final = re.compile(r"#{1,3} (.+)|<h[123]>(.*)</h[123]>")
_LONGEST: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch(Result):
    """One place where a report does not say what the data say.

    Attributes
    ----------
    kind : {"number", "text", "input", "seal"}
        ``input``: a file the report was made from; ``seal``: changed by hand where nothing is recomputed.
    where : str
        The section, or the file.
    line : int or None
        Of the report, from 1.
    report, data : str or None
        What either says; None where one says nothing.
    """

    kind: Kind
    where: str
    line: int | None
    report: str | None
    data: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification(Result):
    """Whether a report says what the data say.

    Attributes
    ----------
    file : str
        The report.
    runs : tuple of str
        Where its runs were found.
    files, numbers : int
        Files hashed and numbers recomputed.
    mismatches : tuple of Mismatch
        In the order of the report.
    notes : tuple of str
        What a reader should know.
    """

    file: str
    runs: tuple[str, ...]
    files: int
    numbers: int
    mismatches: tuple[Mismatch, ...]
    notes: tuple[str, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """One dict a mismatch."""
        return [each.to_dict() for each in self.mismatches]


def count_numbers(text: str) -> int:
    """Count the numbers of a text."""
    return sum(1 for _ in _NUMBER.finditer(text))


def differences(report: str, data: str, first_line: int = 1) -> Iterator[Mismatch]:
    """Give every number, and every other text, in which two texts differ.

    Parameters
    ----------
    report, data : str
        What a report says, and what it would say were it written now.
    first_line : int
        The line of the file that ``report`` begins on.
    """
    said, recomputed = report.split("\n"), data.split("\n")
    places = _sections(said)
    matcher = SequenceMatcher(None, said, recomputed, autojunk=False)
    for deed, start, end, other, stop in matcher.get_opcodes():
        if deed == "equal":
            continue
        pairs = zip_longest(range(start, end), recomputed[other:stop])
        for row, new in pairs:
            place = row if row is not None else min(end, len(said) - 1)
            old = said[row] if row is not None else None
            for kind, one, two in _within(old, new):
                yield Mismatch(kind=kind, where=places[place], line=first_line + place, report=one, data=two)


def _sections(lines: Sequence[str]) -> list[str]:
    """Name the heading each line stands under."""
    found, current = [], ""
    for line in lines:
        heading = _HEADING.fullmatch(line)
        if heading:
            current = heading[1] or heading[2]
        found.append(current)
    return found


def _within(old: str | None, new: str | None) -> Iterator[tuple[Kind, str | None, str | None]]:
    """Compare two lines: number by number where they differ in nothing else."""
    if old is None or new is None:
        yield "text", _short(old), _short(new)
        return
    if _NUMBER.sub("0", old) != _NUMBER.sub("0", new):
        yield "text", _short(old), _short(new)
        return
    for one, two in zip(_NUMBER.finditer(old), _NUMBER.finditer(new), strict=True):
        if one[0] != two[0]:
            yield "number", one[0], two[0]


def _short(line: str | None) -> str | None:
    return line if line is None or len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
