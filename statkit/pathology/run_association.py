"""Attention and tissue over all images that a run keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from statkit.pathology.association import Association, associate
from statkit.pathology.association.swap_null import PERMUTATIONS
from statkit.pathology.features import feature_maps
from statkit.pathology.features.feature_maps import CONTINUOUS, MASKS
from statkit.pathology.samples import RunSamples, Sample

#: The most pixels of all images together: their maps are held at once, 22 bytes a pixel.
MOST_PIXELS: Final = 1 << 25


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAssociation:
    """The association, and what it was made of.

    Attributes
    ----------
    phase : str
        ``train`` or ``val``.
    result : Association
    notes : tuple of str
        What was left out.
    """

    phase: str
    result: Association
    notes: tuple[str, ...]


def run_association(
    found: RunSamples,
    phase: str,
    stains: str,
    *,
    mpp: float | None = None,
    permutations: int = PERMUTATIONS,
    progress: Callable[[], None] = lambda: None,
) -> RunAssociation | None:
    """Associate the attention of a run's images with their features.

    Parameters
    ----------
    found : RunSamples
        What the sidecars keep. An image that came several times counts once, with its latest attention;
        its earlier maps are probes of how steady attention is.
    phase : {"train", "val"}
        Which images.
    stains : str
        Of the tissue.
    mpp : float or None
        Micrometres a pixel, where a sidecar does not say.
    permutations : int
        Of the image-swap null.
    progress : callable
        Called after every image.

    Returns
    -------
    RunAssociation or None
        None where no image has attention.

    Raises
    ------
    UsageError
        An image is refused.
    """
    samples = [sample for sample in found.samples(phase) if any(batch.attention for batch, _ in sample.times)]
    kept = _affordable(samples)
    if not kept:
        return None
    layers = list(found.layers())
    maps: dict[str, list[NDArray[Any]]] = {name: [] for name in (*CONTINUOUS, *MASKS)}
    for sample in kept:
        made = feature_maps(sample.image, stains=stains, mpp=sample.mpp or mpp)
        for name in CONTINUOUS:
            maps[name].append(getattr(made, name).astype(np.float32))
        for name in MASKS:
            maps[name].append(getattr(made, name))
        progress()
    result = associate(
        {layer: [next(iter(sample.maps(layer)[-1:]), None) for sample in kept] for layer in layers},
        {name: maps[name] for name in CONTINUOUS},
        {name: maps[name] for name in MASKS},
        patients=[sample.patient for sample in kept],
        permutations=permutations,
        probes=_probes(kept, layers),
    )
    return RunAssociation(phase=phase, result=result, notes=_notes(samples, kept))


def _affordable(samples: Sequence[Sample]) -> list[Sample]:
    """Take the latest images that fit into `MOST_PIXELS`, one at least, in their order."""
    kept, pixels = list[Sample](), 0
    for sample in sorted(samples, key=lambda each: each.times[-1][0].step, reverse=True):
        pixels += sample.image.shape[0] * sample.image.shape[1]
        if kept and pixels > MOST_PIXELS:
            break
        kept.append(sample)
    chosen = {sample.digest for sample in kept}
    return [sample for sample in samples if sample.digest in chosen]


def _probes(samples: Sequence[Sample], layers: Sequence[str]) -> dict[str, list[list[NDArray[Any]]]]:
    """Give the maps of the images that came more than once, by layer."""
    found = {layer: [each for sample in samples if len(each := sample.maps(layer)) > 1] for layer in layers}
    return {layer: probes for layer, probes in found.items() if probes}


def _notes(samples: Sequence[Sample], kept: Sequence[Sample]) -> tuple[str, ...]:
    left = len(samples) - len(kept)
    if not left:
        return ()
    return (f"The association is of the latest {len(kept)} images; {left} earlier ones are too many.",)
