"""The dashboard of a batch of which only the record is left, and two figures of a whole training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from statkit.analysis.progress import Progress
from statkit.views import batch_charts, charts, grid, panel_progress, panel_summary
from statkit.views.dashboard import FOOT, context, places, shortened, title
from statkit.views.panels import Panels
from statkit.views.sheet import Sheet

_NO_LOSS: Final = "no batch with a finite loss"
_NO_ATTENTION: Final = "no attention was measured"
_NO_COST: Final = "neither time nor memory was measured"

_ATTENTION: Final = (
    ("Entropy", "attention_entropy"),
    ("Concentration", "attention_concentration_10"),
    ("Sparsity", "attention_sparsity"),
    ("Peaks", "num_attention_peaks"),
    ("Centre", "attention_center_distance"),
    ("Contrast", "attention_contrast"),
)


def compose(sheet: Sheet, panels: Panels, run: str, missing: Sequence[str]) -> None:
    """Draw what a record fills: progress, statistics, attention, cost; and say what is missing."""
    found, phase = panels.so_far(), panels.phase
    words = f"not shown, since no sidecar keeps the arrays: {', '.join(missing)}"
    grid.heading(
        sheet, title(panels), places(panels), "  ·  ".join([words, shortened(f"run {run}"), *context(panels)])
    )
    cell = grid.cell(sheet, 0, 0, "Training progress", panel_progress.about(panels), columns=2)
    charts.stack(sheet, cell, [_quality(found, "loss", 3), _quality(found, "ssim", 2)], _NO_LOSS)
    panel_summary.draw(
        sheet, grid.cell(sheet, 2, 0, "Summary statistics", panel_summary.about(panels)), panels
    )
    for column, (first, second) in enumerate((_ATTENTION[:2], _ATTENTION[2:4])):
        told = [batch_charts.attention_about(found, metric, phase) for _, metric in (first, second)]
        about = "; ".join(dict.fromkeys(told))
        cell = grid.cell(sheet, column, 1, f"{first[0]} and {second[0].lower()}", about)
        stacked = [batch_charts.attention(found, metric, phase) for _, metric in (first, second)]
        charts.stack(sheet, cell, stacked, _NO_ATTENTION)
    cell = grid.cell(sheet, 2, 1, "Time and memory", "of every batch so far")
    charts.stack(sheet, cell, [batch_charts.times(found, phase), batch_charts.memory(found)], _NO_COST)
    grid.foot(sheet, FOOT)


def compose_progress(sheet: Sheet, panels: Panels, run: str) -> None:
    """Draw the figure of a training's progress: quality by phase, cost, the latest batch."""
    found = panels.so_far()
    told = f"up to {title(panels)}, a line a phase; faint: every batch"
    grid.heading(sheet, f"Training progress of {run}", places(panels), told)
    for column, metric in enumerate(("loss", "ssim")):
        name = "Loss" if metric == "loss" else "SSIM"
        about = panel_progress.about(panels) if metric == "loss" else "of the reconstruction; 1 is identical"
        cell = grid.cell(sheet, column, 0, name, about)
        charts.stack(sheet, cell, [_quality(found, metric)], f"no finite {name}")
    cell = grid.cell(sheet, 2, 0, "Error", "of the reconstruction, means over a batch")
    charts.stack(sheet, cell, [_quality(found, "psnr"), _quality(found, "mse")], "neither PSNR nor MSE")
    cell = grid.cell(sheet, 0, 1, "Time", "of one batch: whole step, forward pass, the analysis itself")
    stacked = [batch_charts.times(found, phase) for phase in ("train", "val")]
    charts.stack(sheet, cell, stacked, "no time was measured")
    cell = grid.cell(sheet, 1, 1, "Memory", "on a CPU the process, on a GPU the most that was allocated")
    charts.stack(sheet, cell, [batch_charts.memory(found)], "no memory was measured")
    panel_summary.draw(sheet, grid.cell(sheet, 2, 1, "Latest batch", panel_summary.about(panels)), panels)
    grid.foot(sheet, FOOT)


def compose_attention(sheet: Sheet, panels: Panels, run: str) -> None:
    """Draw the figure of attention over a training: a chart a metric, a line a layer."""
    found, phase = panels.so_far(), panels.phase
    layers = batch_charts.layers(found)
    more = len(layers) - len(charts.COLOURS)
    told = f"{phase} batches up to {panels.number:,}, means over a batch, a line a layer" + (
        f"; {more} not shown" if more > 0 else ""
    )
    grid.heading(sheet, f"Attention of {run}", places(panels), told)
    for place, (name, metric) in enumerate(_ATTENTION):
        about = batch_charts.attention_about(found, metric, phase)
        cell = grid.cell(sheet, place % grid.COLUMNS, place // grid.COLUMNS, name, about)
        charts.stack(sheet, cell, [batch_charts.attention(found, metric, phase)], about)
    grid.foot(sheet, FOOT)


def _quality(found: Progress, metric: str, share: int = 1) -> charts.Chart:
    return batch_charts.quality(found, metric, share)
