"""The pictures of a run: dashboards as they were written, or drawn from what was kept beside them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from statkit.api.dashboards import dashboard
from statkit.data.run import Run
from statkit.errors import MalformedFileError, SourceError
from statkit.layout import batch_image_name, parse_batch_image
from statkit.server.index import is_inside, opaque_id
from statkit.sources import sidecar
from statkit.sources.base import read_bytes

#: A picture larger than this is not sent (bytes).
MAX_PICTURE: Final = 64 << 20

_PNG: Final = b"\x89PNG\r\n\x1a\n"

#: Drawing is done one picture at a time: what draws keeps fonts and caches that threads must not share.
DRAWING = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of a run.

    Attributes
    ----------
    id : str
        What requests call it.
    name : str
        The file's name, or what it would be.
    step : int or None
        The step it shows.
    phase : str or None
        ``train`` or ``val``.
    number : int or None
        Batches of the phase so far.
    path : str or None
        The file; None for one that is drawn when it is asked for.
    """

    id: str
    name: str
    step: int | None
    phase: str | None
    number: int | None
    path: str | None

    def to_dict(self) -> dict[str, object]:
        """Give what the page may know."""
        return {
            "id": self.id,
            "step": self.step,
            "phase": self.phase,
            "number": self.number,
            "name": self.name,
        }


def images_of(run: Run) -> list[Image]:
    """Find the pictures of a run, in order of their steps; files that lie elsewhere are left out."""
    found = sorted(_of_batches(run), key=lambda image: (image.phase or "", image.number or 0))
    if not found and "validation" in run.declared:
        steps = run.columns("validation", ()).steps
        if len(steps):
            found.append(_image("dashboard.png", steps[-1], None, None, None))
    return found


def _of_batches(run: Run) -> Iterator[Image]:
    pictures = {
        image: os.path.join(run.directory, name)
        for name in _names(run.directory)
        if (image := parse_batch_image(name)) is not None
        and is_inside(run.directory, os.path.join(run.directory, name))
    }
    kept = {
        image: path for image, path in sidecar.listed(run.directory).items() if is_inside(run.directory, path)
    }
    steps = _steps(run) if pictures or kept else {}
    for image in dict.fromkeys([*pictures, *kept]):
        mine = steps.get(image.phase, [])
        step = mine[image.number - 1] if 0 < image.number <= len(mine) else None
        yield _image(batch_image_name(*image), step, image.phase, image.number, pictures.get(image))


def _image(name: str, step: int | None, phase: str | None, number: int | None, path: str | None) -> Image:
    return Image(id=opaque_id(name), name=name, step=step, phase=phase, number=number, path=path)


def _names(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:
        return []


def _steps(run: Run) -> dict[str, list[int]]:
    """The steps of the records of each phase, in order."""
    found: dict[str, list[int]] = {}
    if "batch" in run.declared:
        columns = run.columns("batch", ())
        for phase, step in zip(columns.key("phase"), columns.steps, strict=True):
            found.setdefault(phase, []).append(step or 0)
    return found


def png(run: Run, image: Image) -> bytes:
    """Give a picture's bytes: the file's, or drawn.

    Raises
    ------
    SourceError
        If the file is no picture, is too large, or has gone, or what it is drawn from is damaged.
    """
    if image.path is not None:
        return _read(run.directory, image.path)
    with DRAWING:
        return dashboard(run, batch=image.number, phase=image.phase).png()


def _read(directory: str, path: str) -> bytes:
    name = os.path.basename(path)
    try:
        if not is_inside(directory, path) or os.stat(path).st_size > MAX_PICTURE:
            raise MalformedFileError(f"{name} leads out of its run, or is larger than 64 MiB.", path)
        data = read_bytes(path)
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror}.", path) from None
    if not data.startswith(_PNG):
        raise MalformedFileError(f"{name} is no PNG.", path)
    return data
