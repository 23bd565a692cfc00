"""What an association has to be held against: simple features, and attention that has learned nothing.

A gate of a denoising network may follow brightness; then it goes with any stain. So the same statistic is
given for attention with brightness and edges, for these in attention's place, and for attention of the same
network with randomised weights (Adebayo et al. 2018).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from statkit.analysis.arrays import Floats
from statkit.pathology.association.feature_association import (
    Draws,
    FeatureAssociation,
    Kind,
    feature_association,
)
from statkit.pathology.association.grid import Shape
from statkit.pathology.association.maps import smallest_grid
from statkit.pathology.association.patients import Patients
from statkit.pathology.association.side import Features, Side

Stacks = Mapping[str, Sequence[Floats | None]]

#: Features as simple as can be; where given under these names they are controls.
SIMPLE: Final = ("luminance", "edges")


def on_layers(
    attention: Stacks, features: Features, patients: Patients, draws: Draws, *, randomised: bool = False
) -> list[FeatureAssociation]:
    """Measure every layer against every feature, on the grid of the layer.

    Parameters
    ----------
    attention : mapping of sequences of ndarray or None
        From `maps.planes`, by layer.
    features : Features
    patients : Patients
    draws : Draws
    randomised : bool
        Whether the attention is that of randomised weights.

    Returns
    -------
    list of FeatureAssociation
        Layer by layer.
    """
    rows = []
    for layer, maps in attention.items():
        grid = smallest_grid(maps)
        side = Side.of(maps, grid)
        for name in features:
            kind: Kind = "simple feature" if name in SIMPLE else "attention"
            rows.append(
                feature_association(
                    side,
                    features.on(name, grid),
                    patients,
                    kind="randomised weights" if randomised else kind,
                    names=(layer, name),
                    draws=draws,
                )
            )
    return rows


def simple_as_attention(
    grids: Sequence[Shape], features: Features, patients: Patients, draws: Draws
) -> list[FeatureAssociation]:
    """Measure simple features, in attention's place, against the other features.

    Parameters
    ----------
    grids : sequence of tuple of int
        Of the layers; each counts once.
    features : Features
    patients : Patients
    draws : Draws

    Returns
    -------
    list of FeatureAssociation
    """
    return [
        feature_association(
            features.on(simple, grid),
            features.on(name, grid),
            patients,
            kind="simple feature as attention",
            names=(simple, name),
            draws=draws,
        )
        for grid in dict.fromkeys(grids)
        for simple in SIMPLE
        if simple in features
        for name in features
        if name not in SIMPLE
    ]
