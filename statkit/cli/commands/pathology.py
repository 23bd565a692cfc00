"""pathology: the tissue of a run, from the sidecars of its dashboards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from statkit.cli.options import PRINTING, READING, Request, takes

if TYPE_CHECKING:
    from statkit.api.pathology import Tissue
    from statkit.records import Notice


@takes(*READING, "phase", *PRINTING)
def pathology(
    request: Request,
    stains: Annotated[
        str | None, typer.Option("--stains", metavar="NAME", help="H&E, H-DAB or macenko; else as trained.")
    ] = None,
    mpp: Annotated[
        float | None, typer.Option("--mpp", metavar="µM", help="Micrometres a pixel, where no sidecar says.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=256, help="Processes that measure.")] = 1,
) -> None:
    """Nuclei, stains and texture of the images a run keeps, and how its attention goes with them.

    The images are those in the sidecars of dashboards: several a batch where the training had
    pathology=True, else one. CSV and NDJSON hold the features, a row an image.

    Example: statkit pathology examples/runs/dae_kan
    """
    from statkit.api.pathology import tissue_of
    from statkit.cli.output import emit
    from statkit.cli.progress import count_bar
    from statkit.views.pathology_table import pathology_tables

    request.chosen_format()
    request.filter()
    with count_bar(request.quiet) as progress:
        answers, notices = request.each(
            request.runs(),
            lambda run: tissue_of(
                run, stains=stains, mpp=mpp, phase=request.phase, jobs=jobs, progress=progress
            ),
        )
    told = [answer.to_dict() for answer in answers]
    emit(
        request,
        "pathology",
        {"runs": told},
        lambda: [table for each in told for table in pathology_tables(each, request.precision)],
        [*notices, *_unread(answers)],
        lines=lambda: [row for answer in answers for row in answer.rows()],
    )


def _unread(answers: Sequence[Tissue]) -> list[Notice]:
    from statkit.records import Notice

    return [
        Notice("skipped-file", f"{answer.path.rstrip('/')}/{name}", f"left out: {reason}")
        for answer in answers
        for name, reason in answer.found.unread
    ]
