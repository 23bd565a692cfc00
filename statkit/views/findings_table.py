"""How findings look in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from statkit.analysis.findings import Finding, RunDiagnosis, RunIntegrity, Severity
from statkit.views.table import Table, numbers, words

#: What is said of a run without any finding.
_NOTHING = "nothing found"

_SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")


def diagnosis_tables(answers: Sequence[RunDiagnosis]) -> list[Table]:
    """One table a run: its status, then its findings, the worst first."""
    return [_table(f"{answer.run}: {answer.status}", answer.findings) for answer in answers]


def integrity_tables(answers: Sequence[RunIntegrity]) -> list[Table]:
    """One table a run: files, records and status, then its findings, the worst first."""
    return [_table(_whole(answer), answer.findings) for answer in answers]


def _whole(answer: RunIntegrity) -> str:
    files = f"{answer.files:,} file{'s' if answer.files != 1 else ''}"
    rows = f"{answer.rows_read:,} record{'s' if answer.rows_read != 1 else ''}"
    said = {"healthy": "whole and consistent", "warning": "whole, with warnings", "error": "not whole"}
    return f"{answer.run}: {files}, {rows}: {said[answer.status]}"


def _table(title: str, findings: Sequence[Finding]) -> Table:
    columns = [
        numbers("no.", list(range(1, len(findings) + 1))),
        words("severity", [finding.severity for finding in findings], give=0),
        words("rule", [finding.rule for finding in findings], give=0),
        words("steps", [_steps(finding) for finding in findings], give=0),
        words("metric", [finding.metric for finding in findings], give=1),
    ]
    counts = Counter(finding.severity for finding in findings)
    told = ", ".join(f"{counts[severity]} {severity}" for severity in _SEVERITIES if counts[severity])
    notes = [line for number, finding in enumerate(findings, 1) for line in _lines(number, finding)]
    return Table(columns if findings else [], f"{title} ({told or _NOTHING})", notes)


def _steps(finding: Finding) -> str:
    if finding.steps is None:
        return "–"
    first, last = finding.steps
    return str(first) if first == last else f"{first}–{last}"


def _lines(number: int, finding: Finding) -> list[str]:
    """Evidence, then advice; a good sign needs none."""
    lines = [f"{number}. {finding.evidence}"]
    return lines if finding.severity == "info" else [*lines, f"   → {finding.advice}"]
