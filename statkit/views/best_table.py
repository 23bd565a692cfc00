"""How the best step looks in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from statkit.analysis.answers import Best, BestStep
from statkit.schema import LAYER_PREFIX
from statkit.views.numbers import NumberFormat, plain
from statkit.views.table import Table, numbers, words

_ARROWS = {"max": "higher is better", "min": "lower is better"}


def best_tables(answer: Best, *, precision: int | None = None) -> list[Table]:
    """The steps; for a single one also everything known there."""
    results = answer.results
    columns = [words("run", [r.run for r in results], give=2)]
    if any(r.rank > 1 for r in results):
        columns.append(numbers("rank", [r.rank for r in results]))
    columns += [
        numbers("step", [r.step for r in results]),
        numbers("value", [r.value for r in results], answer.unit, precision),
        words("file", [r.file for r in results], give=1),
        words("checkpoint", [r.checkpoint for r in results], give=3),
    ]
    pick = "" if answer.pick == "value" else f", picked by {answer.pick}"
    title = f"best {answer.metric} ({_ARROWS[answer.direction]}{pick})"
    notes = [line for r in results for line in _estimate(r, answer, precision)]
    notes += list(dict.fromkeys(r.note for r in results if r.note))
    marked = _winner(answer) if len({r.run for r in results}) > 1 else frozenset()
    tables = [Table(columns, title, notes, marked)]
    if len(results) == 1:
        tables.append(_record(results[0]))
    return tables


def _winner(answer: Best) -> frozenset[int]:
    values = [r.value for r in answer.results]
    best = max(values) if answer.direction == "max" else min(values)
    return frozenset(row for row, value in enumerate(values) if value == best)


def _estimate(result: BestStep, answer: Best, precision: int | None) -> list[str]:
    """Say what the smoothing picks and ``--ci`` add, and which steps tie."""
    extra = result.extra
    where = f"{result.run}, step {result.step}: "
    lines = []
    if "ties" in extra:
        lines.append(f"{where}ties with step {', '.join(str(step) for step in extra['ties'][:5])}")
    if "smoothed" in extra:
        ci = extra.get("ci")
        write = NumberFormat([result.value], answer.unit, precision)
        line = f"{where}smoothed {write(extra['smoothed'])}"
        if ci:
            line += f" [{write(ci[0])}, {write(ci[1])}], "
            line += f"the best of so many flatters by about {write(extra['optimism'])}"
        lines.append(line)
    return lines


def _record(result: BestStep) -> Table:
    shown = _without_layers(result.record)
    return Table(
        [words("field", list(shown), give=0), words("value", list(shown.values()), give=1)],
        f"everything known at step {result.step}",
    )


def _without_layers(record: Mapping[str, Any]) -> dict[str, Any]:
    """Replace the layers of the activity map by one line: how many, and which is the most active."""
    layers = {name: value for name, value in record.items() if name.startswith(LAYER_PREFIX)}
    shown = {name: value for name, value in record.items() if name not in layers}
    known = {name: value for name, value in layers.items() if isinstance(value, int | float)}
    if known:
        peak = max(known, key=lambda name: known[name])
        text = f"{len(layers)} layers, most active {peak.removeprefix(LAYER_PREFIX)} {plain(known[peak])}"
        shown[LAYER_PREFIX.rstrip(".")] = text
    return shown
