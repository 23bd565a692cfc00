"""What reading already noticed, as findings: skipped files, duplicates, lineages, odd values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from statkit.analysis.findings import Finding, Severity
from statkit.records import Notice

#: More notices of one kind than this become one finding.
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a notice of one kind counts.

    Attributes
    ----------
    rule : str
        The finding's rule.
    severity : {"info", "warning", "error"}
        error: something was lost, or contradicts.
    advice : str
        What to do.
    source : str
        Why.
    """

    rule: str
    severity: Severity
    advice: str
    source: str


#: By code, and by a part of the message where one code says several things; the first that fits.
READINGS: Final[tuple[tuple[str, str, Reading], ...]] = (
    (
        "skipped-file",
        "ends in the middle",
        Reading(
            rule="truncated-file",
            severity="error",
            advice="If it is still being written, ask again; else this record is lost: write atomically.",
            source="JSON ends at its closing bracket (RFC 8259)",
        ),
    ),
    (
        "skipped-file",
        "empty file",
        Reading(
            rule="truncated-file",
            severity="error",
            advice="The process died while writing it: write atomically.",
            source="JSON ends at its closing bracket (RFC 8259)",
        ),
    ),
    (
        "skipped-file",
        "",
        Reading(
            rule="skipped-file",
            severity="error",
            advice="Mend it, restore it, or move it out of the run's directory.",
            source="every file of a series counts",
        ),
    ),
    (
        "duplicate-step",
        "saved by hand",
        Reading(
            rule="duplicate-step",
            severity="info",
            advice="Nothing to do.",
            source="the original page saves copies on request",
        ),
    ),
    (
        "duplicate-step",
        "counted once",
        Reading(
            rule="duplicate-step",
            severity="warning",
            advice="Nothing is lost; look at why they were written twice.",
            source="records equal in every field are one record",
        ),
    ),
    (
        "duplicate-step",
        "several tables in one",
        Reading(
            rule="duplicate-step",
            severity="warning",
            advice="Give each table a file of its own, or tell them apart by --where.",
            source="one table has one record a step",
        ),
    ),
    (
        "duplicate-step",
        "",
        Reading(
            rule="duplicate-step",
            severity="error",
            advice="Keep the file that belongs to the run and move the other away.",
            source="one step has one record",
        ),
    ),
    (
        "mixed-lineage",
        "batch_idx",
        Reading(
            rule="mixed-lineage",
            severity="warning",
            advice="A resume writes batches again; --on-rewind says which to keep.",
            source="batch_idx rises within an epoch",
        ),
    ),
    (
        "mixed-lineage",
        "the step falls",
        Reading(
            rule="mixed-lineage",
            severity="warning",
            advice="A resume writes steps again; --on-rewind says which to keep.",
            source="the step rises within one training",
        ),
    ),
    (
        "mixed-lineage",
        "",
        Reading(
            rule="mixed-lineage",
            severity="error",
            advice="Two trainings share this directory: move the older one's files away, or say --on-rewind.",
            source="time rises with the step in one training",
        ),
    ),
    (
        "numeric-string",
        "count as missing",
        Reading(
            rule="numeric-string",
            severity="error",
            advice="These values are lost: write numbers as numbers.",
            source="a number in JSON has no quotes (RFC 8259)",
        ),
    ),
    (
        "numeric-string",
        "",
        Reading(
            rule="numeric-string",
            severity="warning",
            advice="They were converted; write numbers as numbers (.item() on a tensor).",
            source="a number in JSON has no quotes (RFC 8259)",
        ),
    ),
    (
        "non-finite",
        "",
        Reading(
            rule="non-finite",
            severity="warning",
            advice="statkit diagnose says where they begin; strict JSON has no NaN.",
            source="JSON has no NaN and no infinity (RFC 8259)",
        ),
    ),
    (
        "unit-suspect",
        "",
        Reading(
            rule="unit-suspect",
            severity="warning",
            advice="Find out which version of the program wrote which unit before comparing.",
            source="units differ between versions of the original program",
        ),
    ),
    (
        "no-validation-yet",
        "",
        Reading(
            rule="no-validation-yet",
            severity="warning",
            advice="These values are placeholders; no command takes them as best.",
            source="the original program writes 0.0 before its first validation",
        ),
    ),
    (
        "superseded-file",
        "",
        Reading(
            rule="superseded-file",
            severity="info",
            advice="Nothing to do: these files are cumulative, the newest holds all.",
            source="the original analyzer rewrites its list in every file",
        ),
    ),
)


def reported(notices: Sequence[Notice], run: str = "") -> Iterator[Finding]:
    """Turn notices into findings; many of one kind become one. ``run`` is the name not worth repeating."""
    kinds: dict[int, list[Notice]] = {}
    for notice in notices:
        kinds.setdefault(_kind(notice), []).append(notice)
    for kind, found in sorted(kinds.items()):
        reading = READINGS[kind][2] if kind >= 0 else _unknown(found[0].code)
        if len(found) == 1 or (len(found) <= _SHOWN and reading.severity != "info"):
            for notice in found:
                where = f"{notice.path}: " if notice.path != run else ""
                yield _finding(reading, f"{where}{notice.message}.")
        else:
            names = ", ".join(notice.path for notice in found[:3])
            more = f" and {len(found) - 3:,} more" if len(found) > 3 else ""
            yield _finding(reading, f"{len(found):,} files ({names}{more}); the first: {found[0].message}.")


def _kind(notice: Notice) -> int:
    for index, (code, part, _) in enumerate(READINGS):
        if notice.code == code and part in notice.message:
            return index
    return -1


def _unknown(code: str) -> Reading:
    return Reading(rule=code, severity="warning", advice="Read the message.", source="reported while reading")


def _finding(reading: Reading, evidence: str) -> Finding:
    return Finding(
        rule=reading.rule,
        severity=reading.severity,
        metric=None,
        steps=None,
        evidence=evidence,
        advice=reading.advice,
        source=reading.source,
    )
