"""Whether attention of one layer goes with one feature, over images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np

from statkit.analysis.bootstrap import Interval
from statkit.analysis.result import Result
from statkit.errors import UsageError
from statkit.pathology.association.correlation import crossed
from statkit.pathology.association.flat_row import flat_row
from statkit.pathology.association.grid import Shape
from statkit.pathology.association.maps import Bools
from statkit.pathology.association.patients import LEAST_PATIENTS, Patients
from statkit.pathology.association.side import Side
from statkit.pathology.association.swap_null import PERMUTATIONS, swap_test
from statkit.pathology.association.toroidal import shift_test
from statkit.pathology.resampling import LEAST_IMAGES, RESAMPLES, cluster_interval

#: What stands on the two sides: attention with a feature; the controls of attention with a feature as simple
#: as brightness, of such a feature in attention's place, and of attention with randomised weights.
Kind = Literal["attention", "simple feature", "simple feature as attention", "randomised weights"]
Null = Literal["image-swap", "toroidal shift (approximate)"]
Verdict = Literal["associated", "not shown", "insufficient"]

#: Adjusted p below which an association counts as shown.
LEVEL: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """How much is drawn: exchanges of the null, resamples of the interval, and the seed of both.

    Raises
    ------
    UsageError
        Nothing is to be drawn, or the seed is negative.
    """

    permutations: int = PERMUTATIONS
    resamples: int = RESAMPLES
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.permutations, self.resamples) < 1:
            raise UsageError(
                f"{self.permutations} permutations and {self.resamples} resamples; draw one of each or more, "
                f"by default {PERMUTATIONS} and {RESAMPLES}."
            )
        if self.seed < 0:
            raise UsageError(f"A seed of {self.seed}; possible: 0 or more.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureAssociation(Result):
    """Attention of one layer with one feature. An association is not a relevance.

    Attributes
    ----------
    kind : str
        ``attention``, or which control.
    layer, feature : str
        What stands on the two sides; under ``simple feature as attention`` the layer is that feature.
    grid : tuple of int
        Height and width, in cells, of the grid the maps meet on: the smallest of the layer.
    n_images, n_patients : int
        That everything here rests on.
    n_constant, n_nonfinite, n_missing : int
        Images left out: one of the maps has the same value everywhere; holds NaN or infinity; is not there.
    r : float or None
        Mean over images of Spearman's correlation over cells, in [-1, 1]; None without an image.
    ci : tuple of float or None
        95 % interval of ``r`` over patients (`resampling.cluster_interval`). Chance is at ``r_null``, not at
        0: what all maps share, a border for example, moves ``r`` and ``r_null`` alike.
    pearson : float or None
        Mean over images of Pearson's correlation.
    null : str or None
        ``image-swap`` (`swap_null`); ``toroidal shift (approximate)`` (`toroidal`) below ten images.
    r_null : float or None
        Mean of ``r`` under the null.
    p : float or None
        Two-sided, of ``r`` against the null; None where the null cannot be formed.
    p_adjusted : float or None
        After Benjamini & Hochberg over all layers and features; None for controls.
    verdict : str
        ``associated``: ``p_adjusted`` (of a control ``p``) below 0.05. ``not shown``: not so, which does not
        mean there is none. ``insufficient``: fewer than ten images or five patients.
    reason : str or None
        Why it is insufficient.
    """

    kind: Kind
    layer: str
    feature: str
    grid: Shape
    n_images: int
    n_patients: int
    n_constant: int
    n_nonfinite: int
    n_missing: int
    r: float | None
    ci: Interval | None
    pearson: float | None
    null: Null | None
    r_null: float | None
    p: float | None
    p_adjusted: float | None
    verdict: Verdict
    reason: str | None

    def rows(self) -> list[dict[str, Any]]:
        """Give the one row, the interval as its two ends."""
        return [flat_row(self.to_dict())]

    def adjusted(self, p_adjusted: float) -> FeatureAssociation:
        """Give the same with its adjusted p, and the verdict that follows."""
        return replace(self, p_adjusted=p_adjusted, verdict=_verdict(p_adjusted, self.reason))


def feature_association(
    attention: Side, feature: Side, patients: Patients, *, kind: Kind, names: tuple[str, str], draws: Draws
) -> FeatureAssociation:
    """Measure one layer against one feature.

    Parameters
    ----------
    attention, feature : Side
        On one grid, of the same n images.
    patients : Patients
        Of the n images.
    kind : str
    names : tuple of str
        Of the layer and of the feature.
    draws : Draws

    Returns
    -------
    FeatureAssociation
        Its p not adjusted for other tests.
    """
    kept = attention.with_(feature)
    owners = patients.owners[kept]
    each = attention.spearman(feature)
    n, n_patients = len(each), patients.count(kept)
    r = float(each.mean()) if n else None
    tested = _tested(attention, feature, kept, patients, r, draws)
    reason = tested.reason or _too_few(n, n_patients)
    return FeatureAssociation(
        kind=kind,
        layer=names[0],
        feature=names[1],
        grid=attention.grid,
        n_images=n,
        n_patients=n_patients,
        **_left_out(attention, feature),
        r=r,
        ci=cluster_interval(each, owners, resamples=draws.resamples, seed=draws.seed),
        pearson=float(attention.pearson(feature).mean()) if n else None,
        null=tested.null,
        r_null=tested.r_null,
        p=tested.p,
        p_adjusted=None,
        verdict=_verdict(tested.p, reason),
        reason=reason,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    null: Null | None = None
    r_null: float | None = None
    p: float | None = None
    reason: str | None = None


def _tested(
    attention: Side, feature: Side, kept: Bools, patients: Patients, r: float | None, draws: Draws
) -> _Tested:
    """Test by swapping images, or, with too few of them, by shifting maps."""
    first, second = attention.ranks[kept], feature.ranks[kept]
    if r is None:
        return _Tested()
    if len(first) < LEAST_IMAGES:
        shifted = shift_test(first, second, attention.grid)
        return _Tested(null="toroidal shift (approximate)", r_null=shifted.shifted_mean, p=shifted.p_value)
    swapped = swap_test(
        crossed(first, second),
        patients.owners[kept],
        observed=r,
        permutations=draws.permutations,
        seed=draws.seed,
    )
    return _Tested(null="image-swap", r_null=swapped.swapped_mean, p=swapped.p_value, reason=swapped.reason)


def _left_out(attention: Side, feature: Side) -> dict[str, int]:
    """Count images left out, each once: no map, else a number that is none, else no variation."""
    missing = attention.maps.missing | feature.maps.missing
    nonfinite = (attention.maps.nonfinite | feature.maps.nonfinite) & ~missing
    constant = (attention.maps.constant | feature.maps.constant) & ~missing & ~nonfinite
    return {
        "n_constant": int(np.count_nonzero(constant)),
        "n_nonfinite": int(np.count_nonzero(nonfinite)),
        "n_missing": int(np.count_nonzero(missing)),
    }


def _too_few(images: int, patients: int) -> str | None:
    if images < LEAST_IMAGES:
        return f"{images} image{'' if images == 1 else 's'}; {LEAST_IMAGES} are the least"
    if patients < LEAST_PATIENTS:
        return f"{patients} patient{'' if patients == 1 else 's'}; {LEAST_PATIENTS} are the least"
    return None


def _verdict(p: float | None, reason: str | None) -> Verdict:
    if p is None or reason is not None:
        return "insufficient"
    return "associated" if p < LEVEL else "not shown"
