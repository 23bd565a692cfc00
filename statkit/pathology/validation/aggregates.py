"""Values of images put together: means with intervals, over all images and by phase."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from statkit.analysis.bootstrap import Interval
from statkit.analysis.result import Result
from statkit.pathology.validation.groups import Group, Resampling, Source, Verdict, verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate(Result):
    """One value over images.

    Attributes
    ----------
    source : {"model", "human", "raters"}
        Attention against the consensus, each rater against the consensus of the others, or raters among
        one another.
    layer : str or None
        Of the attention.
    label : str
        Of the annotations.
    phase : str or None
        ``train`` or ``val``; None over all.
    metric : str
        Which value.
    n, n_null : int
        Rows where it is defined, and where it is not.
    images, patients : int
        Different images among the n, and what was resampled: patients, an image for each whose patient is
        unknown.
    mean : float or None
        None where it is nowhere defined.
    ci : tuple of float or None
        95 % interval; None where a single patient leaves nothing to resample.
    verdict : {"estimated", "insufficient"}
        ``insufficient`` with fewer than ten images.
    """

    source: Source
    layer: str | None
    label: str
    phase: str | None
    metric: str
    n: int
    n_null: int
    images: int
    patients: int
    mean: float | None
    ci: Interval | None
    verdict: Verdict


def aggregated(groups: Iterable[Group], resampling: Resampling) -> tuple[Aggregate, ...]:
    """Put each group's values together: over all rows, and by phase where there are two."""
    return tuple(
        aggregate
        for group in groups
        for phase in ([None, *group.phases()] if len(group.phases()) > 1 else [None])
        for aggregate in _aggregates(group, phase, resampling)
    )


def _aggregates(group: Group, phase: str | None, resampling: Resampling) -> list[Aggregate]:
    found = group.together(phase, resampling)
    if found is None:
        return []
    return [
        Aggregate(
            source=group.source,
            layer=group.layer,
            label=group.label,
            phase=phase,
            metric=metric,
            n=len(found.known(place)),
            n_null=len(found.rows) - len(found.known(place)),
            images=found.images(place),
            patients=found.owners(place),
            mean=found.means.means[place],
            ci=found.means.intervals[place],
            verdict=verdict(found.images(place)),
        )
        for place, metric in enumerate(group.metrics)
    ]
