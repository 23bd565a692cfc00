"""The clinical part of a report: the statement, the checklist, the images, the values."""

from __future__ import annotations

from statkit.analysis.clinical.facts import Computed, Images
from statkit.analysis.clinical.report import ClinicalReport
from statkit.views.document import Block, Document, Section, Strong
from statkit.views.report_blocks import count, number
from statkit.views.table import Table, words

#: Title of the section in the report of a training.
SECTION: str = "Clinical Assessment"


def clinical_blocks(report: ClinicalReport) -> list[Block]:
    """Lay out a clinical report as a section of another.

    Parameters
    ----------
    report : ClinicalReport
        Whatever comes from a file stands in tables, which make it inert.
    """
    blocks: list[Block] = [
        Strong(report.statement),
        Table(
            [
                words("item", [item.name for item in report.items]),
                words("status", [item.status for item in report.items]),
                words("evidence", [item.evidence for item in report.items]),
            ]
        ),
        report.scope,
    ]
    if report.images.sidecars or report.images.passed_over:
        blocks.append(_images(report.images))
    if report.computed:
        blocks.append(_computed(report.computed))
    if report.notes:
        blocks.append(Table([words("remark", list(report.notes))]))
    return [*blocks, report.guidelines]


def clinical_document(report: ClinicalReport) -> Document:
    """Lay out a clinical report by itself."""
    missing = (
        f"Not met or not assessed: {', '.join(report.missing)}." if report.missing else "Nothing is missing."
    )
    return Document(
        "Documentation for a clinical assessment",
        (Section(SECTION, clinical_blocks(report)), Section("Missing", [missing])),
    )


def _images(images: Images) -> Table:
    rows = {
        "sidecars read": images.sidecars - images.unread,
        "sidecars that could not be read": images.unread,
        "sidecars not looked at": images.passed_over,
        "images kept": images.tiles,
        "images of train": images.tiles_train,
        "images of val": images.tiles_val,
        "distinct images": images.distinct,
        "patients": "unknown" if images.patients is None else images.patients,
        "SHA-256 of the distinct images": images.sha256 or "–",
    }
    return Table([words("images", list(rows)), words("", list(rows.values()))], "What the values are of")


def _computed(computed: tuple[Computed, ...]) -> Table:
    return Table(
        [
            words("what", [each.what for each in computed]),
            number("value", [each.value for each in computed]),
            number("95 % from", [each.low for each in computed]),
            number("to", [each.high for each in computed]),
            number("p, adjusted", [each.p_adjusted for each in computed]),
            words("null", [each.null for each in computed]),
            count("images", [each.tiles for each in computed]),
            words("patients", ["unknown" if each.patients is None else each.patients for each in computed]),
            words("verdict", [each.verdict or "–" for each in computed]),
        ],
        "What was computed",
    )
