"""What a check found: one finding, and the findings of one run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from statkit.analysis.result import Result

Severity: TypeAlias = Literal["info", "warning", "error"]
Status: TypeAlias = Literal["healthy", "warning", "error"]

_RANK: Final[dict[str, int]] = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Result):
    """One thing a rule found.

    Attributes
    ----------
    rule : str
        The rule's name, with dashes.
    severity : {"info", "warning", "error"}
        info: a good sign, or something to know; it leaves a run healthy.
    metric : str or None
        The field it is about; None where it is about the files.
    steps : tuple of int or None
        First and last step it holds for, both included; None where no step is concerned.
    evidence : str
        One sentence with the numbers.
    advice : str
        What to do.
    source : str
        Where the rule and its threshold come from.
    """

    rule: str
    severity: Severity
    metric: str | None
    steps: tuple[int, int] | None
    evidence: str
    advice: str
    source: str


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings: errors first, then warnings, each in order of their first step."""
    return tuple(sorted(findings, key=lambda f: (_RANK[f.severity], f.steps[0] if f.steps else -1)))


def reaches(findings: Iterable[Finding], severity: Severity) -> bool:
    """Tell whether a finding is of this severity or worse."""
    return any(_RANK[finding.severity] <= _RANK[severity] for finding in findings)


def status_of(findings: Iterable[Finding]) -> Status:
    """Give the worst severity, ``healthy`` where there is nothing above info."""
    found = tuple(findings)
    if reaches(found, "error"):
        return "error"
    return "warning" if reaches(found, "warning") else "healthy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis(Result):
    """Whether a training is healthy.

    Attributes
    ----------
    status : {"healthy", "warning", "error"}
        The worst severity found.
    findings : tuple of Finding
        The worst first.
    """

    status: Status
    findings: tuple[Finding, ...]

    def rows(self) -> list[dict[str, Any]]:
        """One dict a finding."""
        return [finding.to_dict() for finding in self.findings]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDiagnosis(Result):
    """Whether the training of one run is healthy.

    Attributes
    ----------
    run, path : str
        The run's name and where it is.
    status : {"healthy", "warning", "error"}
        The worst severity found.
    findings : tuple of Finding
        Of all series of the run, the worst first.
    """

    run: str
    path: str
    status: Status
    findings: tuple[Finding, ...]

    def rows(self) -> list[dict[str, Any]]:
        """One dict a finding."""
        return [{"run": self.run, **finding.to_dict()} for finding in self.findings]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIntegrity(Result):
    """Whether the files of one run are whole and consistent.

    Attributes
    ----------
    run, path : str
        The run's name and where it is.
    status : {"healthy", "warning", "error"}
        error: something was lost, or contradicts.
    files, rows_read : int
        How many files were read, and how many records are left of them.
    findings : tuple of Finding
        The worst first.
    """

    run: str
    path: str
    status: Status
    files: int
    rows_read: int
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give the attributes; ``rows_read`` is called ``rows``."""
        made = super(RunIntegrity, self).to_dict()
        return {("rows" if key == "rows_read" else key): value for key, value in made.items()}

    def rows(self) -> list[dict[str, Any]]:
        """One dict a finding."""
        return [{"run": self.run, **finding.to_dict()} for finding in self.findings]
