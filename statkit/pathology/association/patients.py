"""Whose images they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from statkit.errors import UsageError

#: Patients below which they can be exchanged in so few ways, 9 of 4 patients, that no p reaches 5 %.
LEAST_PATIENTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patients:
    """The patient of each image.

    Attributes
    ----------
    owners : ndarray of int, shape (n,)
        A number for each patient.
    unknown : int
        Images whose patient is not known; each counts as a patient of its own.
    """

    owners: NDArray[np.intp]
    unknown: int

    @classmethod
    def of(cls, names: Sequence[object] | None, images: int) -> Patients:
        """Take names, None where unknown; None instead of names where all are.

        Raises
        ------
        UsageError
            Not one name an image.
        """
        given = [None] * images if names is None else list(names)
        if len(given) != images:
            raise UsageError(
                f"{len(given)} patients for {images} images; give one name an image, None if unknown."
            )
        numbers: dict[object, int] = {}
        owners = [
            numbers.setdefault(("unknown", at) if name is None else ("named", str(name)), len(numbers))
            for at, name in enumerate(given)
        ]
        return cls(owners=np.array(owners, dtype=np.intp), unknown=given.count(None))

    def count(self, kept: NDArray[np.bool_] | slice = slice(None)) -> int:
        """Give how many patients the images kept belong to."""
        return len(np.unique(self.owners[kept]))
