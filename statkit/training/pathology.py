"""What an analyzer keeps and has computed of tissue: how many images, and how they are stained.

The features and their association with attention are computed in the process that draws, from the
sidecar that holds the images: the training neither computes them nor loads what computes them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final

from statkit.errors import MissingExtraError, UsageError
from statkit.training.guard import Guard

#: Stains that can be separated by name.
STAINS: Final = ("H&E", "H-DAB")

#: The most images of a batch that a sidecar keeps.
MOST_SAMPLES: Final = 64

#: What the computation needs, and the line that installs it.
_LIBRARY: Final = ("skimage", "scikit-image", "pip install 'statkit[pathology]'")


@dataclass(frozen=True, slots=True, kw_only=True)
class PathologySettings:
    """How the tissue of a batch is looked at.

    Attributes
    ----------
    stains : {"H&E", "H-DAB"}
        What the tissue is stained with.
    mpp : float, optional
        Micrometres a pixel, of all images; for those of a batch alone there is ``mpp=`` of
        `AutomaticAnalyzer.analyze_batch`.
    samples : int, default 16
        Images of a batch that its sidecar keeps, at most 64.

    Raises
    ------
    UsageError
        Stains that are not known, a size or a number that cannot be.
    """

    stains: str = "H&E"
    mpp: float | None = None
    samples: int = 16

    def __post_init__(self) -> None:
        if self.stains not in STAINS:
            raise UsageError(f"stains are {self.stains!r}. Possible: {', '.join(STAINS)}.")
        if self.mpp is not None and not 0 < self.mpp < math.inf:
            raise UsageError(f"mpp is {self.mpp!r}; give micrometres a pixel, 0.25 for example")
        if type(self.samples) is not int or not 1 <= self.samples <= MOST_SAMPLES:
            raise UsageError(f"samples is {self.samples!r}; possible: 1 to {MOST_SAMPLES}")

    def meta(self) -> dict[str, Any]:
        """Give what a sidecar says of it."""
        return {"stains": self.stains, "mpp": self.mpp}


def settled(asked: bool | PathologySettings) -> PathologySettings | None:
    """Take what the caller asked for: None where it is nothing.

    Raises
    ------
    UsageError
        If it is neither a bool nor settings.
    """
    if isinstance(asked, PathologySettings):
        return asked
    if not isinstance(asked, bool):
        raise UsageError(f"pathology is {asked!r}; give True, False or PathologySettings(stains='H-DAB')")
    return PathologySettings() if asked else None


def possible(asked: PathologySettings | None, guard: Guard) -> PathologySettings | None:
    """Go without where what computes it is not installed, and say how to install it."""
    module, name, mend = _LIBRARY
    if asked is None or find_spec(module) is not None:
        return asked
    guard.once("pathology", f"⚠️  No pathology: {MissingExtraError(name, mend)} — training goes on without")
    return None
