"""The dashboard of a training of snapshots: quality, losses, weights, learning rate, layers, summary."""

from __future__ import annotations

from typing import Any, Final

from statkit.analysis.validation_progress import ValidationProgress
from statkit.records import is_number
from statkit.views import charts, grid, heat_map
from statkit.views.charts import COLOURS, Chart, Line
from statkit.views.numbers import number_text, plain
from statkit.views.pixels import Palette
from statkit.views.plot_area import INK, QUIET
from statkit.views.sheet import Sheet

_LINE: Final = 20
_SIZE: Final = 9.5
_LOSSES: Final = ("total", "l1", "ms", "gradient", "perceptual")
_WEIGHTS: Final = ("l1 weight", "ms weight", "gradient weight", "perceptual weight")
_FOOT: Final = (
    "Qualities are fractions, as the files hold them; what the improvement is depends on the version that "
    "wrote it. Losses are running means (EMA 0.95)."
)


def compose(sheet: Sheet, run: str, found: ValidationProgress, palette: Palette) -> None:
    """Draw all of a dashboard on an empty sheet of 1500 × 1000."""
    steps = f"steps {found.first_step:,} to {found.last_step:,}"
    grid.heading(sheet, run, steps, _context(found))
    cell = grid.cell(sheet, 0, 0, "Quality", _best(found))
    charts.stack(sheet, cell, _quality(found), "no snapshot holds a quality")
    cell = grid.cell(
        sheet, 1, 0, "Losses", "running means of the training, and the loss on validation images"
    )
    charts.stack(sheet, cell, _losses(found), "no snapshot holds a loss")
    cell = grid.cell(
        sheet, 2, 0, "Loss weights", "of each loss in the total, and the norm gradients are clipped at"
    )
    charts.stack(sheet, cell, _weights(found), "no snapshot holds a loss weight")
    cell = grid.cell(sheet, 0, 1, "Learning rate", _phases(found))
    charts.stack(sheet, cell, _rate(found), "no snapshot holds a learning rate")
    cell = grid.cell(sheet, 1, 1, "Layer activity", heat_map.about(found.grids))
    heat_map.draw(sheet, cell, found.grids, palette.activity)
    cell = grid.cell(sheet, 2, 1, "Summary", "latest values")
    _summary(sheet, cell, found)
    grid.foot(sheet, _FOOT)


def _context(found: ValidationProgress) -> str:
    told = [f"{found.snapshots:,} snapshot{'s' if found.snapshots > 1 else ''}"]
    if found.doubted:
        told.append(f"{found.doubted:,} with a quality from before the first validation, left out")
    return "  ·  ".join(told)


def _best(found: ValidationProgress) -> str:
    if found.best is None:
        return "no quality that can be believed"
    return f"best of KI {found.best[1]:.4f} at step {found.best[0]:,.0f}, marked"


def _lines(found: ValidationProgress, names: dict[str, str], first: int = 0) -> tuple[Line, ...]:
    shown = enumerate(names.items(), first)
    return tuple(
        Line(name=title, curve=found.curves[name], colour=COLOURS[place % len(COLOURS)])
        for place, (name, title) in shown
        if name in found.curves
    )


def _quality(found: ValidationProgress) -> list[Chart]:
    return [
        Chart(label="quality", lines=_lines(found, {"ki": "KI", "lr": "LR"}), share=3, mark=found.best),
        Chart(
            label="improvement as reported", lines=_lines(found, {"improvement": "KI over LR"}, 2), share=2
        ),
    ]


def _losses(found: ValidationProgress) -> list[Chart]:
    names = {name: name for name in _LOSSES}
    return [
        Chart(label="training", lines=_lines(found, names), share=3, log=True),
        Chart(label="validation", lines=_lines(found, {"validation": "validation"}, 5), share=2, log=True),
    ]


def _weights(found: ValidationProgress) -> list[Chart]:
    names = {name: name.removesuffix(" weight") for name in _WEIGHTS}
    return [
        Chart(label="weight", lines=_lines(found, names, 1), share=3),
        Chart(label="gradient clip", lines=_lines(found, {"clip": "clip"}, 6), share=2, log=True),
    ]


def _rate(found: ValidationProgress) -> list[Chart]:
    return [
        Chart(
            label="learning rate",
            lines=_lines(found, {"rate": "rate"}),
            share=3,
            log=True,
            spans=found.phases,
        ),
        Chart(label="plateau counter, steps", lines=_lines(found, {"plateau": "steps"}, 1), share=2),
    ]


def _phases(found: ValidationProgress) -> str:
    names = list(dict.fromkeys(span.name for span in found.phases))
    return f"phases shaded: {', '.join(names)}" if names else "its phases are not named"


def _summary(sheet: Sheet, box: grid.Box, found: ValidationProgress) -> None:
    """Write the latest values in blocks, as many lines as fit."""
    left, top, width, height = box
    y = top + 14
    for title, entries in _blocks(found):
        told = [(name, text) for name, text in entries if text is not None]
        if not told or y + _LINE > top + height:
            continue
        sheet.text(left, y, title, size=10, bold=True, colour=INK)
        y += _LINE + 1
        for name, text in told[: max(0, (top + height - y) // _LINE + 1)]:
            sheet.text(left, y, name, size=_SIZE, colour=QUIET)
            sheet.text(left + width, y, text, size=_SIZE, colour=INK, align="right", most=width - 190)
            y += _LINE
        y += 8


def _blocks(found: ValidationProgress) -> list[tuple[str, list[tuple[str, str | None]]]]:
    def told(name: str, form: str, unit: str = "") -> str | None:
        value = found.latest_of(name)
        return number_text(value, form, unit) if is_number(value) else None

    best = None if found.best is None else f"{found.best[1]:.4f} at step {found.best[0]:,.0f}"
    gap = found.latest_of("gap closed")
    return [
        (
            "Quality",
            [
                ("KI, best", best),
                ("KI, latest", told("ki", ".4f")),
                ("LR", told("lr", ".4f")),
                ("improvement, reported", told("improvement", ".4f")),
                ("share of the gap closed", f"{gap:.1%}" if is_number(gap) and gap == gap else None),
                ("validation loss", told("validation", ".4g")),
            ],
        ),
        (
            "Training",
            [
                ("total loss", told("total", ".4g")),
                ("step, of planned", _of(found.last_step, found.latest.get("step_max"))),
                ("epoch", _plain(found, "epoch_num", "epoch")),
                ("mode", _plain(found, "adaptive_mode", "adaptive.mode")),
                ("cooldown", _plain(found, "adaptive_is_cooldown", "adaptive.cooldown")),
                ("plateau counter", told("plateau", ",.4g", " steps")),
            ],
        ),
        ("Cost", [("step", told("duration", ".3g", " s")), ("memory", told("memory", ".2f", " GiB"))]),
    ]


def _of(step: int, planned: Any) -> str:
    return f"{step:,} of {planned:,}" if isinstance(planned, int) and planned else f"{step:,}"


def _plain(found: ValidationProgress, *fields: str) -> str | None:
    return next((plain(found.latest[field]) for field in fields if field in found.latest), None)
