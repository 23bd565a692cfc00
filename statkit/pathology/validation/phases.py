"""Training against validation: the same means side by side, and their difference."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from statkit.analysis.bootstrap import Interval
from statkit.analysis.result import Result
from statkit.pathology.resampling import difference_interval
from statkit.pathology.validation.groups import PHASES, Group, Resampling, Together, Verdict, verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseDifference(Result):
    """One value in training and in validation.

    Attributes
    ----------
    layer, label, metric : str
        Of the attention, of the annotations, and which value.
    train, val : float or None
        The means over the images of either phase.
    train_images, val_images : int
        Different images each rests on.
    difference : float or None
        val - train.
    ci : tuple of float or None
        95 % interval of the difference, the patients of each phase resampled on their own; None where
        either phase has a single one.
    verdict : {"estimated", "insufficient"}
        ``insufficient`` with fewer than ten images in either.
    """

    layer: str
    label: str
    metric: str
    train: float | None
    val: float | None
    train_images: int
    val_images: int
    difference: float | None
    ci: Interval | None
    verdict: Verdict


def phase_differences(groups: Iterable[Group], resampling: Resampling) -> tuple[PhaseDifference, ...]:
    """Set training and validation side by side for every group that has both."""
    made: list[PhaseDifference] = []
    for group in groups:
        train, val = (group.together(phase, resampling) for phase in PHASES)
        if train is not None and val is not None:
            made += [_difference(group, place, train, val) for place in range(len(group.metrics))]
    return tuple(made)


def _difference(group: Group, place: int, train: Together, val: Together) -> PhaseDifference:
    before, after = train.means.means[place], val.means.means[place]
    several = min(train.owners(place), val.owners(place)) > 1
    return PhaseDifference(
        layer=group.layer or "",
        label=group.label,
        metric=group.metrics[place],
        train=before,
        val=after,
        train_images=train.images(place),
        val_images=val.images(place),
        difference=None if before is None or after is None else after - before,
        ci=difference_interval(train.means.draws[:, place], val.means.draws[:, place]) if several else None,
        verdict=verdict(min(train.images(place), val.images(place))),
    )
