"""validate: does the attention of a run agree with what people drew."""

from __future__ import annotations

from typing import Annotated

import typer

from statkit.cli.options import PRINTING, READING, Request, takes


@takes(*READING, *PRINTING)
def validate(
    request: Request,
    annotations: Annotated[
        str, typer.Option("--annotations", metavar="DIR", help="GeoJSON, W3C or ASAP files, by sidecar.")
    ],
    layer: Annotated[str | None, typer.Option("--layer", help="One layer's attention; else each.")] = None,
    label: Annotated[str | None, typer.Option("--label", help="One class of shapes; else each.")] = None,
    threshold: Annotated[
        str,
        typer.Option("--threshold", help="matched: as much as is annotated; quantile:0.8: a fifth."),
    ] = "matched",
    tolerance: Annotated[
        float, typer.Option("--tolerance", help="Of NSD: px, or µm where the size of a pixel is known.")
    ] = 2.0,
    mpp: Annotated[float | None, typer.Option("--mpp", help="Micrometres a pixel.")] = None,
    consensus: Annotated[
        str, typer.Option("--consensus", help="Of several raters: staple or majority.")
    ] = "staple",
) -> None:
    """Does attention agree with annotations? Overlap and distance per image, means with intervals, raters.

    DIR holds SIDECAR.geojson, SIDECAR.RATER.geojson or RATER/SIDECAR.geojson for a run's SIDECAR.npz;
    .json (W3C) and .xml (ASAP) too. --csv has a row for each image, label and layer. Needs the extra
    pathology.

    Example: statkit validate examples/runs/dae_kan --annotations examples/annotations/dae_kan
    """
    from statkit.api.validating import validate as ask
    from statkit.cli.output import emit
    from statkit.cli.progress import count_bar
    from statkit.views.validate_table import validate_tables

    request.chosen_format()
    with count_bar(request.quiet) as progress:
        answer = ask(
            request.runs(),
            annotations,
            layer=layer,
            label=label,
            threshold=threshold,
            tolerance=tolerance,
            mpp=mpp,
            consensus=consensus,
            progress=progress,
        )
    plain = answer.to_dict()
    emit(
        request,
        "validate",
        plain,
        lambda: validate_tables(plain, request.precision),
        answer.warnings,
        lines=answer.rows,
    )
