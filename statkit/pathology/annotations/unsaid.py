"""What a format of fewer words than QuPath's cannot say of an annotation."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from statkit.pathology.annotations.loss import LossReport
from statkit.pathology.annotations.shape import Annotation, Annotations

_WORDS: Final = {
    "id": "id",
    "name": "name",
    "label": "class",
    "colour": "colour",
    "label_colour": "colour of its class",
    "object_type": "object type",
    "locked": "lock",
    "ellipse": "being an ellipse",
    "plane": "plane",
    "nucleus": "nucleus",
    "measurements": "measurements",
    "metadata": "metadata",
    "children": "place above what lies inside it",
}
_PLAIN: Final = Annotation(geometry=None)


def unsaid(item: Annotation, kept: Collection[str], keys: Collection[str] = ()) -> Iterator[str]:
    """Name the fields in use that are not among those a format keeps; of metadata it may keep some keys."""
    for field, words in _WORDS.items():
        if field not in kept and getattr(item, field) != getattr(_PLAIN, field):
            if field == "metadata" and not set(item.metadata) - set(keys):
                continue
            yield words


def note_unsaid(
    annotations: Annotations, kept: Collection[str], report: LossReport, keys: Collection[str] = ()
) -> None:
    """Report what a format does not keep, of each annotation and of all together."""
    if (annotations.metadata.keys() | annotations.facts.to_metadata().keys()) - set(keys):
        report.add("all annotations", "not kept: what is known of the image and of the session")
    for number, item in enumerate(annotations.flat(), start=1):
        lost = list(unsaid(item, kept, keys))
        if lost:
            report.add(f"annotation {number}", f"not kept: its {', '.join(lost)}")
