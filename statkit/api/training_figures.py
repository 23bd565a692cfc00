"""The three figures of a whole training: reconstruction quality, training progress, attention analysis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from statkit.api.batch_choice import has_batches, records
from statkit.api.panel_sources import read_panels, record_panels
from statkit.api.pictures import Dashboard
from statkit.data.run import Run
from statkit.errors import UsageError
from statkit.sources import sidecar

#: By what ``--figure`` takes, the names of the original program's files.
FILES: Final = {
    "reconstruction": "figure1_reconstruction_quality.png",
    "progress": "figure2_training_progress.png",
    "attention": "figure3_attention_analysis.png",
}


def figure_of(run: Run, figure: str, phase: str | None, palette: str) -> Dashboard:
    """Find one of the three figures of a run.

    Raises
    ------
    UsageError
        If the run has no batch records, or no sidecar where images are asked for.
    """
    if not has_batches(run):
        raise UsageError(
            f"{run.name} has no batch records, of which --figure {figure} is made: leave it out."
        )
    draw = _reconstruction(run, phase, palette) if figure == "reconstruction" else _curves(run, figure, phase)
    return Dashboard(
        run=run.name,
        path=run.path,
        name=FILES[figure],
        origin="sidecar" if figure == "reconstruction" else "records",
        phase=phase,
        palette=palette,
        _draw=draw,
    )


def _reconstruction(run: Run, phase: str | None, palette: str) -> Callable[[], bytes]:
    kept = {i: path for i, path in sidecar.listed(run.directory).items() if phase in (None, i.phase)}
    paths = [path for image, path in kept.items() if image.phase == next(iter(kept)).phase]
    if not paths:
        raise UsageError(
            f"{run.name} keeps no {phase + ' ' if phase else ''}sidecar, of which --figure reconstruction is "
            f"made. Possible: --figure progress, --figure attention."
        )

    def draw() -> bytes:
        from statkit.views.picture import rendered
        from statkit.views.pixels import PALETTES
        from statkit.views.reconstruction_figure import MOST_ROWS, compose, height

        count = min(MOST_ROWS, len(paths))
        last = len(paths) - 1
        chosen = [paths[place * last // (count - 1)] for place in range(count)] if last else paths
        shown = [read_panels(path) for path in chosen]
        return rendered(lambda sheet: compose(sheet, run.name, shown, PALETTES[palette]), height(shown))

    return draw


def _curves(run: Run, figure: str, phase: str | None) -> Callable[[], bytes]:
    columns, name, number = next(records(run, None, False, phase, ()))

    def draw() -> bytes:
        from statkit.views.picture import rendered
        from statkit.views.records_dashboard import compose_attention, compose_progress

        panels = record_panels(columns, name, number)
        compose = compose_progress if figure == "progress" else compose_attention
        return rendered(lambda sheet: compose(sheet, panels, run.name))

    return draw
