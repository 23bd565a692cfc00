"""The checklist: what an assessment has to report, and which of it a run's files hold.

The items are those that the guidelines of `GUIDELINES` share. A status says how complete the documents
are, and nothing about a model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from statkit.analysis.clinical.facts import Facts
from statkit.analysis.result import Result

#: ``met``: the files hold what the item asks for. ``not met``: they show that something of it is missing.
#: ``not assessed``: they say nothing of it.
Status = Literal["met", "not met", "not assessed"]

#: The word of an association that rests on too few images or patients.
INSUFFICIENT: Final = "insufficient"

#: Keys of a run's configuration that are quoted as statements.
STATED: Final = ("intended_use", "data_provenance", "scanner", "stain", "failure_modes")

_LONGEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Result):
    """One line of the checklist.

    Attributes
    ----------
    name : str
        What is asked for.
    status : {"met", "not met", "not assessed"}
        Whether the files document it.
    evidence : str
        What the status rests on.
    """

    name: str
    status: Status
    evidence: str


def checklist(facts: Facts) -> tuple[Item, ...]:
    """Go through the checklist.

    Parameters
    ----------
    facts : Facts
        What is known.

    Returns
    -------
    tuple of Item
        Always the same eleven, in the same order.
    """
    return tuple(_item(name, look(facts)) for name, look in _ITEMS)


def _item(name: str, found: tuple[Status, str]) -> Item:
    return Item(name=name, status=found[0], evidence=found[1])


def _words(key: str) -> Callable[[Facts], tuple[Status, str]]:
    """Look for a statement in the run's configuration."""

    def look(facts: Facts) -> tuple[Status, str]:
        text = dict(facts.stated).get(key)
        if text is None:
            return "not assessed", f"the configuration has no {key}"
        short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
        return "met", f"stated in the configuration, unchecked: {short}"

    return look


def _outside(facts: Facts) -> tuple[Status, str]:
    return "not assessed", "the files of a training do not say"


def _provenance(facts: Facts) -> tuple[Status, str]:
    status, said = _words("data_provenance")(facts)
    images = facts.images
    if not images.tiles:
        return status, f"{said}; no images are kept"
    return status, (
        f"{said}; of {_count(images.distinct, 'image')} kept, {images.named_samples} name their sample, "
        f"{images.named_patients} their patient, {images.with_mpp} the size of a pixel"
    )


def _split(facts: Facts) -> tuple[Status, str]:
    if facts.patients is not None:
        shared = facts.shared or 0
        sizes = ", ".join(f"{count} in {phase}" for phase, count in facts.patients)
        if shared:
            return (
                "not met",
                f"as given by the caller, {_count(shared, 'patient')} in more than one phase ({sizes})",
            )
        if len(facts.patients) < 2:
            return "not assessed", f"as given by the caller: {sizes}, and none of another phase"
        return "met", f"as given by the caller, no patient in more than one phase ({sizes})"
    shared_kept = facts.images.shared_patients
    if shared_kept:
        return "not met", f"{_count(shared_kept, 'patient')} with kept images of both phases"
    if shared_kept == 0:
        return "not assessed", "no patient has kept images of both phases; images that are not kept may"
    return "not assessed", "patients are not named for all images kept of both phases"


def _reference(facts: Facts) -> tuple[Status, str]:
    marked = facts.marked
    if marked is None:
        return "not assessed", "no annotations were given"
    told = (
        f"{_count(marked.files, 'annotation file')} of {_count(marked.images, 'image')} by "
        f"{_count(marked.raters, 'rater')}, {_count(marked.by_two, 'image')} marked by two or more"
    )
    if not marked.by_two:
        return "not met", f"{told}: without a second rater there is no agreement"
    if not marked.agreement:
        return "not met", f"{told}: their agreement is not computed"
    return "met", f"{told}; {marked.agreement}"


def _subgroups(facts: Facts) -> tuple[Status, str]:
    named = dict(facts.stated)
    known = [f"{key}: {named[key]}"[:_LONGEST] for key in ("scanner", "stain") if key in named]
    told = f"; stated in the configuration, unchecked: {', '.join(known)}" if known else ""
    return "not assessed", f"no result is broken down by them{told}"


def _calibration(facts: Facts) -> tuple[Status, str]:
    return "not assessed", "no predicted probabilities and outcomes are in the files"


def _attention(facts: Facts) -> tuple[Status, str]:
    tested = [each for each in facts.computed if each.null != "none"]
    if not tested:
        many = [each for each in facts.computed if each.value is not None]
        told = f"; {_count(len(many), 'value')} without a test describe single batches" if many else ""
        return "not assessed", f"no association was tested{told}"
    tiles = max(each.tiles for each in tested)
    known = [each.patients for each in tested if each.patients is not None]
    patients = max(known) if len(known) == len(tested) else None
    nulls = ", ".join(sorted({each.null for each in tested}))
    told = f"{_count(len(tested), 'association')} on {_count(tiles, 'image')}, null: {nulls}"
    if patients is None:
        return "not met", f"{told}; which patients the images are of is not known"
    told += f", {_count(patients, 'patient')}"
    if all(each.verdict == INSUFFICIENT for each in tested):
        return "not met", f"{told}: insufficient"
    return "met", f"{told}; an association is no relevance"


_ITEMS: Final[tuple[tuple[str, Callable[[Facts], tuple[Status, str]]], ...]] = (
    ("intended use", _words("intended_use")),
    ("data provenance", _provenance),
    ("patient-level split of the data", _split),
    ("data from another site", _outside),
    ("reference standard and rater agreement", _reference),
    ("subgroups, scanners, stains", _subgroups),
    ("calibration", _calibration),
    ("failure modes", _words("failure_modes")),
    ("attention against pathology", _attention),
    ("human factors", _outside),
    ("prospective evidence", _outside),
)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
