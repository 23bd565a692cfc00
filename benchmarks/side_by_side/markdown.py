"""Comparisons as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from side_by_side.clock import ratio
from side_by_side.section import Section


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay rows out; the first column is text, the others are figures."""
    ruler = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, ruler, *rows))


def figure(value: float) -> str:
    """Write three significant digits, never an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def section(made: Section) -> str:
    """Write one comparison: what is read, the table, the limits."""
    parts = [made.said, made.table or costs_table(made)]
    if made.limits:
        parts.append(limits_table(made))
    return "\n\n".join(parts)


def costs_table(made: Section) -> str:
    """Write every way's ratios to the reference, wall and processor time, and its peak memory."""
    reference = made.costs[made.reference]
    rows = []
    for name, costs in made.costs.items():
        wall, processor = (figure(ratio(costs, reference, kind)) for kind in ("wall", "processor"))
        shown = f"**{name}**" if "statkit" in name else name
        rows.append((shown, wall, processor, figure(max(costs.peak)), str(len(costs.wall))))
    seconds = statistics.median(reference.wall)
    header = ("way", "× time", "× processor time", "peak MB", "rounds")
    return f"{table(header, rows)}\n\n1 is {made.reference}: {seconds:.3f} s in this run."


def limits_table(made: Section) -> str:
    """Write what each limit allows and what was measured; small files are not judged."""
    rows = []
    for limit in made.limits:
        found = limit.measured(made.costs)
        against = limit.against or ("MB beyond the frame" if limit.beyond_frame else "peak MB")
        held = "yes" if found <= limit.most else f"no, {found / limit.most:.2f} × the limit"
        rows.append(
            (
                limit.way,
                against,
                figure(limit.most),
                figure(found),
                held if made.judged else "too small to say",
            )
        )
    return table(("limit on", "against", "at most", "measured", "holds"), rows)
