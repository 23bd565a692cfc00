"""Attention and tissue over images: what goes together, where attention lies, and what chance would do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from statkit.analysis.multiplicity import benjamini_hochberg
from statkit.analysis.result import Result
from statkit.errors import UsageError
from statkit.pathology.association.batch import NUCLEI, TISSUE
from statkit.pathology.association.consistency import Consistency, consistencies
from statkit.pathology.association.controls import Stacks, on_layers, simple_as_attention
from statkit.pathology.association.feature_association import Draws, FeatureAssociation
from statkit.pathology.association.images import same_length
from statkit.pathology.association.localisation import Localisation, localise
from statkit.pathology.association.maps import Planes, mask_planes, planes, smallest_grid
from statkit.pathology.association.notes import notes
from statkit.pathology.association.patients import Patients
from statkit.pathology.association.side import Features
from statkit.pathology.association.swap_null import PERMUTATIONS
from statkit.pathology.resampling import RESAMPLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Association(Result):
    """How attention and tissue go together. An association is not a relevance.

    Attributes
    ----------
    layer : str
        The first layer given, which the three single values are about.
    tissue_attention_correlation : float or None
        Its ``r`` with ``hematoxylin``.
    nuclear_attention_overlap : float or None
        Its ``iou`` with the mask ``nuclei``.
    spatial_consistency : float or None
        Its consistency on the probe tiles.
    n_images, n_patients : int
        Given; each row says what it rests on.
    associations : tuple of FeatureAssociation
        One a layer and feature.
    localisations : tuple of Localisation
        One a layer and mask.
    controls : tuple of FeatureAssociation
        Simple features and randomised weights, by the same statistic.
    consistencies : tuple of Consistency
        One a layer with probe tiles.
    permutations, resamples, seed : int
        Of every image-swap null and every interval.
    notes : tuple of str
        What the numbers do not say.
    """

    layer: str
    tissue_attention_correlation: float | None
    nuclear_attention_overlap: float | None
    spatial_consistency: float | None
    n_images: int
    n_patients: int
    associations: tuple[FeatureAssociation, ...]
    localisations: tuple[Localisation, ...]
    controls: tuple[FeatureAssociation, ...]
    consistencies: tuple[Consistency, ...]
    permutations: int
    resamples: int
    seed: int
    notes: tuple[str, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Give one row a layer and feature."""
        return [row for each in self.associations for row in each.rows()]


def associate(
    attention: Mapping[str, Planes],
    features: Mapping[str, Planes],
    masks: Mapping[str, Planes],
    *,
    patients: Sequence[object] | None = None,
    permutations: int = PERMUTATIONS,
    resamples: int = RESAMPLES,
    seed: int = 0,
    tolerance: float = 0.0,
    randomised: Mapping[str, Planes] | None = None,
    probes: Mapping[str, Sequence[Planes]] | None = None,
) -> Association:
    """Associate attention with features and masks of the same images.

    Parameters
    ----------
    attention : mapping of sequences of array_like, shape (h, w), or None
        By layer, one map an image; the first layer is the one the single values are about.
    features : mapping of sequences of array_like, shape (H, W), or None
        By name, one map an image, of any size: they are averaged by area onto the grid of the layer, the
        smallest of its maps. ``luminance`` and ``edges`` are controls.
    masks : mapping of sequences of array_like, shape (H, W), or None
        By name, bools; attention is interpolated onto their pixels.
    patients : sequence, optional
        The patient of each image, None where unknown. Images of unknown patients count as one patient each.
    permutations, resamples, seed : int
        Draws of the image-swap null and of the intervals, and what seeds them.
    tolerance : float
        Of the pointing game, pixels of the mask.
    randomised : mapping, optional
        As ``attention``, of a model with randomised weights on the same images.
    probes : mapping of sequences of sequences, optional
        By layer, for each probe tile its maps at several steps, or turned and put back
        (`consistency.mapped_back`).

    Returns
    -------
    Association

    Raises
    ------
    UsageError
        No layer, maps that are none, masks that are not bools, not one map and one patient an image, or a
        tolerance that is no distance.
    """
    if not 0 <= tolerance < math.inf:
        raise UsageError(f"A tolerance of {tolerance} pixels; possible: a distance of 0 or more.")
    randomised = randomised or {}
    images = same_length(attention, features, masks, randomised)
    owners = Patients.of(patients, images)
    draws = Draws(permutations=permutations, resamples=resamples, seed=seed)
    layers, maps = _taken(attention, "attention of "), Features(_taken(features))
    measured = on_layers(layers, maps, owners, draws)
    associations = _adjusted([row for row in measured if row.kind == "attention"])
    grids = [smallest_grid(each) for each in layers.values()]
    controls = [
        *(row for row in measured if row.kind != "attention"),
        *simple_as_attention(grids, maps, owners, draws),
        *on_layers(_taken(randomised, "randomised attention of "), maps, owners, draws, randomised=True),
    ]
    localisations = _localised(layers, masks, owners, tolerance, draws)
    probed = consistencies(probes or {})
    first = next(iter(attention))
    return Association(
        layer=first,
        tissue_attention_correlation=_of(associations, "r", layer=first, feature=TISSUE),
        nuclear_attention_overlap=_of(localisations, "iou", layer=first, mask=NUCLEI),
        spatial_consistency=_of(probed, "value", layer=first),
        n_images=images,
        n_patients=owners.count(),
        associations=tuple(associations),
        localisations=tuple(localisations),
        controls=tuple(controls),
        consistencies=tuple(probed),
        permutations=permutations,
        resamples=resamples,
        seed=seed,
        notes=notes(associations, controls, owners, probed),
    )


def _taken(maps: Mapping[str, Planes], what: str = "") -> Stacks:
    return {name: planes(each, what + name) for name, each in maps.items()}


def _adjusted(rows: list[FeatureAssociation]) -> list[FeatureAssociation]:
    """Adjust the p of all rows that have one, together."""
    tested = [row.p for row in rows if row.p is not None]
    p_values = iter(benjamini_hochberg(tested))
    return [row if row.p is None else row.adjusted(next(p_values)) for row in rows]


def _localised(
    layers: Stacks, masks: Mapping[str, Planes], patients: Patients, tolerance: float, draws: Draws
) -> list[Localisation]:
    taken = {name: mask_planes(each, name) for name, each in masks.items()}
    return [
        row
        for layer, maps in layers.items()
        for row in localise(
            layer, maps, taken, patients, tolerance=tolerance, resamples=draws.resamples, seed=draws.seed
        )
    ]


def _of(rows: Sequence[Any], value: str, **where: str) -> float | None:
    """Give a value of the first row that fits; None without one."""
    for row in rows:
        if all(getattr(row, name) == wanted for name, wanted in where.items()):
            found: float | None = getattr(row, value)
            return found
    return None
