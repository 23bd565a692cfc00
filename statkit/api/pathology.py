"""The tissue of runs, after the training: from the sidecars of their dashboards alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statkit.analysis.result import Result
from statkit.api.inputs import Input, many
from statkit.data.run import Run

if TYPE_CHECKING:
    from statkit.pathology.run_pathology import RunPathology


@dataclass(frozen=True, slots=True, kw_only=True)
class Tissue(Result):
    """What the images of one run say.

    Attributes
    ----------
    run, path : str
        The run's name, and where it is.
    found : RunPathology
        Features of its images, and how attention goes with them.
    """

    run: str
    path: str
    found: RunPathology

    def to_dict(self) -> dict[str, Any]:
        """Give the run, its features, and each part of the association as a list of its own."""
        told = self.found.to_dict()
        association = told["association"] or {}
        single = ("layer", "nuclear_attention_overlap", "tissue_attention_correlation", "spatial_consistency")
        return {
            "run": self.run,
            "path": self.path,
            "images": told["images"],
            "stains": told["stains"],
            "phase": told["phase"],
            **{name: association.get(name) for name in single},
            "features": told["features"],
            "summary": told["summary"],
            "association": association.get("associations", []),
            "controls": association.get("controls", []),
            "localisation": association.get("localisations", []),
            "consistency": association.get("consistencies", []),
            "batches": told["batches"],
            "notes": told["notes"],
        }

    def rows(self) -> list[dict[str, Any]]:
        """Give the features, one dict an image."""
        return [{"run": self.run, **row} for row in self.found.rows()]


def pathology(
    runs: Input,
    *,
    stains: str | None = None,
    mpp: float | None = None,
    phase: str | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Tissue]:
    """Measure the tissue in the images that runs keep, and how attention goes with it.

    Parameters
    ----------
    runs : Run, Runs, sequence of Run, or path
        The runs.
    stains : {"H&E", "H-DAB", "macenko"} or None
        None takes what the training said, else ``H&E``.
    mpp : float or None
        Micrometres a pixel, for images whose sidecar does not say.
    phase : {"train", "val"} or None
        Which images; None takes all, and for the association those of ``val`` where there are any.
    jobs : int
        Processes that measure features.
    progress : callable
        Told ``done, total`` as the images of a run are measured.

    Returns
    -------
    list of Tissue
        One a run.

    Raises
    ------
    SourceError
        A run keeps no image.
    UsageError
        An option that does not exist, or an image that is refused.
    MissingExtraError
        Without the extra ``pathology``.

    Examples
    --------
    >>> from statkit.api.pathology import pathology
    >>> (tissue,) = pathology("examples/runs/dae_kan", phase="val")
    >>> tissue.found.stains, tissue.found.association.layer
    ('H-DAB', 'bam_32')
    """
    return [
        tissue_of(run, stains=stains, mpp=mpp, phase=phase, jobs=jobs, progress=progress)
        for run in many(runs)
    ]


def tissue_of(run: Run, **options: Any) -> Tissue:
    """Measure one run; options and errors as `pathology`."""
    from statkit.pathology.run_pathology import run_pathology

    return Tissue(run=run.name, path=run.path, found=run_pathology(run.directory, **options))
