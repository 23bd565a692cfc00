"""The clinical report of a run: which parts of an assessment its files document."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from statkit.analysis.clinical.facts import Computed, Marked
from statkit.analysis.clinical.report import ClinicalReport, clinical_report
from statkit.errors import RunNotFoundError, SourceError, UsageError
from statkit.pathology.run_facts import run_facts

if TYPE_CHECKING:
    from statkit.pathology.association import Association
    from statkit.pathology.validation.aggregates import Aggregate
    from statkit.pathology.validation.validation import Validation

#: The file's name where nobody gives another.
REPORT_NAME: Final = "clinical_validation_report.md"

_AGREEMENT: Final = ("cohen_kappa", "fleiss_kappa", "krippendorff_alpha", "pairwise_dice")
_OVERLAP: Final = ("iou", "dice")


@dataclass(frozen=True, slots=True)
class ClinicalValidationReport:
    """The report; printed it is Markdown, a notebook shows it, `write` saves it.

    Attributes
    ----------
    report : ClinicalReport
        Its facts.
    """

    report: ClinicalReport

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """Markdown; the same files give the same text."""
        from statkit.views.clinical_report import clinical_document
        from statkit.views.document import markdown_text

        return markdown_text([clinical_document(self.report)])

    def to_dict(self) -> dict[str, Any]:
        """Give its facts as plain values: `ClinicalReport.to_dict`."""
        return self.report.to_dict()

    def write(self, path: str | os.PathLike[str] = REPORT_NAME) -> Path:
        """Write it to a file, whole or not at all.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        from statkit.writers.atomic import replace_file

        replace_file(os.path.abspath(path), [self.text.encode("utf-8", "replace")])
        return Path(path)

    def _repr_markdown_(self) -> str:
        return self.text


def generate_clinical_validation_report(
    summary: Mapping[str, Any] | str | os.PathLike[str],
    *,
    annotations: str | os.PathLike[str] | Validation | None = None,
    patients: Mapping[str, Iterable[object]] | None = None,
    mpp: float | None = None,
) -> ClinicalValidationReport:
    """Say which parts of a clinical assessment the files of a run document.

    What the images in its sidecars allow is computed: the association of attention with tissue, and, with
    annotations, the agreement with what people drew. Every line of the checklist is met, not met or not
    assessed, as far as documents go; there is no score and no verdict on the model.

    Parameters
    ----------
    summary : mapping or path
        What `AutomaticAnalyzer.get_batch_summary` gives, which names the run's directory; or that
        directory.
    annotations : path or Validation, optional
        A directory of annotations of the run's images, as ``statkit validate`` reads it, or what that
        computed.
    patients : mapping of str to iterable, optional
        By phase, ``train``, ``val``, ``test``, the patients of all its data, not of the images kept alone:
        only then can it be said that no patient is in two of them.
    mpp : float, optional
        Micrometres a pixel, for images whose sidecar does not say.

    Returns
    -------
    ClinicalValidationReport

    Raises
    ------
    RunNotFoundError
        The summary names no run, or its directory is gone.
    UsageError
        An option that cannot be, or annotations that belong to no image of the run.
    MissingExtraError
        Annotations were given, or images are there, and the extra ``pathology`` is not installed.

    Examples
    --------
    >>> report = generate_clinical_validation_report("examples/runs/dae_kan")
    >>> report.to_dict()["statement"]
    'Not assessed for clinical use. Research use only.'
    """
    directory = directory_of(summary)
    facts = run_facts(directory, most=None)
    if facts.images.tiles:
        facts = replace(facts, **_tissue(directory, mpp))
    if annotations is not None:
        found = _validated(directory, annotations, mpp)
        facts = replace(facts, marked=_marked(found), computed=(*facts.computed, *_overlaps(found)))
    if patients is not None:
        facts = replace(facts, **_everyone(patients))
    return ClinicalValidationReport(clinical_report(facts))


def directory_of(summary: Mapping[str, Any] | str | os.PathLike[str]) -> str:
    """Find the run that a summary is of.

    Raises
    ------
    RunNotFoundError
        It names none, or there is none.
    """
    named = summary.get("run") if isinstance(summary, Mapping) else summary
    if named is None:
        raise RunNotFoundError(
            "The summary names no run. Give what get_batch_summary() of an analyzer gives once it has seen a "
            "batch, or the run's directory."
        )
    path = os.fspath(named)
    if not os.path.isdir(path):
        raise RunNotFoundError(f"{path}: no such directory of a run.", path)
    return path


def _tissue(directory: str, mpp: float | None) -> dict[str, Any]:
    """Compute what the images allow."""
    from statkit.pathology.run_pathology import run_pathology

    try:
        found = run_pathology(directory, mpp=mpp)
    except SourceError:
        return {}
    if found.association is None:
        return {"notes": found.notes}
    return {
        "computed": _associations(found.association, found.images.patients is not None),
        "notes": found.notes,
    }


def _associations(found: Association, known: bool) -> tuple[Computed, ...]:
    """Take the rows; the patients count where those of all images are known."""
    rows = tuple(
        Computed(
            what=f"{row.layer} with {row.feature}: mean Spearman correlation",
            value=row.r,
            low=row.ci[0] if row.ci else None,
            high=row.ci[1] if row.ci else None,
            p_adjusted=row.p_adjusted,
            null=row.null or "none",
            tiles=row.n_images,
            patients=row.n_patients if known else None,
            verdict=row.verdict,
        )
        for row in found.associations
    )
    steady = found.spatial_consistency
    consistency = (
        () if steady is None else (Computed(what=f"{found.layer}: spatial_consistency", value=steady),)
    )
    return (*rows, *consistency)


def _validated(directory: str, annotations: Any, mpp: float | None) -> Validation:
    from statkit.pathology.validation.validation import Validation, validate

    if isinstance(annotations, Validation):
        return annotations
    from statkit.pathology.validation.matching import matched

    found = matched(directory, os.fspath(annotations), mpp=mpp)
    return validate(found.cases, warnings=found.notices)


def _marked(found: Validation) -> Marked:
    raters = Counter(
        image for image, _ in {(row.image, name) for row in found.per_image for name in row.raters}
    )
    told = [
        f"{each.metric} of {each.label} {each.mean:.3f} (images: {each.images})"
        for each in found.aggregates
        if each.source == "raters"
        and each.phase is None
        and each.mean is not None
        and each.metric in _AGREEMENT
    ]
    return Marked(
        files=sum(raters.values()),
        images=len(raters),
        raters=len(found.raters),
        by_two=sum(count > 1 for count in raters.values()),
        agreement="; ".join(told),
    )


def _overlaps(found: Validation) -> tuple[Computed, ...]:
    return tuple(
        _overlap(each, found) for each in found.aggregates
        if each.source == "model" and each.phase is None and each.metric in _OVERLAP
    )  # fmt: skip


def _overlap(each: Aggregate, found: Validation) -> Computed:
    return Computed(
        what=f"{each.layer} against {each.label} as drawn: {each.metric}, {found.threshold} threshold",
        value=each.mean,
        low=each.ci[0] if each.ci else None,
        high=each.ci[1] if each.ci else None,
        tiles=each.images,
        patients=None if found.patients is None else each.patients,
        verdict=each.verdict,
    )


def _everyone(patients: Mapping[str, Iterable[object]]) -> dict[str, Any]:
    if not isinstance(patients, Mapping) or any(isinstance(names, str) for names in patients.values()):
        raise UsageError('patients are given by phase: {"train": [ids…], "val": [ids…]}')
    sides = {phase: set(map(str, names)) for phase, names in patients.items()}
    shared = [
        name for name, times in Counter(n for side in sides.values() for n in side).items() if times > 1
    ]
    sizes = tuple((phase, len(names)) for phase, names in sides.items())
    return {"patients": sizes, "shared": len(shared)}
