"""A session: which images of a run are drawn on, with which classes, and where the result is kept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from statkit import layout
from statkit.errors import RunNotFoundError
from statkit.pathology.annotations.colours import CLASS_COLOURS, Colour
from statkit.pathology.annotations.loss import Loss
from statkit.pathology.sessions import images as found_images
from statkit.pathology.sessions.faults import SessionError, UnknownImageError
from statkit.pathology.sessions.images import SessionImage
from statkit.pathology.sessions.raters import name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationSession:
    """What a page needs to let raters draw.

    Attributes
    ----------
    run : str
        Directory of the run.
    directory : str
        Where annotations are kept; created at the first save.
    images : tuple of SessionImage
    raters : tuple of str
        Names that are offered; others may join.
    classes : dict of str to (red, green, blue)
        What may be drawn, and in which colour.
    losses : tuple of Loss
        Files that could not become images.
    """

    run: str
    directory: str
    images: tuple[SessionImage, ...]
    raters: tuple[str, ...] = ()
    classes: dict[str, Colour] = field(default_factory=lambda: dict(CLASS_COLOURS))
    losses: tuple[Loss, ...] = ()

    def image(self, id: str) -> SessionImage:
        """Look an image up; an id never becomes a path.

        Raises
        ------
        UnknownImageError
            There is none.
        """
        for image in self.images:
            if image.id == id:
                return image
        raise UnknownImageError(f"No image {id[:40]!r} in this session; it has {len(self.images)}.")


def open_session(
    run: str | os.PathLike[str],
    *,
    annotations: str | os.PathLike[str] | None = None,
    images: str | os.PathLike[str] | None = None,
    raters: Sequence[str] = (),
    classes: dict[str, Colour] | None = None,
) -> AnnotationSession:
    """Find the images of a run and make a session of them; nothing is written.

    Parameters
    ----------
    run : path
        Directory of a run whose sidecars keep images, or of pictures.
    annotations : path, optional
        Where annotations are kept; default ``annotations`` inside the run.
    images : path, optional
        A directory of PNG and JPEG files to draw on instead of the sidecars' images.
    raters : sequence of str
        Names to offer.
    classes : dict of str to (red, green, blue), optional
        Default: QuPath's.

    Raises
    ------
    RunNotFoundError
        There is no such directory.
    SessionError
        Nothing in it can be drawn on.
    UsageError
        A rater's name is none.
    """
    path = os.path.abspath(run)
    names = tuple(dict.fromkeys(map(name_of, raters)))
    pictures = path if images is None else os.path.abspath(images)
    for each in (path, pictures):
        if not os.path.isdir(each):
            raise RunNotFoundError(f"{each}: no such directory.", each)
    found, losses = found_images.sidecar_images(path) if images is None else ([], [])
    if not found:
        found, more = found_images.picture_images(pictures)
        losses += more
    if not found:
        raise SessionError(_nothing_in(pictures, losses))
    return AnnotationSession(
        run=path,
        directory=os.path.join(path, layout.ANNOTATIONS)
        if annotations is None
        else os.path.abspath(annotations),
        images=tuple(found),
        raters=names,
        classes=dict(CLASS_COLOURS) if classes is None else dict(classes),
        losses=tuple(losses),
    )


def _nothing_in(directory: str, losses: Sequence[Loss]) -> str:
    seen = f" ({losses[0]})" if losses else ""
    return (
        f"{directory}: no image to annotate{seen}. Possible: sidecars that keep images (an analyzer "
        "writes them beside its dashboards), or PNG and JPEG files."
    )
