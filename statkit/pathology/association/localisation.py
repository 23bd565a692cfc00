"""How far attention lies on a mask: one row a layer and mask, over images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from statkit.analysis.arrays import Floats
from statkit.analysis.bootstrap import Interval
from statkit.analysis.result import Result
from statkit.pathology.association.flat_row import flat_row
from statkit.pathology.association.located import Fault, Located, locate
from statkit.pathology.association.maps import Bools
from statkit.pathology.association.patients import Patients
from statkit.pathology.resampling import LEAST_IMAGES, RESAMPLES, cluster_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Localisation(Result):
    """Means of `located.Located` over images, with 95 % intervals over patients.

    Attributes
    ----------
    layer, mask : str
    n_images, n_patients : int
        That the means rest on.
    n_constant, n_nonfinite, n_missing : int
        Images left out: attention the same everywhere; attention with NaN or infinity; no map or no mask.
    n_empty, n_full : int
        Images left out because the mask covers nothing or everything, so that nothing can be told apart.
    insufficient : bool
        Fewer than ten images: the means speak of these images alone.
    tolerance_px : float
        Of the pointing game, pixels of the mask.
    area, pointing_game, pointing_chance, energy, lift, average_precision, roc_auc, iou, dice : float or None
        Means, as `located.Located` defines them; None without an image.
    pointing_game_ci, energy_ci, lift_ci, average_precision_ci, roc_auc_ci, iou_ci, dice_ci
        From `resampling.cluster_interval`: tuple of float, or None below two patients.
    """

    layer: str
    mask: str
    n_images: int
    n_patients: int
    n_constant: int
    n_nonfinite: int
    n_missing: int
    n_empty: int
    n_full: int
    insufficient: bool
    tolerance_px: float
    area: float | None
    pointing_game: float | None
    pointing_game_ci: Interval | None
    pointing_chance: float | None
    energy: float | None
    energy_ci: Interval | None
    lift: float | None
    lift_ci: Interval | None
    average_precision: float | None
    average_precision_ci: Interval | None
    roc_auc: float | None
    roc_auc_ci: Interval | None
    iou: float | None
    iou_ci: Interval | None
    dice: float | None
    dice_ci: Interval | None

    def rows(self) -> list[dict[str, Any]]:
        """Give the one row, each interval as its two ends."""
        return [flat_row(self.to_dict())]


_CHANCES: Final = ("area", "pointing_chance")
_MEASURES: Final = ("pointing_game", "energy", "lift", "average_precision", "roc_auc", "iou", "dice")


def localise(
    layer: str,
    attention: Sequence[Floats | None],
    masks: Mapping[str, Sequence[Bools | None]],
    patients: Patients,
    *,
    tolerance: float = 0.0,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Localisation]:
    """Measure one layer against every mask, over all images.

    Parameters
    ----------
    layer : str
    attention : sequence of ndarray, shape (h, w), or None
        From `maps.planes`; n images.
    masks : mapping of sequences of ndarray of bool, shape (H, W), or None
        From `maps.mask_planes`, by name; n images each.
    patients : Patients
        Of the n images.
    tolerance : float
        Of the pointing game, pixels of the mask.
    resamples, seed : int
        Of the intervals.

    Returns
    -------
    list of Localisation
        One a mask, in the order given.
    """
    found = [
        locate(plane, {name: planes[at] for name, planes in masks.items()}, tolerance=tolerance)
        for at, plane in enumerate(attention)
    ]
    rows = []
    for name in masks:
        images = [each[name] for each in found]
        faults: Counter[Fault] = Counter(each for each in images if not isinstance(each, Located))
        kept = np.array([isinstance(each, Located) for each in images], dtype=bool)
        rows.append(
            Localisation(
                layer=layer,
                mask=name,
                n_images=int(kept.sum()),
                n_patients=patients.count(kept),
                n_constant=faults["constant"],
                n_nonfinite=faults["nonfinite"],
                n_missing=faults["missing"],
                n_empty=faults["empty"],
                n_full=faults["full"],
                insufficient=int(kept.sum()) < LEAST_IMAGES,
                tolerance_px=tolerance,
                **_means(
                    [each for each in images if isinstance(each, Located)],
                    patients.owners[kept],
                    resamples,
                    seed,
                ),
            )
        )
    return rows


def _means(located: Sequence[Located], owners: Any, resamples: int, seed: int) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name in (*_CHANCES, *_MEASURES):
        values = np.array([getattr(each, name) for each in located])
        told[name] = float(values.mean()) if len(values) else None
        if name in _MEASURES:
            told[f"{name}_ci"] = cluster_interval(values, owners, resamples=resamples, seed=seed)
    return told
