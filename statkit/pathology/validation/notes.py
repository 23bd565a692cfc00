"""What to know when reading the numbers of a validation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from statkit.errors import shortened
from statkit.pathology.resampling import LEAST_IMAGES
from statkit.pathology.validation.cases import ImageCase
from statkit.pathology.validation.groups import PHASES
from statkit.pathology.validation.measuring import Measure


def notes(cases: Sequence[ImageCase], measure: Measure) -> tuple[str, ...]:
    """Say in sentences what limits the answer; the same cases, the same notes."""
    return (*_numbers(measure), *_sample(cases), *_people(cases), *_units(cases, measure))


def _numbers(measure: Measure) -> Iterator[str]:
    if measure.threshold.quantile is None:
        yield (
            "As many pixels count as attended as are annotated, more where equal values cannot be told "
            "apart. Without such ties Dice (which is F1), precision and recall are one number, and by chance "
            "it is the annotated share of the image."
        )
    else:
        share = 1 - measure.threshold.quantile
        yield f"{share:.3g} of every image counts as attended. Dice is F1."
    yield "Agreement with a drawing is not relevance to a diagnosis, and no cut-off makes a value good."


def _sample(cases: Sequence[ImageCase]) -> Iterator[str]:
    images = len({case.identity for case in cases})
    if images < LEAST_IMAGES:
        yield (
            f"{images} image{'s' if images != 1 else ''}: insufficient to speak of more than "
            f"{'these' if images != 1 else 'this one'}; {LEAST_IMAGES} are the least."
        )
    unknown = len({case.identity for case in cases if case.patient is None})
    if unknown:
        yield (
            f"The patient of {unknown} of {images} images is unknown: each is resampled on its own, and "
            f"intervals are too short if some are of one patient."
        )
    train, val = ({case.patient for case in cases if case.phase == phase} - {None} for phase in PHASES)
    shared = sorted(str(name) for name in train & val)
    if shared:
        yield f"In training and in validation at once, so the two are not independent: {shortened(shared)}."
    before, after = ({case.identity for case in cases if case.phase == phase} for phase in PHASES)
    if before & after:
        yield f"Images in training and in validation at once: {len(before & after)}."


def _people(cases: Sequence[ImageCase]) -> Iterator[str]:
    if any(len(case.annotations) > 1 for case in cases):
        yield (
            "Attention is compared with the consensus of all raters, each rater with that of the others: "
            "both are shown side by side, neither is a ceiling."
        )
    seen = sorted({rater for case in cases for rater in case.unblinded})
    if seen:
        yield f"Drawn with the attention in view, so not independent of it: {shortened(seen)}."


def _units(cases: Sequence[ImageCase], measure: Measure) -> Iterator[str]:
    known = sum(case.mpp is not None for case in cases)
    if known and measure.unit == "px":
        yield f"Distances are in pixels: only {known} of {len(cases)} images say how large a pixel is."
