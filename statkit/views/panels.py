"""The six panels of a dashboard: what they show, and the picture.

The same code draws them while a training runs and later, from a sidecar: the arrays of `Panels.to_arrays`
hold everything the picture shows, so both are the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from statkit.analysis.progress import Progress, ProgressCurve, Stability, progress
from statkit.views.picture import HEIGHT, WIDTH, rendered
from statkit.writers.atomic import replace_file

__all__ = ["HEIGHT", "WIDTH", "Panels", "draw", "drawn"]

_IMAGES, _ATTENTION, _CURVES = "images/", "attention/", "curves/"
_CURVE_ROWS: Final = ("steps", "means", "lows", "highs", "smoothed")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panels:
    """Everything one dashboard shows, as plain arrays and numbers.

    Attributes
    ----------
    phase : str
        ``train`` or ``val``.
    number : int
        Of the dashboard's file name: batches of this phase so far, across epochs.
    epoch, step, batch_index : int or None
        Where it stands: the epoch, optimiser steps so far, position within the phase of the epoch.
    images : dict of str to ndarray of uint8, shape (h, w, 3)
        ``input``, ``output`` and ``target`` of the first sample; absent where images are not kept.
    error : ndarray of float, shape (h, w), or None
        Mean over channels of (target - output)², both on the scale of ``meta["data_range"]``.
    attention : dict of str to ndarray of float, shape (h, w)
        By layer, first sample.
    history : mapping of str to sequence, all of one length
        ``step``, ``phase``, ``loss``, ``ssim`` of every record so far, None where there is none; any
        ``attention_<layer>_attention_entropy`` is shown as the evolution of attention.
    record : dict
        The batch's own record: means over the batch.
    meta : dict
        ``data_range``, ``kinds`` (layer to ``gate``, ``gate_from_io`` or ``energy``), ``sample_ids``,
        ``patient_ids``, ``mpp``, ``tile_origin``; each may be missing.
    progress : Progress or None
        What ``history`` comes to; made from it where None.
    """

    phase: str
    number: int
    epoch: int | None = None
    step: int | None = None
    batch_index: int | None = None
    images: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)
    error: NDArray[np.floating[Any]] | None = None
    attention: Mapping[str, NDArray[np.floating[Any]]] = field(default_factory=dict)
    history: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)
    progress: Progress | None = None

    def so_far(self) -> Progress:
        """Give the curves up to this batch."""
        return progress(self.history) if self.progress is None else self.progress

    def to_arrays(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Give arrays and plain values for a sidecar.

        Returns
        -------
        arrays : dict of str to ndarray
            ``images/<name>``, ``error``, ``attention/<n>``, ``curves/<n>``.
        meta : dict
            The rest, and the names that belong to the numbers.
        """
        found = self.so_far()
        layers = list(self.attention)
        arrays: dict[str, NDArray[Any]] = {_IMAGES + name: np.asarray(i) for name, i in self.images.items()}
        if self.error is not None:
            arrays["error"] = np.asarray(self.error, dtype=np.float32)
        for place, layer in enumerate(layers):
            arrays[f"{_ATTENTION}{place}"] = np.asarray(self.attention[layer], dtype=np.float32)
        for place, curve in enumerate(found.curves):
            arrays[f"{_CURVES}{place}"] = np.stack([getattr(curve, row) for row in _CURVE_ROWS])
        names = ("phase", "number", "epoch", "step", "batch_index")
        meta = {name: getattr(self, name) for name in names} | {
            "layers": layers,
            "curves": [{"metric": c.metric, "phase": c.phase, "records": c.records} for c in found.curves],
            "stability": [asdict(each) for each in found.stability],
            "record": dict(self.record),
            "meta": dict(self.meta),
        }
        return arrays, meta

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any], meta: Mapping[str, Any]) -> Panels:
        """Make panels of what `to_arrays` gave and a sidecar kept.

        Raises
        ------
        ValueError
            If something is missing or has another shape.
        """
        try:
            return cls._made({name: np.asarray(array) for name, array in arrays.items()}, meta)
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise ValueError(f"these are not the arrays of a dashboard: {error!r}") from None

    @classmethod
    def _made(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Panels:
        curves = tuple(
            ProgressCurve(
                **told, **dict(zip(_CURVE_ROWS, _of_shape(arrays[f"{_CURVES}{place}"], 2), strict=True))
            )
            for place, told in enumerate(meta["curves"])
        )
        stability = tuple(Stability(**told) for told in meta["stability"])
        images = {
            name.removeprefix(_IMAGES): _of_shape(array, 3)
            for name, array in arrays.items()
            if name.startswith(_IMAGES)
        }
        layers = {
            layer: _of_shape(arrays[f"{_ATTENTION}{place}"], 2) for place, layer in enumerate(meta["layers"])
        }
        return cls(
            phase=str(meta["phase"]),
            number=int(meta["number"]),
            epoch=meta["epoch"],
            step=meta["step"],
            batch_index=meta["batch_index"],
            images=images,
            error=_of_shape(arrays["error"], 2) if "error" in arrays else None,
            attention=layers,
            record=dict(meta["record"]),
            meta=dict(meta["meta"]),
            progress=Progress(curves=curves, stability=stability),
        )


def draw(panels: Panels, target: str | os.PathLike[str] | IO[bytes], palette: str = "seed") -> None:
    """Draw a dashboard as PNG: the same panels, the same bytes.

    Parameters
    ----------
    panels : Panels
        What to show.
    target : path or binary file
        A path is replaced atomically; its directory exists.
    palette : {"seed", "safe"}
        The colours of maps.

    Raises
    ------
    OSError
        If it cannot be written.
    ValueError
        If an array is no image or no map.
    """
    data = drawn(panels, palette)
    if isinstance(target, str | os.PathLike):
        replace_file(os.path.abspath(target), [data])
    else:
        target.write(data)


def drawn(panels: Panels, palette: str = "seed") -> bytes:
    """Give the bytes `draw` writes."""
    from statkit.views.dashboard import compose
    from statkit.views.pixels import PALETTES

    colours = PALETTES[palette]
    return rendered(lambda sheet: compose(sheet, panels, colours))


def _of_shape(array: NDArray[Any], sides: int) -> NDArray[Any]:
    if array.ndim != sides:
        raise ValueError(f"an array of shape {array.shape} where one of {sides} sides belongs")
    return array
