"""The tissue of a run, after the training: features of its images, and how attention goes with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from statkit.analysis.clinical.facts import Images
from statkit.analysis.result import Result
from statkit.errors import SourceError, UsageError
from statkit.pathology.association import Association
from statkit.pathology.association.swap_null import PERMUTATIONS
from statkit.pathology.batch_values import USUAL_STAINS, batch_values, looked_back
from statkit.pathology.feature_summary import FeatureSummary, summarised
from statkit.pathology.features import features_of_images
from statkit.pathology.features.tile import checked_mpp
from statkit.pathology.image_facts import image_facts
from statkit.pathology.run_association import run_association
from statkit.pathology.samples import RunSamples, Sample, run_samples

#: Told how much is done, and of how much.
Progress = Callable[[int, int], None]

_PHASES: Final = ("train", "val")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPathology(Result):
    """What the images of a run's sidecars say.

    Attributes
    ----------
    images : Images
        How many, of whom, and their hash.
    stains : str
        What the tissue was taken to be stained with.
    phase : str or None
        Whose images the association is of; None where none has attention.
    features : tuple of dict
        A row a distinct image: ``image`` (the last sidecar and the place in it), ``phase``, ``sample_id``,
        ``patient_id``, ``sha256``, and the attributes of `features.TileFeatures`.
    summary : tuple of FeatureSummary
        Each feature over the images.
    association : Association or None
        Attention with features, over images.
    batches : tuple of dict
        A row a sidecar: ``batch`` and what `batch_values` gives, the numbers its record holds.
    unread : tuple of (str, str)
        Sidecars that could not be read, and why.
    notes : tuple of str
        What to know of all this.
    """

    images: Images
    stains: str
    phase: str | None
    features: tuple[dict[str, Any], ...]
    summary: tuple[FeatureSummary, ...]
    association: Association | None
    batches: tuple[dict[str, Any], ...]
    unread: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Give the features, one dict an image."""
        return [dict(row) for row in self.features]


def run_pathology(
    directory: str,
    *,
    stains: str | None = None,
    mpp: float | None = None,
    phase: str | None = None,
    jobs: int = 1,
    permutations: int = PERMUTATIONS,
    progress: Progress = lambda done, total: None,
) -> RunPathology:
    """Measure the tissue of a run's images, and how attention goes with it.

    Parameters
    ----------
    directory : str
        Where the sidecars lie.
    stains : {"H&E", "H-DAB", "macenko"} or None
        None takes what the training said, else ``H&E``.
    mpp : float or None
        Micrometres a pixel, for images whose sidecar does not say.
    phase : {"train", "val"} or None
        Which images; None takes all, and for the association those of ``val`` where there are any.
    jobs : int
        Processes that measure features.
    permutations : int
        Of the image-swap null.
    progress : callable
        Told ``done, total`` as images are measured.

    Raises
    ------
    SourceError
        No sidecar with an image is there, or none can be read.
    UsageError
        An option that does not exist, sidecars that disagree on the stains, an image that is refused.
    """
    if phase not in (None, *_PHASES):
        raise UsageError(f"phase {phase!r} is unknown. Possible: {', '.join(_PHASES)}.")
    checked_mpp(mpp)
    found = run_samples(directory, phase)
    samples = found.samples()
    if not samples:
        raise SourceError(_nothing(found, directory), directory)
    chosen, notes = _stains(found, stains)
    count = _Count(progress, len(samples) * 2 + len(found.batches))
    features = _features(samples, chosen, mpp, jobs, count)
    side = phase or ("val" if found.samples("val") else "train")
    associated = run_association(found, side, chosen, mpp=mpp, permutations=permutations, progress=count.one)
    return RunPathology(
        images=image_facts(found),
        stains=chosen,
        phase=None if associated is None else side,
        features=tuple(features),
        summary=summarised(features),
        association=None if associated is None else associated.result,
        batches=tuple(_batches(found, stains, mpp, count)),
        unread=found.unread,
        notes=(*notes, *(() if associated is None else (*associated.notes, *associated.result.notes))),
    )


class _Count:
    """Adds up what is done."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def one(self) -> None:
        """Count one more."""
        self._done += 1
        self._progress(min(self._done, self._total), self._total)


def _nothing(found: RunSamples, directory: str) -> str:
    if found.unread:
        return f"{directory}: none of {found.files} sidecars can be read: {found.unread[0][1]}"
    if found.files:
        return (
            f"{directory}: its {found.files} sidecars keep no image. Train with store_images=True and, for "
            "several images a batch, pathology=True."
        )
    return (
        f"{directory}: no sidecar of a dashboard is there. A training leaves them with "
        "AutomaticAnalyzer(…, pathology=True)."
    )


def _stains(found: RunSamples, asked: str | None) -> tuple[str, tuple[str, ...]]:
    if asked is not None:
        return asked, ()
    told = sorted({batch.stains for batch in found.batches if batch.stains is not None})
    if len(told) > 1:
        raise UsageError(f"Sidecars of one run name the stains {' and '.join(told)}. Choose one: --stains.")
    if told:
        return told[0], ()
    return USUAL_STAINS, (f"The stains are named nowhere; {USUAL_STAINS} was taken. --stains names them.",)


def _features(
    samples: Sequence[Sample], stains: str, mpp: float | None, jobs: int, count: _Count
) -> list[dict[str, Any]]:
    """Measure every image, those of one size of a pixel together."""
    sizes: dict[float | None, list[int]] = {}
    for place, sample in enumerate(samples):
        sizes.setdefault(sample.mpp or mpp, []).append(place)
    measured: dict[int, dict[str, Any]] = {}
    for size, places in sizes.items():
        images = [samples[place].image for place in places]
        found = features_of_images(
            images, stains=stains, mpp=size, jobs=jobs, progress=lambda done, total: count.one()
        )
        measured |= dict(zip(places, (each.to_dict() for each in found), strict=True))
    return [_named(sample) | measured[place] for place, sample in enumerate(samples)]


def _named(sample: Sample) -> dict[str, Any]:
    batch, place = sample.times[-1]
    return {
        "image": f"{batch.name}[{place}]",
        "phase": batch.phase,
        "sample_id": sample.sample_id,
        "patient_id": sample.patient,
        "sha256": sample.digest,
    }


def _batches(found: RunSamples, stains: str | None, mpp: float | None, count: _Count) -> list[dict[str, Any]]:
    """Compute what a training keeps with each dashboard, from the same files."""
    rows = []
    for batch in found.batches:
        looked_at = looked_back(batch.path)
        before = [each for each in found.batches if each.path in looked_at]
        rows.append({"batch": batch.name, **batch_values(batch, before, stains, mpp)})
        count.one()
    return rows
