"""What the numbers of an association do not say, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from statkit.pathology.association.consistency import Consistency
from statkit.pathology.association.feature_association import FeatureAssociation
from statkit.pathology.association.patients import Patients

NOT_RELEVANCE: Final = (
    "An association is not a relevance: attention that goes with a feature need not be what the output rests "
    "on (Jain & Wallace 2019)."
)


def notes(
    associations: Sequence[FeatureAssociation],
    controls: Sequence[FeatureAssociation],
    patients: Patients,
    consistencies: Sequence[Consistency],
) -> tuple[str, ...]:
    """Say what is missing or approximate.

    Parameters
    ----------
    associations, controls : sequence of FeatureAssociation
    patients : Patients
    consistencies : sequence of Consistency

    Returns
    -------
    tuple of str
        Sentences.
    """
    kinds = {row.kind for row in controls}
    said = {
        NOT_RELEVANCE: True,
        f"The patient of {patients.unknown} of {len(patients.owners)} images is not known; each counts as a "
        "patient of its own. If they share patients, intervals are too short and p too small.": (
            patients.unknown > 0
        ),
        "The toroidal-shift null takes tissue for periodic; its p is approximate, most often too small.": any(
            row.null == "toroidal shift (approximate)" for row in associations
        ),
        "No luminance or edges were given: whether attention merely follows brightness was not looked at.": (
            "simple feature" not in kinds
        ),
        "No attention of randomised weights was given: whether the association needs the training was not "
        "looked at.": "randomised weights" not in kinds,
        "No probe tiles were given: spatial consistency was not measured.": not consistencies,
    }
    return tuple(sentence for sentence, holds in said.items() if holds)
