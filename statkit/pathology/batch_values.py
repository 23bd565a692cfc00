"""How attention and tissue go together in one batch: the values a training keeps with a dashboard.

The same function computes them beside a training and later from the sidecars, so they are the same bits.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from statkit import layout
from statkit.analysis.clinical.batch_record import LAYER
from statkit.errors import SourceError
from statkit.pathology.association.batch import batch_association
from statkit.pathology.association.consistency import spatial_consistency
from statkit.pathology.features import feature_maps
from statkit.pathology.features.feature_maps import FeatureMaps
from statkit.pathology.samples import Batch, Map, batch_of, read_batch
from statkit.sources import sidecar

#: Earlier dashboards of the phase that are searched for the same images.
LOOKED_BACK: Final = 32

#: Stains where neither the sidecar nor the caller names them.
USUAL_STAINS: Final = "H&E"

_CONSISTENCY: Final = "spatial_consistency"


def sidecar_values(path: str, arrays: Mapping[str, Any], meta: Mapping[str, Any]) -> dict[str, Any]:
    """Compute the values of a sidecar that has been read: see `batch_values`.

    Parameters
    ----------
    path : str
        Where it lies: earlier ones of its phase lie beside it.
    arrays, meta
        As `statkit.sources.sidecar.read` gives them.

    Raises
    ------
    StatkitError
        The arrays do not belong together, or an image is refused.
    """
    batch = batch_of(path, arrays, meta)
    if batch is None:
        return {}
    before = [_whole(each) for each in looked_back(path)]
    return batch_values(batch, [each for each in before if each is not None])


def looked_back(path: str) -> list[str]:
    """Find the `LOOKED_BACK` sidecars of the same phase before one, the latest last."""
    this = layout.parse_batch_image(os.path.splitext(os.path.basename(path))[0] + ".png")
    if this is None:
        return []
    before = [
        each
        for image, each in sidecar.listed(os.path.dirname(path) or ".").items()
        if image.phase == this.phase and image.number < this.number
    ]
    return before[-LOOKED_BACK:]


def _whole(path: str) -> Batch | None:
    try:
        return read_batch(path)
    except SourceError:
        return None


def batch_values(
    batch: Batch, before: Sequence[Batch] = (), stains: str | None = None, mpp: float | None = None
) -> dict[str, Any]:
    """Measure how the attention of a batch goes with its tissue.

    Parameters
    ----------
    batch : Batch
        Images and attention.
    before : sequence of Batch
        Earlier ones, in which the same images may have been.
    stains : str or None
        Of the tissue; None takes what the sidecar says, else ``H&E``.
    mpp : float or None
        Micrometres a pixel, where the sidecar does not say.

    Returns
    -------
    dict
        What `batch_association` gives; ``attention_<layer>_spatial_consistency``, the mean over the images
        that came before of Spearman's correlation between all pairs of an image's maps so far, None where
        no image did; the same again for the first layer without the prefix; and ``pathology_layer``, which
        layer that is: a gate where there is one. Empty without attention.

    Raises
    ------
    UsageError
        An image is refused.
    """
    attention = dict(sorted(batch.attention.items(), key=lambda item: batch.kinds.get(item[0]) == "energy"))
    if not attention:
        return {}
    maps = maps_of_images(
        batch.images, [own or mpp for own in batch.mpp], stains or batch.stains or USUAL_STAINS
    )
    values: dict[str, Any] = {LAYER: next(iter(attention))}
    values |= batch_association(
        {layer: list(planes) for layer, planes in attention.items()},
        {"hematoxylin": [each.hematoxylin for each in maps]},
        {"nuclei": [each.nuclei for each in maps]},
    )
    steady = {layer: _steady(batch, layer, before) for layer in attention}
    values[_CONSISTENCY] = steady[values[LAYER]]
    return values | {f"attention_{layer}_{_CONSISTENCY}": value for layer, value in steady.items()}


def maps_of_images(images: Iterable[Any], mpp: Sequence[float | None], stains: str) -> list[FeatureMaps]:
    """Make the feature maps of images, each with its own size of a pixel."""
    return [feature_maps(image, stains=stains, mpp=size) for image, size in zip(images, mpp, strict=True)]


def _steady(batch: Batch, layer: str, before: Sequence[Batch]) -> float | None:
    """Average the consistency of those images that came before."""
    known: dict[str, list[Map]] = {}
    for other in before:
        if layer in other.attention:
            for digest, plane in zip(other.digests, other.attention[layer], strict=True):
                known.setdefault(digest, []).append(plane)
    each = [
        spatial_consistency([*known[digest], plane])
        for digest, plane in zip(batch.digests, batch.attention[layer], strict=True)
        if digest in known
    ]
    kept = [value for value in each if value is not None]
    return float(np.mean(kept)) if kept else None
