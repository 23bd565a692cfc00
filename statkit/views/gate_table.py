"""How a gate looks in a terminal and in a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from statkit.analysis.gating import Gate
from statkit.views.numbers import NumberFormat, difference, plain
from statkit.views.table import OPTIONAL, Column, Table, words


class _Judged(Protocol):
    @property
    def verdict(self) -> str: ...
    @property
    def candidate(self) -> Sequence[str]: ...
    @property
    def baseline(self) -> Sequence[str]: ...
    @property
    def at(self) -> str: ...
    @property
    def rules(self) -> Sequence[Gate]: ...
    @property
    def units(self) -> Sequence[str | None]: ...


def gate_tables(answer: _Judged, precision: int | None = None) -> list[Table]:
    """One row a rule, its reason below."""
    rules = answer.rules
    writers = [
        NumberFormat([rule.baseline_mean, rule.candidate_mean], unit, precision)
        for rule, unit in zip(rules, answer.units, strict=True)
    ]

    changes = [
        NumberFormat([rule.baseline_mean, rule.candidate_mean], difference(unit), precision)
        for rule, unit in zip(rules, answer.units, strict=True)
    ]

    def column(
        title: str, values: Sequence[float | None], using: Sequence[NumberFormat], give: int = 0
    ) -> Column:
        texts = [write(value) for write, value in zip(using, values, strict=True)]
        return Column(title, texts, plain, "number", give)

    columns: list[Any] = [
        words("metric", [rule.metric for rule in rules]),
        words("margin", [rule.margin for rule in rules], give=0),
        column("baseline", [rule.baseline_mean for rule in rules], writers),
        column("candidate", [rule.candidate_mean for rule in rules], writers),
        column("difference", [rule.difference for rule in rules], changes),
        column("worst case", [rule.bound for rule in rules], changes, OPTIONAL),
        column("allowed", [rule.allowed for rule in rules], changes, OPTIONAL),
        words("verdict", [rule.verdict for rule in rules], give=0),
    ]
    count = len(answer.baseline)
    runs = f"{count} baseline run{'s' if count != 1 else ''}"
    title = f"{answer.verdict}: {', '.join(answer.candidate)} against {runs}, at {answer.at}"
    return [Table(columns, title, [f"{rule.metric}: {rule.reason}" for rule in rules])]
