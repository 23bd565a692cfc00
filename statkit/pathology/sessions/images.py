"""The images of a session: found in a run's sidecars or a directory of pictures."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from statkit import layout
from statkit.errors import MalformedFileError, SourceError
from statkit.pathology.annotations.facts import pixel_sha256
from statkit.pathology.annotations.loss import Loss
from statkit.pathology.samples import Batch, batch_of
from statkit.sources import sidecar
from statkit.views.pixels import Pixels

#: The most pixels of a picture that is opened.
MAX_PIXELS: Final = 64_000_000

_PICTURES: Final = (".png", ".jpg", ".jpeg")
_LONGEST_STEM: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionImage:
    """One image to draw on.

    Attributes
    ----------
    id : str
        Says nothing of where the file is; the same as long as the pixels are.
    title : str
        For people.
    stems : tuple of str
        What the image is called in annotation files, the first in new ones. Several: sidecars that show
        the same pixels are one image.
    path : str
        The sidecar or picture.
    size : (width, height)
        Pixels.
    sha256 : str
        Of the pixels, see `statkit.pathology.annotations.facts.pixel_sha256`.
    mpp : float or None
        Micrometres a pixel.
    tile_origin : (x, y) or None
        In pixels of the slide.
    patient : str or None
    phase : str or None
        ``train`` or ``val``, of a sidecar.
    layers : tuple of str
        Whose attention can be laid over it.
    attention_path : str
        The sidecar of the latest step that shows these pixels.
    """

    id: str
    title: str
    stems: tuple[str, ...]
    path: str
    size: tuple[int, int]
    sha256: str
    mpp: float | None = None
    tile_origin: tuple[float, float] | None = None
    patient: str | None = None
    phase: str | None = None
    layers: tuple[str, ...] = ()
    attention_path: str = ""


def sidecar_images(run: str) -> tuple[list[SessionImage], list[Loss]]:
    """Find the images in a run's sidecars: each set of pixels once, with the attention of the latest step.

    Returns
    -------
    images : list of SessionImage
        Train before val, by number, then by place in the batch.
    losses : list of Loss
        Sidecars that cannot be read, hold no image, or lie outside the run behind a link.
    """
    found: dict[str, tuple[SessionImage, int]] = {}
    losses = []
    for path in sidecar.listed(run).values():
        try:
            images, step = _of_sidecar(_confined(path, run))
        except (SourceError, ValueError) as error:
            losses.append(Loss(os.path.basename(path), str(error)))
            continue
        for image in images:
            before = found.get(image.sha256)
            found[image.sha256] = (image, step) if before is None else _joined(before, (image, step))
    return [image for image, _ in found.values()], losses


def _joined(before: tuple[SessionImage, int], after: tuple[SessionImage, int]) -> tuple[SessionImage, int]:
    """Make one image of two sidecars with the same pixels."""
    first, step = before
    stems = tuple(dict.fromkeys(first.stems + after[0].stems))
    if after[1] < step:
        return replace(first, stems=stems), step
    return replace(first, stems=stems, layers=after[0].layers, attention_path=after[0].path), after[1]


def _of_sidecar(path: str) -> tuple[list[SessionImage], int]:
    """Give the images of one sidecar and its step."""
    arrays, told = sidecar.read(path)
    batch = batch_of(path, arrays, told)
    if batch is None:
        raise ValueError("it keeps no image")
    origins = _origins(told["meta"].get("tile_origin"), len(batch.images))
    images = [
        SessionImage(
            id=_identity(digest),
            title=_title(batch, place),
            stems=(batch.name if place == 0 else f"{batch.name}[{place}]",),
            path=path,
            size=(batch.images.shape[2], batch.images.shape[1]),
            sha256=digest,
            mpp=batch.mpp[place],
            tile_origin=origins[place],
            patient=batch.patient_ids[place],
            phase=batch.phase,
            layers=tuple(batch.attention),
            attention_path=path,
        )
        for place, digest in enumerate(batch.digests)
    ]
    return images, batch.step


def _title(batch: Batch, place: int) -> str:
    where = f"{batch.phase} batch {batch.number}, step {batch.step}"
    name = batch.sample_ids[place]
    if name is not None:
        return f"{name} ({where})"
    return where if len(batch.images) == 1 else f"{where}, sample {place + 1}"


def picture_images(directory: str) -> tuple[list[SessionImage], list[Loss]]:
    """Find the PNG and JPEG files of a directory, dashboards left out; returns as `sidecar_images`."""
    images: dict[str, SessionImage] = {}
    losses = []
    for name in _pictures(directory):
        try:
            path = _confined(os.path.join(directory, name), directory)
            image = _of_picture(path, name)
        except (SourceError, ValueError) as error:
            losses.append(Loss(name, str(error)))
            continue
        before = images.get(image.sha256)
        images[image.sha256] = image if before is None else replace(before, stems=before.stems + image.stems)
    return list(images.values()), losses


def _pictures(directory: str) -> Iterator[str]:
    try:
        names = sorted(os.listdir(directory), key=layout.natural_key)
    except OSError:
        return
    for name in names:
        if name.lower().endswith(_PICTURES) and layout.parse_batch_image(name) is None and name[0] != ".":
            yield name


def _of_picture(path: str, name: str) -> SessionImage:
    image = picture_pixels(path)
    sha256 = pixel_sha256(image)
    stem = os.path.splitext(name)[0]
    fits = len(os.fsencode(stem)) <= _LONGEST_STEM and stem.isprintable() and "\\" not in stem
    return SessionImage(
        id=_identity(sha256),
        title=stem,
        stems=(stem if fits else _identity(sha256),),
        path=path,
        size=(image.shape[1], image.shape[0]),
        sha256=sha256,
    )


def picture_pixels(path: str) -> Pixels:
    """Read a PNG or JPEG as RGB, shape (height, width, 3), as stored: an orientation mark is not followed.

    Raises
    ------
    MalformedFileError
        It cannot be read, is none of these, or is larger than `MAX_PIXELS`.
    """
    from PIL import Image, UnidentifiedImageError

    name = os.path.basename(path)
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise MalformedFileError(
                    f"{name}: {picture.width:,} × {picture.height:,} pixels are more than the "
                    f"{MAX_PIXELS:,} a picture may have.",
                    path,
                )
            return np.asarray(picture.convert("RGB"))
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        reason = getattr(error, "strerror", None) or "no PNG or JPEG, or a damaged one"
        raise MalformedFileError(f"{name}: cannot be read: {reason}.", path) from None


def _confined(path: str, directory: str) -> str:
    """Give the path itself; refuse one that leads out of the directory through a link."""
    inside = os.path.join(os.path.realpath(directory), "")
    if not os.path.realpath(path).startswith(inside):
        raise ValueError("a link that leads out of the directory is not followed")
    return path


def _identity(sha256: str) -> str:
    return hashlib.sha256(b"statkit image " + sha256.encode()).hexdigest()[:16]


def _origins(value: Any, count: int) -> list[tuple[float, float] | None]:
    """Read one origin for each image of a batch: each its own, or one for all."""
    if isinstance(value, list) and any(isinstance(each, list) for each in value):
        return [*map(_pair, value[:count]), *[None] * (count - len(value))]
    return [_pair(value)] * count


def _pair(value: Any) -> tuple[float, float] | None:
    if isinstance(value, list) and len(value) == 2 and all(type(side) in (int, float) for side in value):
        return float(value[0]), float(value[1])
    return None
