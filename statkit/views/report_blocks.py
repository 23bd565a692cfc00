"""The blocks that several reports share: tables of metrics and of files, columns of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from statkit.analysis.series_summary import SeriesSummary
from statkit.analysis.training_files import FileKind
from statkit.views.document import Block
from statkit.views.numbers import plain
from statkit.views.table import Column, Table, words

#: How the numbers of `series_table` are made.
HOW: Final = (
    "First and last are means over the first and the last tenth of the values. Verdict: Mann-Kendall test "
    "corrected for autocorrelation, 5 %; slope: Theil-Sen. NaN and infinite values are counted and left out."
)


def named_blocks(name: str) -> list[Block]:
    """Name the run, where there are several."""
    return [Table([], name)] if name else []


def series_table(title: str, found: Sequence[SeriesSummary]) -> Table:
    """Lay out summaries of metrics, one row each."""
    return Table(
        [
            words("metric", [named_with_unit(each.metric, each.unit) for each in found]),
            words("phase", [each.phase for each in found]),
            count("n", [each.n for each in found]),
            number("first", [each.early for each in found]),
            number("last", [each.late for each in found]),
            number("mean", [each.mean for each in found]),
            number("std", [each.deviation for each in found]),
            number("min", [each.least for each in found]),
            number("max", [each.greatest for each in found]),
            number("best", [each.best for each in found]),
            number("at step", [each.best_step for each in found]),
            number("per 1,000 steps", [each.slope_per_1000_steps for each in found]),
            words("verdict", [each.verdict for each in found]),
            count("not finite", [each.not_finite for each in found]),
        ],
        title,
    )


def plateau_blocks(found: Sequence[SeriesSummary]) -> list[Block]:
    """Say since when which metrics have gained nothing; one that never changed is passed over."""
    since = [each for each in found if each.plateau_since is not None and each.least < each.greatest]
    if not since:
        return ["No plateau was found."]
    return [
        Table(
            [
                words("metric", [each.metric for each in since]),
                words("phase", [each.phase for each in since]),
                number("no gain since step", [each.plateau_since for each in since]),
            ],
            "Plateaus",
        )
    ]


def files_blocks(files: Sequence[FileKind]) -> list[Block]:
    """Lay out the inventory of a directory."""
    if not files:
        return ["None."]
    return [
        Table(
            [
                words("what", [each.kind for each in files]),
                count("files", [each.count for each in files]),
                words("first", [each.first for each in files]),
                words("last", [each.last if each.count > 1 else None for each in files]),
                count("bytes", [each.size for each in files]),
            ]
        )
    ]


def count(title: str, values: Sequence[float | None]) -> Column:
    """Make a column of whole numbers."""
    return Column(title, values, _whole, "number")


def number(title: str, values: Sequence[float | None]) -> Column:
    """Make a column of numbers of different metrics, six significant digits each."""
    return Column(title, values, plain, "number")


def duration(seconds: float) -> str:
    """Write a time span: ``2 h 05 min 07 s``."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours:,} h {minutes:02} min {left:02} s"
    return f"{minutes} min {left:02} s" if minutes else f"{seconds:.1f} s"


def named_with_unit(metric: str, unit: str | None) -> str:
    """Name a metric, its unit in brackets."""
    return f"{metric} ({unit})" if unit else metric


def _whole(value: Any) -> str:
    return "–" if value is None else f"{value:,}"
