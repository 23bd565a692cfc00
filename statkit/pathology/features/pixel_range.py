"""What an image's numbers mean: only RGB of a known scale goes into a measurement.

A network's input is often shifted and scaled. Such numbers look like an image and give features that
are merely wrong, so they are refused unless the caller says how to undo what was done to them.
"""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from statkit.analysis.arrays import Floats
from statkit.errors import UsageError

#: How a network's input becomes RGB in [0, 1] again: by name, or ``(mean, std)``, each one number or
#: three, of ``x = (rgb - mean) / std``.
Undo: TypeAlias = Literal["[-1,1]", "imagenet"] | tuple[Any, Any]

_NAMED: Final = {
    "[-1,1]": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}

#: What lies this far outside [0, 1] is rounding; a fortieth of an 8-bit level.
_SLACK: Final = 1e-4

#: Ranges that numbers outside [0, 1] may have, narrowest first, and what is then to be done.
_LOOKS: Final = (
    (
        -0.1,
        1.1,
        "If resampling overshot, use np.clip(image, 0, 1); if it is scaled to [-1, 1], undo='[-1,1]'",
    ),
    (-1.0, 1.0, "It looks scaled to [-1, 1] (undo='[-1,1]') or normalised by ImageNet (undo='imagenet')"),
    (
        -2.2,
        2.7,
        "It looks normalised by ImageNet (undo='imagenet') or by another (mean, std) (undo=(mean, std))",
    ),
    (0.0, 255.0, "It looks scaled to [0, 255]: divide by 255, or give it as uint8"),
    (0.0, 65535.0, "It looks like 16 bits a channel: divide by 65535"),
)
_UNKNOWN: Final = "If it was normalised, say how: undo=(mean, std), so that image * std + mean is in [0, 1]"


def pixels(image: Any, undo: Undo | None = None) -> Floats:
    """Give an image as RGB in [0, 1].

    Parameters
    ----------
    image : array_like, shape (H, W, 3)
        uint8, or floats in [0, 1]; with ``undo``, floats as the network saw them.
    undo : {"[-1,1]", "imagenet"} or (mean, std), optional
        What was done to the floats and is to be undone.

    Returns
    -------
    ndarray of float64, shape (H, W, 3)
        A dark image of another scale whose numbers happen to lie in [0, 1] cannot be told from one of
        this scale, and is taken as it is.

    Raises
    ------
    UsageError
        The image has another shape or type, holds NaN or infinity, or lies outside [0, 1] (after
        ``undo``); the message says what its numbers look like.

    Examples
    --------
    >>> import numpy as np
    >>> pixels(np.full((1, 1, 3), 255, np.uint8)).tolist()
    [[[1.0, 1.0, 1.0]]]
    >>> pixels(np.full((1, 1, 3), -1.0), undo="[-1,1]").tolist()
    [[[0.0, 0.0, 0.0]]]
    """
    given = _array(image)
    if given.dtype == np.uint8:
        if undo is not None:
            raise UsageError(
                f"Found uint8 together with undo={undo!r}; bytes are RGB already: leave undo out."
            )
        return given / 255.0
    if given.dtype.kind != "f":
        raise UsageError(f"Found an image of {given.dtype}; possible: uint8, or floats in [0, 1].")
    values = given.astype(np.float64)
    if not np.isfinite(values).all():
        bad = float(np.mean(~np.isfinite(values)))
        raise UsageError(
            f"Found NaN or infinity in {bad:.1%} of the image's numbers; fill or drop them first."
        )
    if undo is not None:
        mean, std = _scale(undo)
        values = values * std + mean
    _check_range(values, max(_SLACK, 4 * float(np.finfo(given.dtype).eps)), undo)
    return np.clip(values, 0.0, 1.0)


def undone(undo: Undo | None) -> str | None:
    """Say in a word what was undone: the name, or the mean and std that were given."""
    if undo is None or isinstance(undo, str):
        return undo
    mean, std = (np.asarray(part, dtype=np.float64).tolist() for part in undo)
    return f"mean {mean}, std {std}"


def _array(image: Any) -> NDArray[Any]:
    try:
        given = np.asarray(image)
    except (TypeError, ValueError, RuntimeError) as error:
        raise UsageError(f"Found no image: {error}. Give an array of shape (H, W, 3).") from None
    shape = given.shape
    if given.ndim == 3 and shape[2] == 3 and given.size:
        return given
    raise UsageError(f"Found an array of shape {shape}; a tile is (H, W, 3), RGB. {_shape_advice(shape)}")


def _shape_advice(shape: tuple[int, ...]) -> str:
    if 0 in shape:
        return "This one has no pixel."
    if len(shape) == 4:
        return "This looks like several: give one, or the list to features_of_images."
    if len(shape) == 2 or (len(shape) == 3 and shape[2] == 1):
        return "This is grey, and stains need colour."
    if len(shape) == 3 and shape[2] == 4:
        return "Drop the alpha channel: image[..., :3]."
    if len(shape) == 3 and shape[0] in (3, 4):
        return "Its channels come first: np.moveaxis(image, 0, -1)."
    return "Give one such array."


def _scale(undo: Undo) -> tuple[Floats, Floats]:
    """Give mean and standard deviation per channel."""
    found = _NAMED.get(undo.replace(" ", "")) if isinstance(undo, str) else undo
    try:
        mean, std = (np.broadcast_to(np.asarray(part, dtype=np.float64), (3,)) for part in found or ())
    except (TypeError, ValueError):
        raise UsageError(
            f"Found undo={undo!r}; possible: {', '.join(map(repr, _NAMED))}, or (mean, std), each one number "
            "or three."
        ) from None
    if not (np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all()):
        raise UsageError(f"Found undo={undo!r}; mean and std must be finite, std above 0.")
    return mean, std


def _check_range(values: Floats, slack: float, undo: Undo | None) -> None:
    low, high = float(values.min()), float(values.max())
    if low >= -slack and high <= 1 + slack:
        return
    span = f"[{low:.4g}, {high:.4g}]"
    if undo is not None:
        raise UsageError(
            f"After undo={undo!r} the image lies in {span}; not in [0, 1]: something else was done to it."
        )
    looks = (said for least, most, said in _LOOKS if low >= least - slack and high <= most + slack)
    raise UsageError(f"Found floats in {span}; possible: [0, 1], or uint8. {next(looks, _UNKNOWN)}.")
