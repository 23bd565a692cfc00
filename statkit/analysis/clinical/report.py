"""The clinical report of a run: the checklist, what was computed, on which images, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from statkit.analysis.clinical.checklist import Item, checklist
from statkit.analysis.clinical.facts import Computed, Facts, Images
from statkit.analysis.result import Result

#: What is said of every run, whatever its files hold.
STATEMENT: Final = "Not assessed for clinical use. Research use only."

#: Where it is written what an assessment reports.
GUIDELINES: Final = (
    "Guidelines that say what such an assessment reports: CLAIM (2020, updated 2024), TRIPOD+AI (2024), "
    "STARD-AI, DECIDE-AI (2022), SPIRIT-AI and CONSORT-AI (2020). None is met by a training run."
)

#: What the status of an item is of.
SCOPE: Final = (
    "The status is that of the documents: whether the files of this run hold what the item asks for. It is "
    "no finding about the model."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalReport(Result):
    """How complete the documents of a run are.

    Attributes
    ----------
    statement : str
        `STATEMENT`, always.
    items : tuple of Item
        The checklist.
    missing : tuple of str
        Names of the items that are not met or not assessed.
    images : Images
        What the computed values are of.
    computed : tuple of Computed
        Values, intervals and nulls.
    notes : tuple of str
        Remarks of the computation.
    scope, guidelines : str
        What a status means, and where an assessment is described.
    """

    statement: str = STATEMENT
    items: tuple[Item, ...]
    missing: tuple[str, ...]
    images: Images
    computed: tuple[Computed, ...]
    notes: tuple[str, ...]
    scope: str = SCOPE
    guidelines: str = GUIDELINES

    def rows(self) -> list[dict[str, Any]]:
        """Give the checklist, one dict an item."""
        return [item.to_dict() for item in self.items]


def clinical_report(facts: Facts) -> ClinicalReport:
    """Make the report of what is known.

    Parameters
    ----------
    facts : Facts
        Of a run that left training data alone, the default ones: nothing is assessed then.
    """
    items = checklist(facts)
    return ClinicalReport(
        items=items,
        missing=tuple(item.name for item in items if item.status != "met"),
        images=facts.images,
        computed=facts.computed,
        notes=facts.notes,
    )
