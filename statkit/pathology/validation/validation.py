"""Attention against what people drew: every image, means with intervals, raters, training and validation."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from statkit.analysis.result import Result
from statkit.errors import UsageError, shortened
from statkit.pathology.resampling import RESAMPLES
from statkit.pathology.validation.aggregates import Aggregate, aggregated
from statkit.pathology.validation.agreement import (
    AGREEMENTS,
    HUMAN,
    Agreement,
    HumanAgreement,
    agreement,
    human_agreement,
    pooled_alpha,
)
from statkit.pathology.validation.cases import CaseRow, ImageCase
from statkit.pathology.validation.consensus import METHODS, Method
from statkit.pathology.validation.consensus import consensus as one_mask
from statkit.pathology.validation.distances import IMPLEMENTATION, Unit
from statkit.pathology.validation.groups import PHASES, Group, Resampling, Source
from statkit.pathology.validation.measuring import VALUES, Measure, Measured, measured
from statkit.pathology.validation.notes import notes
from statkit.pathology.validation.phases import PhaseDifference, phase_differences
from statkit.pathology.validation.thresholding import Threshold
from statkit.records import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation(Result):
    """How far attention, or any mask, and annotations agree.

    Attributes
    ----------
    run, path : str
        The run's name and where it is; empty where arrays were handed in.
    cases, images : int
        Images with an annotation, and how many of them are different pictures.
    patients : int or None
        How many patients they are of; None where a patient is unknown.
    layers, labels, raters : tuple of str
    threshold : str
        ``matched`` or ``quantile:q``: how much of an image counts as attended.
    consensus : {"staple", "majority"}
        How several raters' masks became one.
    tolerance, unit : float, {"px", "µm"}
        Of NSD, and of all distances.
    implementation : str
        What the distances are.
    resamples, seed : int
        Of the intervals.
    per_image : tuple of Measured
        One a case, label and layer.
    aggregates : tuple of Aggregate
        Means over images: of the model, of each rater against the others, of the raters' agreement.
    phases : tuple of PhaseDifference
        Training and validation side by side; empty unless both were annotated.
    agreement : tuple of Agreement
        The raters of each image among one another.
    humans : tuple of HumanAgreement
        Each rater of an image against the consensus of the others.
    pooled_alpha : mapping of str to float or None
        By label, Krippendorff's α over the pixels of all images; empty with a single rater.
    notes : tuple of str
        What to know when reading the numbers.
    warnings : tuple of Notice
        Files and images that were left out, and why.
    """

    run: str
    path: str
    cases: int
    images: int
    patients: int | None
    layers: tuple[str, ...]
    labels: tuple[str, ...]
    raters: tuple[str, ...]
    threshold: str
    consensus: Method
    tolerance: float
    unit: Unit
    implementation: str
    resamples: int
    seed: int
    per_image: tuple[Measured, ...]
    aggregates: tuple[Aggregate, ...]
    phases: tuple[PhaseDifference, ...]
    agreement: tuple[Agreement, ...]
    humans: tuple[HumanAgreement, ...]
    pooled_alpha: dict[str, float | None]
    notes: tuple[str, ...]
    warnings: tuple[Notice, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """One dict an image, label and layer."""
        return [{**row.to_dict(), "raters": ", ".join(row.raters)} for row in self.per_image]


def validate(
    cases: Sequence[ImageCase],
    *,
    layers: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
    threshold: str = "matched",
    tolerance: float = 2.0,
    consensus: Method = "staple",
    resamples: int = RESAMPLES,
    seed: int = 0,
    run: str = "",
    path: str = "",
    warnings: Sequence[Notice] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Validation:
    """Compare attention with annotations.

    Parameters
    ----------
    cases : sequence of ImageCase
        Those with an annotation; one at least.
    layers, labels : sequence of str or None
        Which; None takes all there are.
    threshold : str
        ``matched`` keeps as many pixels of highest attention as the annotation has; ``quantile:0.8`` a
        fifth of the image.
    tolerance : float
        For NSD: in µm where every case has an ``mpp``, else in pixels.
    consensus : {"staple", "majority"}
        How several raters' masks become one.
    resamples, seed : int
        Of the intervals: patients are drawn, then images within; images where patients are unknown.
    run, path, warnings
        Handed on to the answer.
    progress : callable
        Told how many of how many images are done.

    Returns
    -------
    Validation
        The same input gives the same numbers.

    Raises
    ------
    UsageError
        No case, two of one name, a layer or label that does not exist, an unknown option, or arrays
        that do not fit.
    """
    _check(cases, tolerance, consensus, resamples, seed)
    unit: Unit = "µm" if all(case.mpp is not None for case in cases) else "px"
    measure = Measure(
        threshold=Threshold.parse(threshold), tolerance=float(tolerance), unit=unit, consensus=consensus
    )
    chosen = _chosen("layer", layers, [name for case in cases for name in case.attention])
    drawn = _chosen("label", labels, sorted(label for case in cases for label in case.labels))
    found = _Rows()
    for number, case in enumerate(cases, 1):
        for label in drawn:
            found.take(case, label, chosen, measure)
        progress(number, len(cases))
    model = list(_groups("model", found.model, VALUES))
    people = [*_groups("human", found.humans, HUMAN), *_groups("raters", found.raters, AGREEMENTS)]
    resampling = Resampling(resamples=resamples, seed=seed)
    patients = {case.patient for case in cases}
    return Validation(
        run=run,
        path=path,
        cases=len(cases),
        images=len({case.identity for case in cases}),
        patients=None if None in patients else len(patients),
        layers=tuple(chosen),
        labels=tuple(drawn),
        raters=tuple(sorted({rater for case in cases for rater in case.annotations})),
        threshold=str(measure.threshold),
        consensus=consensus,
        tolerance=measure.tolerance,
        unit=unit,
        implementation=IMPLEMENTATION,
        resamples=resamples,
        seed=seed,
        per_image=tuple(found.model),
        aggregates=aggregated([*model, *people], resampling),
        phases=phase_differences(model, resampling),
        agreement=tuple(found.raters),
        humans=tuple(found.humans),
        pooled_alpha={label: pooled_alpha(cases, label) for label in drawn} if found.raters else {},
        notes=notes(cases, measure),
        warnings=tuple(warnings),
    )


@dataclass(slots=True)
class _Rows:
    """What single images say, as it comes."""

    model: list[Measured] = field(default_factory=list)
    raters: list[Agreement] = field(default_factory=list)
    humans: list[HumanAgreement] = field(default_factory=list)

    def take(self, case: ImageCase, label: str, layers: Sequence[str], measure: Measure) -> None:
        truth = one_mask(np.stack(list(case.masks(label).values())), measure.consensus)
        self.model += measured(case, label, truth, layers, measure)
        among = agreement(case, label)
        if among is not None:
            self.raters.append(among)
            self.humans += human_agreement(case, label, measure)


def _check(cases: Sequence[ImageCase], tolerance: float, consensus: str, resamples: int, seed: int) -> None:
    if not cases:
        raise UsageError("no image with an annotation: nothing to compare.")
    if consensus not in METHODS:
        raise UsageError(f"consensus {consensus!r} is unknown. Possible: {', '.join(METHODS)}.")
    if not (math.isfinite(tolerance) and tolerance >= 0):
        raise UsageError(f"a tolerance of {tolerance}: it is a distance of 0 or more.")
    if resamples < 1:
        raise UsageError(f"{resamples} resamples: an interval takes one at least.")
    if seed < 0:
        raise UsageError(f"a seed of {seed}: it is 0 or more.")
    phases = {case.phase for case in cases} - {None, *PHASES}
    if phases:
        raise UsageError(f"phase {phases.pop()!r} is unknown. Possible: {', '.join(PHASES)}, or None.")
    twice = [name for name, times in Counter(case.image for case in cases).items() if times > 1]
    if twice:
        raise UsageError(f"two images are called {twice[0]!r}: give each its own name.")


def _chosen(kind: str, asked: Sequence[str] | None, existing: Sequence[str]) -> list[str]:
    """Take the names asked for, or all, each once."""
    names = list(dict.fromkeys(existing))
    if asked is None and names:
        return names
    missing = [name for name in asked or [""] if name not in names]
    if missing:
        found = f"It has: {shortened(names)}." if names else "There is none."
        raise UsageError(f"no {kind} {missing[0]!r} in these images. {found}")
    return list(dict.fromkeys(asked or []))


def _groups(source: Source, rows: Sequence[CaseRow], metrics: tuple[str, ...]) -> Iterator[Group]:
    """Sort rows by layer and label, in the order they came."""
    sorted_rows: dict[tuple[str | None, str], list[CaseRow]] = {}
    for row in rows:
        sorted_rows.setdefault((getattr(row, "layer", None), row.label), []).append(row)
    for (layer, label), group in sorted_rows.items():
        yield Group(source=source, layer=layer, label=label, metrics=metrics, rows=group)
