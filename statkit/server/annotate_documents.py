"""What the annotation page is told, as JSON objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from statkit import json_text

if TYPE_CHECKING:
    from statkit.pathology.annotations.loss import Loss
    from statkit.pathology.annotations.shape import Annotations
    from statkit.pathology.sessions.faults import ConflictError
    from statkit.pathology.sessions.images import SessionImage
    from statkit.pathology.sessions.store import AnnotationStore, Saved


def session(store: AnnotationStore, rater: str | None) -> dict[str, Any]:
    """Give images, classes and raters; with a rater, how far that one is."""
    known = store.session
    statuses = store.statuses(rater) if rater else ()
    return {
        "directory": known.directory,
        "images": [_image(image) for image in known.images],
        "classes": [{"name": name, "colour": list(colour)} for name, colour in known.classes.items()],
        "raters": list(known.raters),
        "losses": losses(known.losses),
        "statuses": [
            {
                "image": each.image,
                "revision": each.revision,
                "shapes": each.shapes,
                "submitted": each.is_submitted,
            }
            for each in statuses
        ],
    }


def _image(image: SessionImage) -> dict[str, Any]:
    return {
        "id": image.id,
        "title": image.title,
        "width": image.size[0],
        "height": image.size[1],
        "mpp": image.mpp,
        "layers": list(image.layers),
    }


def saved(found: Saved) -> dict[str, Any]:
    """Give what is saved of one image by one rater."""
    return {
        "revision": found.revision,
        "geojson": geojson(found.annotations),
        "submitted": found.submitted,
        "losses": losses(found.annotations.losses),
    }


def conflict(error: ConflictError) -> dict[str, Any]:
    """Give both versions."""
    return {
        "error": str(error),
        "revision": error.revision,
        "yours": geojson(error.yours),
        "theirs": geojson(error.theirs),
    }


def geojson(annotations: Annotations) -> dict[str, Any]:
    """Give annotations as the file on disk has them."""
    from statkit.pathology.annotations import qupath

    document: dict[str, Any] = json_text.loads(qupath.write(annotations))
    return document


def losses(found: Iterable[Loss]) -> list[dict[str, str]]:
    """Give a loss report."""
    return [{"where": loss.where, "what": loss.what} for loss in found]
