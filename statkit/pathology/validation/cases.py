"""One image to validate: its attention by layer, its annotations by rater and label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from statkit.analysis.result import Result
from statkit.errors import UsageError
from statkit.pathology.validation.overlap import as_mask

Masks = Mapping[str, NDArray[np.bool_]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImageCase:
    """One image, what a model attended to in it, and what people drew in it.

    Attributes
    ----------
    image : str
        Its name, unique.
    attention : mapping of str to ndarray, shape (h, w)
        By layer: a map of numbers, of any size, or a mask of bool on the image's pixels.
    annotations : mapping of str to mapping of str to ndarray of bool, shape (H, W)
        By rater, then by label. A rater without a label in question has drawn nothing of it: annotating an
        image means having looked for every label.
    patient : str or None
        Whose image it is; None where unknown.
    phase : str or None
        ``train`` or ``val``.
    content : str or None
        What tells the same picture under two names: a digest of its pixels. None takes ``image``.
    mpp : float or None
        Micrometres a pixel.
    unblinded : frozenset of str
        Raters who had seen the attention over the image while they drew.
    """

    image: str
    attention: Mapping[str, NDArray[Any]]
    annotations: Mapping[str, Masks] = field(default_factory=dict)
    patient: str | None = None
    phase: str | None = None
    content: str | None = None
    mpp: float | None = None
    unblinded: frozenset[str] = frozenset()

    @property
    def identity(self) -> str:
        """What the image is, under whichever name."""
        return self.image if self.content is None else self.content

    @property
    def labels(self) -> set[str]:
        """Every label that somebody drew in it."""
        return {label for masks in self.annotations.values() for label in masks}

    def masks(self, label: str) -> dict[str, NDArray[np.bool_]]:
        """Give every rater's mask of a label, empty where they drew none.

        Raises
        ------
        UsageError
            If what was handed in is no mask, or the masks differ in shape.
        """
        drawn = [as_mask(mask) for masks in self.annotations.values() for mask in masks.values()]
        shapes = {mask.shape for mask in drawn}
        if len(shapes) != 1:
            found = ", ".join(map(str, sorted(shapes))) or "none"
            raise UsageError(
                f"{self.image}: its masks must be of one shape, the image's; found: {found}. A rater who "
                f"drew nothing at all needs one empty mask."
            )
        empty = np.zeros(drawn[0].shape, dtype=bool)
        return {rater: as_mask(masks.get(label, empty)) for rater, masks in self.annotations.items()}

    def facts(self, label: str) -> dict[str, Any]:
        """Give what every row about this image and a label begins with, as a `CaseRow` takes it."""
        return {
            "image": self.image,
            "content": self.identity,
            "patient": self.patient,
            "phase": self.phase,
            "label": label,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow(Result):
    """Values of one image and one label.

    Attributes
    ----------
    image, content : str
        The image's name, and what tells the same picture under two names.
    patient, phase : str or None
    label : str
    """

    image: str
    content: str
    patient: str | None
    phase: str | None
    label: str

    @property
    def owner(self) -> tuple[str, str]:
        """What is resampled together: the patient, or the image where that is unknown."""
        return ("image", self.content) if self.patient is None else ("patient", self.patient)
