"""How far the attention covers what a rater drew: shown once it is submitted, never before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from statkit.pathology.annotations.shape import Annotations
    from statkit.pathology.sessions.images import SessionImage


def agreement(image: SessionImage, annotations: Annotations) -> dict[str, Any]:
    """Compare the attention of every layer with what was drawn, by class and together.

    As many pixels of highest attention count as were drawn, so by chance Dice is the drawn share of the
    image.

    Parameters
    ----------
    image : SessionImage
    annotations : Annotations
        In pixels of the image.

    Returns
    -------
    dict
        ``threshold``, and ``rows`` of ``layer``, ``label`` (null: everything drawn), ``iou``, ``dice``
        (null: undefined), ``fraction`` (drawn share, in [0, 1]).

    Raises
    ------
    SourceError
        The attention's file is gone or damaged.
    """
    from statkit.pathology.validation.thresholding import MATCHED

    return {"threshold": MATCHED, "rows": list(_rows(image, annotations))}


def _rows(image: SessionImage, annotations: Annotations) -> Iterator[dict[str, Any]]:
    from statkit.pathology.annotations.raster import rasterise
    from statkit.pathology.sessions.rendering import attention_map
    from statkit.pathology.validation.overlap import overlap
    from statkit.pathology.validation.thresholding import Threshold, attended

    width, height = image.size
    drawn_as = dict.fromkeys(each.label for each in annotations.flat() if not each.is_ignored)
    labels = [label for label in drawn_as if label]
    for layer in image.layers:
        attention = attention_map(image, layer)
        for label in labels if len(drawn_as) == len(labels) == 1 else [None, *labels]:
            drawn = rasterise(annotations, (height, width), labels=label)
            row: dict[str, Any] = {"layer": layer, "label": label, "fraction": float(drawn.mean())}
            seen = attended(attention, drawn, Threshold())
            found = None if seen is None else overlap(seen, drawn)
            yield {
                **row,
                "iou": None if found is None else found.iou,
                "dice": None if found is None else found.dice,
            }
