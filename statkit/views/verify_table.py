"""How a verification looks in a terminal."""

from __future__ import annotations

from statkit.analysis.verification import Verification
from statkit.views.report_blocks import count
from statkit.views.table import Table, words


def verify_tables(answer: Verification) -> list[Table]:
    """One line where all is well, else a row a mismatch."""
    found = answer.mismatches
    runs = "run" if len(answer.runs) == 1 else "runs"
    what = f"{answer.numbers:,} numbers recomputed from {answer.files:,} files of {len(answer.runs):,} {runs}"
    if not found:
        return [Table([], f"{answer.file}: {what}, none differs", answer.notes)]
    differ = "one mismatch" if len(found) == 1 else f"{len(found):,} mismatches"
    return [
        Table(
            [
                words("kind", [each.kind for each in found], give=0),
                count("line", [each.line for each in found]),
                words("where", [each.where for each in found]),
                words("the report says", [each.report for each in found]),
                words("the data say", [each.data for each in found]),
            ],
            f"{answer.file}: {what}, {differ}",
            answer.notes,
        )
    ]
