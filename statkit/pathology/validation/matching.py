"""Which annotation belongs to which picture: by the digest it carries, else by the name of its file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from statkit.errors import RunNotFoundError, SourceError, UsageError, shortened
from statkit.pathology.annotations.facts import ImageFacts
from statkit.pathology.annotations.raster import rasterise, unfilled
from statkit.pathology.annotations.reading import read
from statkit.pathology.annotations.shape import Annotations
from statkit.pathology.validation.cases import ImageCase
from statkit.pathology.validation.files import ENDINGS, AnnotationFile, annotation_files
from statkit.pathology.validation.pictures import Picture, Pictures, pictures
from statkit.records import Notice

#: What shapes without a class are called, and a rater whom nothing names.
UNCLASSIFIED: Final = "unclassified"
UNNAMED: Final = "unnamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What one rater drew on one picture."""

    file: AnnotationFile
    annotations: Annotations

    @property
    def rater(self) -> str:
        """Who: as the file says, else its name, else its directory."""
        return self.annotations.facts.rater or self.file.rater or UNNAMED

    def mask(self, label: str, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Give the pixels of a label, derived classes among them."""
        return rasterise(self.annotations, shape, labels=_classes(label))

    def labels(self) -> list[str]:
        """Name the classes that cover something and that QuPath measures."""
        return [
            shape.label or UNCLASSIFIED
            for shape in self.annotations.flat()
            if shape.geometry.area and not shape.is_ignored and not shape.is_frame
        ]

    @property
    def is_unblinded(self) -> bool:
        """Whether some of it was drawn by a rater who had seen the attention."""
        facts = (
            self.annotations.facts,
            *(ImageFacts.from_metadata(s.metadata) for s in self.annotations.flat()),
        )
        return any(each.overlay_shown for each in facts)


@dataclass(slots=True)
class Matched:
    """Pictures with what was drawn on them.

    Attributes
    ----------
    cases : list of ImageCase
    notices : list of Notice
        Files and images that were left out, and why.
    """

    cases: list[ImageCase] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)


def matched(
    directory: str,
    annotations: str,
    *,
    label: str | None = None,
    mpp: float | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Matched:
    """Find the pictures of a run that were annotated.

    Parameters
    ----------
    directory : str
        Of the run: its sidecars hold the pictures and their attention.
    annotations : str
        A directory of QuPath GeoJSON, W3C or ASAP files in pixels of the picture, as `files` names them:
        ``<sidecar>.geojson``, ``<sidecar>.<rater>.geojson`` or ``<rater>/<sidecar>.geojson``. A file that
        carries ``statkit:image_sha256`` belongs to the picture of these pixels, whatever its name.
    label : str or None
        A class, with those derived from it; None takes every class but those that QuPath does not measure.
    mpp : float or None
        Micrometres a pixel of every picture; None takes what the sidecars say.
    progress : callable
        Told how many of how many sidecars are read.

    Returns
    -------
    Matched
        One case a picture and phase, with the attention of the latest time it came.

    Raises
    ------
    RunNotFoundError
        If there is no such directory of annotations, or no sidecar with pictures.
    UsageError
        If nothing belongs together, or no such label was drawn.
    """
    files = annotation_files(annotations)
    if not files:
        raise UsageError(f"{annotations} holds no annotations. Possible: {', '.join(ENDINGS)}.")
    found = pictures(directory, progress)
    if not found.latest:
        raise RunNotFoundError(
            f"{directory}: no sidecar (npz) with pictures.{_why(found.notices)}", directory
        )
    answer = Matched(notices=found.notices)
    drawings = _drawings(files, found, answer.notices)
    if not drawings:
        raise UsageError(
            f"no annotation in {annotations} belongs to a picture of {directory}. "
            f"Its pictures: {shortened(list(found.named))}.{_why(answer.notices)}"
        )
    labels = _labels(drawings.values(), label, answer.notices)
    for picture in found.latest.values():
        on_it = drawings.get(picture.digest)
        if on_it is not None:
            answer.cases.append(_case(picture, on_it, labels, mpp, answer.notices))
    answer.notices += _bare(found, drawings, directory)
    return answer


def _drawings(
    files: Iterable[AnnotationFile], found: Pictures, notices: list[Notice]
) -> dict[str, dict[str, Drawing]]:
    """Read every file and sort them by picture and rater; what fits none is noted."""
    drawings: dict[str, dict[str, Drawing]] = {}
    for file in files:
        try:
            digest, drawing = _drawing(file, found)
        except SourceError as error:
            notices.append(Notice("skipped-file", file.path, f"left out: {error}"))
            continue
        notices += [
            Notice("skipped-file", file.path, f"in {file.name}: {loss}")
            for loss in (*drawing.annotations.losses, *unfilled(drawing.annotations))
        ]
        before = drawings.setdefault(digest, {}).setdefault(drawing.rater, drawing)
        if before is not drawing:
            said = f"left out: {drawing.rater} drew on the same picture in {before.file.name}."
            notices.append(Notice("skipped-file", file.path, said))
    return drawings


def _drawing(file: AnnotationFile, found: Pictures) -> tuple[str, Drawing]:
    """Read one file and find its picture.

    Raises
    ------
    SourceError
        If it cannot be read, or belongs to no picture.
    """
    named = found.named.get(file.stem)
    shape = found.of(named)[0].shape if named is not None else None
    annotations = read(file.path, image_size=None if shape is None else (shape[1], shape[0]))
    told = annotations.facts.image_sha256
    digest = named if told is None else found.same.get(told.lower())
    if digest is None:
        which = f"{file.stem!r}" if told is None else f"the pixels {told[:12]}…"
        raise SourceError(f"{file.name}: no picture of the run is {which}.", file.path)
    height, width = found.of(digest)[0].shape
    size = annotations.facts.image_size
    if size is not None and size != (width, height):
        raise SourceError(
            f"{file.name}: drawn on {size[0]} × {size[1]} pixels, the picture has {width} × {height}.",
            file.path,
        )
    return digest, Drawing(file=file, annotations=annotations)


def _why(notices: Sequence[Notice]) -> str:
    """Give the first thing that was left out as a reason why nothing remains."""
    return f" One reason: {notices[0].message}" if notices else ""


def _classes(label: str) -> tuple[str, ...]:
    """Give the classes that a label stands for: shapes without one may also be called what we call them."""
    return ("", UNCLASSIFIED) if label == UNCLASSIFIED else (label,)


def _labels(
    drawings: Iterable[dict[str, Drawing]], asked: str | None, notices: Sequence[Notice]
) -> list[str]:
    """Name the classes to compare, in alphabetical order."""
    every = [drawing for raters in drawings for drawing in raters.values()]
    existing = sorted({label for drawing in every for label in drawing.labels()})
    if asked is None:
        if not existing:
            raise UsageError(
                f"the annotations hold no shape that covers a pixel: nothing to compare.{_why(notices)}"
            )
        return existing
    shapes = [shape for drawing in every for shape in drawing.annotations.flat()]
    if not any(shape.is_labelled(name) for shape in shapes for name in _classes(asked)):
        has = f"They have: {shortened(existing)}." if existing else "They have none."
        raise UsageError(f"no label {asked!r} in the annotations. {has}")
    return [asked]


def _case(
    picture: Picture,
    raters: dict[str, Drawing],
    labels: Sequence[str],
    mpp: float | None,
    notices: list[Notice],
) -> ImageCase:
    masks = {}
    for rater, drawing in raters.items():
        masks[rater] = {label: drawing.mask(label, picture.shape) for label in labels}
        if drawing.labels() and not rasterise(drawing.annotations, picture.shape).any():
            height, width = picture.shape
            said = f"nothing of it lies inside the {width} × {height} pixels of {picture.name}."
            notices.append(Notice("skipped-file", drawing.file.path, said))
    return ImageCase(
        image=picture.name,
        attention=picture.attention,
        annotations=masks,
        patient=picture.patient,
        phase=picture.phase,
        content=picture.digest,
        mpp=picture.mpp if mpp is None else mpp,
        unblinded=frozenset(rater for rater, drawing in raters.items() if drawing.is_unblinded),
    )


def _bare(found: Pictures, drawings: Collection[str], directory: str) -> list[Notice]:
    """Note the pictures that nobody annotated, in one line."""
    names = [picture.name for picture in found.latest.values() if picture.digest not in drawings]
    if not names:
        return []
    said = f"{len(names)} of {len(found.latest)} pictures have no annotation: {shortened(names)}."
    return [Notice("skipped-file", directory, said)]
