"""Dashboards of a run, made of its files alone: the same files, the same bytes."""

from __future__ import annotations

from typing import Final

from statkit.api.batch_choice import has_batches, records
from statkit.api.inputs import Input, many, one
from statkit.api.panel_sources import OF_ARRAYS, missing_from, read_panels, record_panels
from statkit.api.pictures import Dashboard
from statkit.api.training_figures import FILES, figure_of
from statkit.data.run import Run
from statkit.errors import SourceError, UsageError
from statkit.layout import BatchImageName, batch_image_name
from statkit.records import Columns
from statkit.sources import sidecar

PALETTES: Final = ("seed", "safe")
FIGURES: Final = tuple(FILES)
PHASES: Final = ("train", "val")


def dashboard(
    run: Input,
    *,
    batch: int | None = None,
    phase: str | None = None,
    figure: str | None = None,
    palette: str = "seed",
) -> Dashboard:
    """Make the dashboard of one batch of a run, or of a run of snapshots.

    Parameters
    ----------
    run : Run or path
        The run.
    batch : int or None
        The number in the file's name: batches of the phase so far, across epochs. None takes the
        latest with a sidecar, or where there is none, the latest record.
    phase : {"train", "val"} or None
        None takes ``train`` where there is such a batch.
    figure : {"reconstruction", "progress", "attention"} or None
        One of the three figures of a whole training instead.
    palette : {"seed", "safe"}
        Green over yellow to red, or colours apart for every eye.

    Raises
    ------
    UsageError
        If the run has no such batch, the run is of another kind, or an option is unknown.
    SourceError
        If nothing of the run can be read.

    Examples
    --------
    >>> from statkit.api.dashboards import dashboard
    >>> dashboard("examples/runs/coarse/seed-0").origin
    'snapshots'
    """
    found = dashboards(one(run), batch=batch, phase=phase, figure=figure, palette=palette)
    if len(found) > 1:
        names = " and ".join(each.name for each in found)
        raise UsageError(f"batch {batch} is {names}: name the phase.")
    return found[0]


def dashboards(
    runs: Input,
    *,
    batch: int | None = None,
    every: bool = False,
    phase: str | None = None,
    figure: str | None = None,
    palette: str = "seed",
) -> list[Dashboard]:
    """Find the dashboards that were asked for; each is drawn when its `Dashboard.png` is.

    Parameters
    ----------
    runs : Run, Runs, sequence of Run, or path
        The runs.
    every : bool
        All that have a sidecar; of a run without any, the latest record of each phase.
    batch, phase, figure, palette
        As `dashboard`.

    Returns
    -------
    list of Dashboard
        Run by run, ``train`` before ``val``, in order of their numbers; at least one a run.

    Raises
    ------
    UsageError, SourceError
        As `dashboard`.
    """
    _check(batch, every, phase, figure, palette)
    found: list[Dashboard] = []
    for run in many(runs):
        if figure is not None:
            found.append(figure_of(run, figure, phase, palette))
        elif has_batches(run):
            found += _batches(run, batch, every, phase, palette)
        else:
            found.append(_snapshots(run, batch, phase, palette))
    return found


def _check(batch: int | None, every: bool, phase: str | None, figure: str | None, palette: str) -> None:
    for option, value, known in (
        ("--phase", phase, PHASES),
        ("--figure", figure, FIGURES),
        ("--palette", palette, PALETTES),
    ):
        if value is not None and value not in known:
            raise UsageError(f"{option} {value!r} is unknown. Possible: {', '.join(known)}.")
    chosen = [
        name for name, on in (("--batch", batch is not None), ("--all", every), ("--figure", figure)) if on
    ]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} contradict each other: name one.")


def _batches(run: Run, batch: int | None, every: bool, phase: str | None, palette: str) -> list[Dashboard]:
    kept = {
        image: path for image, path in sidecar.listed(run.directory).items() if phase in (None, image.phase)
    }
    if batch is not None:
        chosen = [image for image in kept if image.number == batch]
    elif every:
        chosen = list(kept)
    else:  # the latest of the first phase that has any
        chosen = [image for image in kept if image.phase == next(iter(kept)).phase][-1:]
    if chosen:
        return [_of_sidecar(run, image, kept[image], palette) for image in chosen]
    return [_of_record(run, *each, palette) for each in records(run, batch, every, phase, list(kept))]


def _of_sidecar(run: Run, image: BatchImageName, path: str, palette: str) -> Dashboard:
    def draw() -> bytes:
        from statkit.views.panels import drawn

        return drawn(read_panels(path), palette)

    try:
        missing = missing_from(sidecar.members(path))
    except SourceError:
        missing = ()  # drawing it says what is wrong
    return Dashboard(
        run=run.name,
        path=run.path,
        name=batch_image_name(*image),
        origin="sidecar",
        phase=image.phase,
        number=image.number,
        missing=missing,
        sidecar=path,
        palette=palette,
        _draw=draw,
    )


def _of_record(run: Run, columns: Columns, phase: str, number: int, palette: str) -> Dashboard:
    def draw() -> bytes:
        from statkit.views.picture import rendered
        from statkit.views.records_dashboard import compose

        panels = record_panels(columns, phase, number)
        return rendered(lambda sheet: compose(sheet, panels, run.name, OF_ARRAYS))

    return Dashboard(
        run=run.name,
        path=run.path,
        name=batch_image_name(phase, number),
        origin="records",
        phase=phase,
        number=number,
        missing=OF_ARRAYS,
        palette=palette,
        _draw=draw,
    )


def _snapshots(run: Run, batch: int | None, phase: str | None, palette: str) -> Dashboard:
    if "validation" not in run.declared:
        raise UsageError(
            f"{run.name} has neither batch records nor snapshots, but {', '.join(run.declared)}: "
            f"statkit trend shows its metrics."
        )
    if batch is not None or phase is not None:
        raise UsageError(f"{run.name} holds snapshots, not batches: leave out --batch and --phase.")
    run.require_rows()

    def draw() -> bytes:
        from statkit.analysis.validation_progress import DOUBTED, field_of, validation_progress
        from statkit.views.picture import rendered
        from statkit.views.pixels import PALETTES
        from statkit.views.validation_dashboard import compose

        columns = run.columns("validation")
        fields = [name for curve in DOUBTED if (name := field_of(columns, curve)) is not None]
        found = validation_progress(columns, {name: run.believed(columns, name) for name in fields})
        return rendered(lambda sheet: compose(sheet, run.name, found, PALETTES[palette]))

    return Dashboard(
        run=run.name, path=run.path, name="dashboard.png", origin="snapshots", palette=palette, _draw=draw
    )
