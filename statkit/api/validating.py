"""How far the attention of a run agrees with what people drew on its pictures."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from statkit.api.inputs import Input, one
from statkit.errors import UsageError

if TYPE_CHECKING:
    from statkit.pathology.validation.validation import Validation


def validate(
    run: Input,
    annotations: str | os.PathLike[str],
    *,
    layer: str | None = None,
    label: str | None = None,
    threshold: str = "matched",
    tolerance: float = 2.0,
    mpp: float | None = None,
    consensus: str = "staple",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Validation:
    """Compare the attention of a run with annotations of its pictures.

    Parameters
    ----------
    run : Run or path
        Its sidecars (``val_batch_000031.npz``) hold pictures and attention. A picture that came more than
        once, a validation tile in every epoch, has the attention of the latest time.
    annotations : path
        A directory of QuPath GeoJSON, W3C Web Annotations or ASAP XML in pixels of the picture:
        ``val_batch_000031.geojson``, ``val_batch_000031.anna.geojson`` or ``anna/val_batch_000031.geojson``;
        a file that carries ``statkit:image_sha256`` belongs to the picture of these pixels.
    layer, label : str or None
        One layer, one class; None takes each.
    threshold : str
        ``matched``: as many pixels of highest attention count as are annotated; ``quantile:0.8``: a fifth of
        the picture.
    tolerance : float
        Of NSD, in µm where the size of a pixel is known for all pictures, else in pixels.
    mpp : float or None
        Micrometres a pixel; None takes what the sidecars say.
    consensus : {"staple", "majority"}
        How the masks of several raters become one.
    progress : callable
        Told how many of how many sidecars are read, then pictures compared.

    Returns
    -------
    Validation
        Every picture, means with intervals, raters, training against validation. Files and pictures that
        belong to none are in its ``warnings``.

    Raises
    ------
    SourceError
        If there is no run, no such directory, or no picture.
    UsageError
        If no annotation belongs to a picture, a name does not exist, or an option is unknown.
    MissingExtraError
        If scipy or shapely is not installed.

    Examples
    --------
    >>> from statkit.api.validating import validate
    >>> found = validate("examples/runs/dae_kan", "examples/annotations/dae_kan")
    >>> found.aggregates[0].verdict
    'insufficient'
    """
    from statkit.pathology.validation.consensus import METHODS
    from statkit.pathology.validation.matching import matched
    from statkit.pathology.validation.thresholding import Threshold
    from statkit.pathology.validation.validation import validate as compare

    Threshold.parse(threshold)
    method = next((name for name in METHODS if name == consensus), None)
    if method is None:
        raise UsageError(f"consensus {consensus!r} is unknown. Possible: {', '.join(METHODS)}.")
    if mpp is not None and not 0 < mpp < math.inf:
        raise UsageError(f"{mpp} µm a pixel: it is a size above 0, 0.25 for example.")
    asked = one(run)
    found = matched(asked.directory, os.fspath(annotations), label=label, mpp=mpp, progress=progress)
    return compare(
        found.cases,
        layers=None if layer is None else [layer],
        labels=None if label is None else [label],
        threshold=threshold,
        tolerance=tolerance,
        consensus=method,
        run=asked.name,
        path=asked.path,
        warnings=[*asked.notices, *found.notices],
        progress=progress,
    )
