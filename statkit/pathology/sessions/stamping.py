"""What each saved shape says of itself: the image, the rater, when it was drawn, and whether blinded."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from statkit.pathology.annotations import qupath
from statkit.pathology.annotations.facts import PREFIX, ImageFacts
from statkit.pathology.annotations.shape import Annotation, Annotations
from statkit.pathology.sessions.images import SessionImage

_CREATED_AT: Final = PREFIX + "created"


def facts_of(image: SessionImage, rater: str, sitting: str, shown: bool) -> ImageFacts:
    """Give what is known of an image, the rater, and whether the attention was seen."""
    return ImageFacts(
        image_sha256=image.sha256,
        image_size=image.size,
        rater=rater,
        session=sitting,
        overlay_shown=shown,
        mpp=image.mpp,
        tile_origin=image.tile_origin,
    )


def stamped(given: Annotations, before: Annotations, facts: ImageFacts, now: str) -> Annotations:
    """Give annotations whose shapes carry facts and, where they had none, an id.

    A shape that is saved already and did not change keeps what it said: the sitting it was drawn in, and that
    the attention had not been seen by then. One that was drawn with the attention seen keeps saying so.
    """
    kept = {item.id: item for item in before.items}
    items = [_named(item, facts, place) for place, item in enumerate(given.items)]
    return replace(
        given,
        items=tuple(_stamped(item, kept.get(item.id), facts, now) for item in items),
        metadata={},
        facts=facts,
    )


def _named(item: Annotation, facts: ImageFacts, place: int) -> Annotation:
    """Give a shape an id, the same for the same shape in the same place."""
    if item.id:
        return item
    said = f"{facts.image_sha256} {facts.rater} {place} {item.label} {item.geometry.wkt}"
    return replace(item, id=str(uuid.uuid5(uuid.NAMESPACE_OID, said)))


def _stamped(item: Annotation, before: Annotation | None, facts: ImageFacts, now: str) -> Annotation:
    own = {key: text for key, text in item.metadata.items() if not key.startswith(PREFIX)}
    if before is not None and _core(before) == _core(item):
        ours = {key: text for key, text in before.metadata.items() if key.startswith(PREFIX)}
        return replace(item, metadata={**own, **ours})
    known = {**item.metadata, **(before.metadata if before is not None else {})}
    sources = (known, item.metadata)
    seen = facts.overlay_shown or any(ImageFacts.from_metadata(each).overlay_shown for each in sources)
    created = known.get(_CREATED_AT, now)
    said = replace(facts, overlay_shown=seen).to_metadata()
    return replace(item, metadata={**own, **said, _CREATED_AT: created})


def is_same(one: Annotations, other: Annotations) -> bool:
    """Tell whether two sets of shapes are the same but for what we say of them ourselves."""
    return [_core(item) for item in one.items] == [_core(item) for item in other.items]


def _core(item: Annotation) -> bytes:
    return qupath.write(Annotations(items=(_unstamped(item),)))


def _unstamped(item: Annotation) -> Annotation:
    own: Mapping[str, str] = {k: text for k, text in item.metadata.items() if not k.startswith(PREFIX)}
    return replace(item, metadata=own)
