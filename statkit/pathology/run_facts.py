"""The facts of a run that a clinical report names, from its files; nothing of the tissue is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from statkit.analysis.clinical.batch_record import described
from statkit.analysis.clinical.checklist import STATED
from statkit.analysis.clinical.facts import Facts
from statkit.analysis.clinical.report import ClinicalReport, clinical_report
from statkit.sources.config import read_config

#: Sidecars of each phase that a report looks at, the latest ones: a training may leave thousands.
MOST_SIDECARS: Final = 32


def clinical_of(directory: str) -> ClinicalReport:
    """Make the clinical part of a run's report, as its files are.

    Parameters
    ----------
    directory : str
        Of a run.
    """
    return clinical_report(run_facts(directory))


def run_facts(directory: str, most: int | None = MOST_SIDECARS) -> Facts:
    """Gather what a run's files say: images, statements of the configuration, values of the last batches.

    Parameters
    ----------
    directory : str
        Of a run; without sidecars the images are none.
    most : int or None
        Sidecars of each phase to look at, the latest ones; None takes all.
    """
    from statkit.sources.sidecar import listed

    stated = statements(read_config(directory))
    if not listed(directory):
        return Facts(stated=stated)
    from statkit.pathology.image_facts import image_facts
    from statkit.pathology.samples import run_samples

    found = run_samples(directory, most=most)
    latest = {batch.phase: batch for batch in found.batches}
    computed = tuple(
        value
        for batch in latest.values()
        for value in described(batch.name, len(batch.images), patients_of(batch.patient_ids), batch.record)
    )
    return Facts(images=image_facts(found), stated=stated, computed=computed)


def patients_of(names: Iterable[str | None]) -> int | None:
    """Count patients; None where one or more is not named."""
    different = set(names)
    return None if None in different else len(different)


def statements(config: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Take what a configuration states in words, by the names in `STATED`."""
    return tuple((key, config[key]) for key in STATED if isinstance(config.get(key), str) and config[key])
