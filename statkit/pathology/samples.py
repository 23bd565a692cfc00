"""The images that a run's sidecars keep, with the attention each had: read back, told apart by their pixels.

Light: numpy alone. An image that comes again, a validation tile in every epoch, is one sample; its
attention is then that of the latest time, and the earlier ones show how steady it is.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from statkit.errors import MalformedFileError, SourceError
from statkit.pathology.annotations.facts import pixel_sha256
from statkit.sources import sidecar

Pixels = NDArray[np.uint8]
Map = NDArray[np.floating[Any]]
Told = TypeVar("Told", str, float)

#: Where a sidecar keeps the images of a batch, else the first of them; what is clean before what is noisy.
_SEVERAL: Final = "samples/images"
_FIRST: Final = ("images/target", "images/input")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """The images of one sidecar.

    Attributes
    ----------
    name : str
        ``val_batch_000031``.
    path : str
        The sidecar.
    phase : str
        ``train`` or ``val``.
    number, step : int
        Batches of the phase so far; optimiser steps, 0 where the record has none.
    images : ndarray of uint8, shape (n, H, W, 3)
        As many of the batch as are kept.
    digests : tuple of str
        `pixel_sha256` of each.
    attention : dict of str to ndarray, shape (n, h, w)
        By layer.
    kinds : dict of str to str
        ``gate``, ``gate_from_io`` or ``energy`` by layer.
    sample_ids, patient_ids : tuple of str or None
        One an image; None where nobody said.
    mpp : tuple of float or None
        Micrometres a pixel, one an image.
    stains : str or None
        What the training said of the stains.
    record : dict
        The batch's record.
    """

    name: str
    path: str
    phase: str
    number: int
    step: int
    images: Pixels
    digests: tuple[str, ...]
    attention: Mapping[str, Map]
    kinds: Mapping[str, str]
    sample_ids: tuple[str | None, ...]
    patient_ids: tuple[str | None, ...]
    mpp: tuple[float | None, ...]
    stains: str | None
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """One image, however often it came.

    Attributes
    ----------
    digest : str
        `pixel_sha256`.
    times : tuple of (Batch, int)
        Where it is kept, the earliest first, and its place there.
    """

    digest: str
    times: tuple[tuple[Batch, int], ...]

    @property
    def image(self) -> Pixels:
        """The pixels, shape (H, W, 3)."""
        batch, place = self.times[-1]
        return np.asarray(batch.images[place])

    @property
    def patient(self) -> str | None:
        """Whose it is, where any of the sidecars says."""
        return _latest_known([batch.patient_ids[place] for batch, place in self.times])

    @property
    def sample_id(self) -> str | None:
        """What it is called, where any of the sidecars says."""
        return _latest_known([batch.sample_ids[place] for batch, place in self.times])

    @property
    def mpp(self) -> float | None:
        """Micrometres a pixel, where any of the sidecars says."""
        return _latest_known([batch.mpp[place] for batch, place in self.times])

    def maps(self, layer: str) -> list[Map]:
        """Give its attention in one layer, each time it came, the latest last."""
        return [batch.attention[layer][place] for batch, place in self.times if layer in batch.attention]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunSamples:
    """What the sidecars of a run keep.

    Attributes
    ----------
    batches : tuple of Batch
        Those with images, ordered by step, train before val.
    files : int
        Sidecars looked at.
    unread : tuple of (str, str)
        Name of each that could not be read, and why.
    passed_over : int
        Earlier ones that were not looked at.
    """

    batches: tuple[Batch, ...]
    files: int
    unread: tuple[tuple[str, str], ...]
    passed_over: int

    def samples(self, phase: str | None = None) -> list[Sample]:
        """Tell the images apart.

        Parameters
        ----------
        phase : {"train", "val"} or None
            Those of one phase.

        Returns
        -------
        list of Sample
            In the order of their first time.
        """
        times: dict[str, list[tuple[Batch, int]]] = {}
        for batch in self.batches:
            if phase in (None, batch.phase):
                for place, digest in enumerate(batch.digests):
                    times.setdefault(digest, []).append((batch, place))
        return [Sample(digest=digest, times=tuple(found)) for digest, found in times.items()]

    def layers(self) -> dict[str, str]:
        """Give the kind of every layer, in the order of the sidecars, gates before energies."""
        kinds = {layer: batch.kinds.get(layer, "gate") for batch in self.batches for layer in batch.attention}
        return dict(sorted(kinds.items(), key=lambda item: item[1] == "energy"))


def run_samples(directory: str, phase: str | None = None, most: int | None = None) -> RunSamples:
    """Read the images of a run.

    Parameters
    ----------
    directory : str
        Where the sidecars lie.
    phase : {"train", "val"} or None
        Those of one phase.
    most : int or None
        Look at so many sidecars of each phase, the latest ones.
    """
    listed = [
        (image, path) for image, path in sidecar.listed(directory).items() if phase in (None, image.phase)
    ]
    chosen = [path for name in ("train", "val") for path in _latest(listed, name, most)]
    batches, unread = [], []
    for path in chosen:
        try:
            batch = read_batch(path)
        except SourceError as error:
            unread.append((os.path.basename(path), str(error)))
            continue
        batches += [] if batch is None else [batch]
    return RunSamples(
        batches=tuple(sorted(batches, key=lambda each: (each.step, each.phase, each.number))),
        files=len(chosen),
        unread=tuple(unread),
        passed_over=len(listed) - len(chosen),
    )


def read_batch(path: str) -> Batch | None:
    """Read the images of one sidecar; None where it keeps none.

    Raises
    ------
    SourceError
        It is missing, damaged, or its arrays do not belong together.
    """
    return batch_of(path, *sidecar.read(path))


def batch_of(path: str, arrays: Mapping[str, Any], meta: Mapping[str, Any]) -> Batch | None:
    """Take the images out of what was read from a sidecar: see `read_batch`."""
    try:
        return _batch(path, arrays, meta)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        name = os.path.basename(path)
        raise MalformedFileError(
            f"{name}: these are not the arrays of a dashboard: {error!r}.", name
        ) from None


def _batch(path: str, arrays: Mapping[str, Any], meta: Mapping[str, Any]) -> Batch | None:
    images, prefix = _images(arrays)
    if images is None:
        return None
    told = meta["meta"]
    attention = {}
    for place, layer in enumerate(meta["layers"]):
        maps = (
            np.asarray(arrays[f"{prefix}attention/{place}"])
            if f"{prefix}attention/{place}" in arrays
            else None
        )
        if maps is not None:
            maps = maps if prefix else maps[None]
            if maps.ndim != 3 or len(maps) != len(images):
                raise ValueError(f"maps of shape {maps.shape} for {len(images)} images")
            attention[str(layer)] = maps
    kept = told.get("samples") or {}
    mpp = _each(told.get("mpp"), len(images))
    return Batch(
        name=os.path.splitext(os.path.basename(path))[0],
        path=path,
        phase=str(meta["phase"]),
        number=int(meta["number"]),
        step=int(meta["step"] or 0),
        images=images,
        digests=tuple(pixel_sha256(image) for image in images),
        attention=attention,
        kinds={str(layer): str(kind) for layer, kind in (told.get("kinds") or {}).items()},
        sample_ids=tuple(map(_text, _each(told.get("sample_ids"), len(images)))),
        patient_ids=tuple(map(_text, _each(told.get("patient_ids"), len(images)))),
        mpp=tuple(_size(own) or _size(kept.get("mpp")) for own in mpp),
        stains=kept.get("stains"),
        record=dict(meta["record"]),
    )


def _images(arrays: Mapping[str, Any]) -> tuple[Pixels | None, str]:
    """Find the images, n×H×W×3, and what the names of their maps begin with."""
    name = next((name for name in (_SEVERAL, *_FIRST) if name in arrays), None)
    if name is None:
        return None, ""
    images = np.asarray(arrays[name])
    images = images if name == _SEVERAL else images[None]
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
        raise ValueError(f"{name} holds {images.dtype} of shape {images.shape}, not images")
    return images, "samples/" if name == _SEVERAL else ""


def _each(value: Any, count: int) -> list[Any]:
    """Give what was said of a batch for each image: one value for all, or one each."""
    if isinstance(value, list | tuple):
        return [*value[:count], *[None] * (count - len(value))]
    return [value] * count


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _size(value: Any) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf
    return float(value) if known else None


def _latest_known(told: Sequence[Told | None]) -> Told | None:
    return next((value for value in reversed(told) if value is not None), None)


def _latest(listed: Iterable[tuple[Any, str]], phase: str, most: int | None) -> Sequence[str]:
    paths = [path for image, path in listed if image.phase == phase]
    return paths if most is None else paths[max(0, len(paths) - most) :]
