"""What an annotation is, whatever file it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

from statkit.pathology.annotations.colours import IGNORED_MARK, SEPARATOR, Colour
from statkit.pathology.annotations.facts import UNKNOWN, ImageFacts
from statkit.pathology.annotations.loss import Loss

#: A geometry of shapely.
Geometry: TypeAlias = Any

#: What QuPath calls the kinds of its objects.
OBJECT_TYPES: Final = ("annotation", "detection", "cell", "tile", "tmaCore", "root")

#: Of these, the kinds that say where tissue is, not what it is.
_FRAMES: Final = ("tmaCore", "root")


class Plane(NamedTuple):
    """Which plane of a stack: channel (-1: all), z slice, time point."""

    c: int = -1
    z: int = 0
    t: int = 0


#: The plane of an image that has one.
DEFAULT_PLANE: Final = Plane()


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One drawn thing.

    Attributes
    ----------
    geometry : shapely geometry
        In pixels of the full-resolution image, corner convention; not empty, every coordinate finite.
    id : str
        UUID in QuPath since 0.4; empty where the file has none.
    name : str
    label : str
        The class; names of a derived class joined: ``Tumor: Positive``. Empty: unclassified.
    colour, label_colour : (red, green, blue) or None
        Its own colour, 0–255, and that of its class.
    object_type : str
        One of `OBJECT_TYPES`.
    locked : bool
        Not to be moved.
    ellipse : bool
        The polygon stands for the ellipse in its bounding box.
    plane : Plane
    nucleus : shapely geometry or None
        Of a cell.
    measurements : mapping of str to float
        Finite.
    metadata : mapping of str to str
        Ours begin with ``statkit:``.
    children : tuple of Annotation
        What lies inside it in QuPath's hierarchy.
    """

    geometry: Geometry
    id: str = ""
    name: str = ""
    label: str = ""
    colour: Colour | None = None
    label_colour: Colour | None = None
    object_type: str = "annotation"
    locked: bool = False
    ellipse: bool = False
    plane: Plane = DEFAULT_PLANE
    nucleus: Geometry | None = None
    measurements: Mapping[str, float] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    children: tuple[Annotation, ...] = ()

    def is_labelled(self, label: str) -> bool:
        """Tell whether it is of a class, or of one derived from it: ``Tumor: Positive`` is ``Tumor``."""
        return self.label == label or self.label.startswith(label + SEPARATOR)

    @property
    def is_ignored(self) -> bool:
        """Whether QuPath leaves its class out of measurements: ``Region*``, ``Ignore*``."""
        return self.label.endswith(IGNORED_MARK)

    @property
    def is_frame(self) -> bool:
        """Whether it says where tissue is, not what it is: a TMA core, the root."""
        return self.object_type in _FRAMES

    def flat(self) -> Iterator[Annotation]:
        """Give it and everything inside it, outermost first."""
        yield self
        for child in self.children:
            yield from child.flat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotations:
    """Everything drawn on one image.

    Attributes
    ----------
    items : tuple of Annotation
        Top level, in the order of the file.
    losses : tuple of Loss
        What reading could not keep; empty if everything was.
    format : str
        Where they came from: ``geojson``, ``w3c`` or ``asap``.
    facts : ImageFacts
        On which image, by whom.
    metadata : mapping of str to str
        Of the collection itself.
    """

    items: tuple[Annotation, ...] = ()
    losses: tuple[Loss, ...] = ()
    format: str = "geojson"
    facts: ImageFacts = UNKNOWN
    metadata: Mapping[str, str] = field(default_factory=dict)

    def flat(self) -> Iterator[Annotation]:
        """Give every annotation, those inside others too."""
        for item in self.items:
            yield from item.flat()

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes that occur, in the order of the file; without the empty one."""
        return tuple(dict.fromkeys(item.label for item in self.flat() if item.label))
