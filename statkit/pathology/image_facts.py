"""How many images a run keeps, of whom, and which: the facts that a report names."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from statkit.analysis.clinical.facts import Images
from statkit.pathology.samples import RunSamples, Sample


def image_facts(found: RunSamples) -> Images:
    """Count the images of a run and name them by one hash.

    Parameters
    ----------
    found : RunSamples
        What its sidecars keep.
    """
    samples = found.samples()
    digests = sorted(sample.digest for sample in samples)
    train, val = found.samples("train"), found.samples("val")
    return Images(
        tiles=sum(len(batch.images) for batch in found.batches),
        distinct=len(samples),
        sha256=hashlib.sha256("\n".join(digests).encode("ascii")).hexdigest() if digests else None,
        tiles_train=sum(len(batch.images) for batch in found.batches if batch.phase == "train"),
        tiles_val=sum(len(batch.images) for batch in found.batches if batch.phase == "val"),
        patients=_patients(samples),
        named_samples=sum(sample.sample_id is not None for sample in samples),
        named_patients=sum(sample.patient is not None for sample in samples),
        with_mpp=sum(sample.mpp is not None for sample in samples),
        shared_patients=_shared(train, val),
        sidecars=found.files,
        unread=len(found.unread),
        passed_over=found.passed_over,
    )


def _patients(samples: Sequence[Sample]) -> int | None:
    names = {sample.patient for sample in samples}
    return len(names) if names and None not in names else None


def _shared(train: Sequence[Sample], val: Sequence[Sample]) -> int | None:
    """Count the patients of both phases; None unless every image names one and there are both."""
    sides = [{sample.patient for sample in side} for side in (train, val)]
    if not all(sides) or any(None in side for side in sides):
        return None
    return len(sides[0] & sides[1])
