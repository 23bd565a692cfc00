"""The pictures of a run that can be annotated, told apart by their pixels, with their latest attention."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from statkit.errors import SourceError
from statkit.pathology.annotations.facts import pixel_sha256
from statkit.pathology.samples import Batch, batch_of
from statkit.records import Notice
from statkit.sources import sidecar

#: What else shows the first sample of a batch: an annotation may have been drawn on either.
_SAME_SAMPLE: Final = ("images/input", "images/target")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """One image in one phase, at the latest time it came.

    Attributes
    ----------
    name : str
        The sidecar's name without ending; ``…[3]`` for another sample than the first.
    digest : str
        Of its pixels.
    phase : str
    shape : (height, width)
    attention : dict of str to ndarray, shape (h, w)
        By layer.
    patient : str or None
    mpp : float or None
    """

    name: str
    digest: str
    phase: str
    shape: tuple[int, int]
    attention: Mapping[str, NDArray[Any]]
    patient: str | None
    mpp: float | None


@dataclass(slots=True)
class Pictures:
    """All pictures of a run.

    Attributes
    ----------
    latest : dict of (phase, digest) to Picture
        In the order they first came.
    named : dict of str to str
        Digest by name, of every time a picture came.
    same : dict of str to str
        Digest of a picture by that of another rendering of the same sample.
    notices : list of Notice
        Sidecars that were left out.
    """

    latest: dict[tuple[str, str], Picture] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)

    def of(self, digest: str) -> list[Picture]:
        """Give a picture in every phase it came in."""
        return [picture for (_, own), picture in self.latest.items() if own == digest]

    def take(self, batch: Batch, arrays: Mapping[str, Any]) -> None:
        """Add the images of one sidecar: what came before gives way."""
        for name in _SAME_SAMPLE:
            if name in arrays:
                self.same.setdefault(pixel_sha256(np.asarray(arrays[name])), batch.digests[0])
        for place, digest in enumerate(batch.digests):
            picture = _picture(batch, place)
            self.named[picture.name] = self.same[digest] = digest
            self.latest[batch.phase, digest] = picture


def pictures(directory: str, progress: Callable[[int, int], None] = lambda done, total: None) -> Pictures:
    """Read the pictures of a run from its sidecars, of each phase the earliest first.

    Parameters
    ----------
    directory : str
        Of the run. A sidecar that cannot be read, or keeps no image, is left out and noted.
    progress : callable
        Told how many of how many sidecars are read.
    """
    found = Pictures()
    paths = list(sidecar.listed(directory).values())
    for number, path in enumerate(paths, 1):
        name = os.path.basename(path)
        try:
            arrays, meta = sidecar.read(path)
            batch = batch_of(path, arrays, meta)
        except SourceError as error:
            found.notices.append(Notice("skipped-file", path, f"left out: {error}"))
        else:
            if batch is None:
                found.notices.append(Notice("skipped-file", path, f"left out: {name} keeps no image."))
            else:
                found.take(batch, arrays)
        progress(number, len(paths))
    return found


def _picture(batch: Batch, place: int) -> Picture:
    height, width = batch.images[place].shape[:2]
    return Picture(
        name=batch.name if place == 0 else f"{batch.name}[{place}]",
        digest=batch.digests[place],
        phase=batch.phase,
        shape=(int(height), int(width)),
        attention={layer: maps[place].copy() for layer, maps in batch.attention.items()},
        patient=batch.patient_ids[place],
        mpp=batch.mpp[place],
    )
