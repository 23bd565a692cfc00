"""The reports under examples/reports say what the runs beside them say."""

from pathlib import Path

import pytest

from statkit.api.reporting import report
from statkit.api.verifying import verify

EXAMPLES = Path(__file__).parents[2] / "examples"
REPORTS = sorted((EXAMPLES / "reports").glob("*.*"))


def test_there_is_one():
    assert [path.name for path in REPORTS] == ["seed-0.md"]


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.name)
def test_a_shipped_report_is_right(path):
    again = "write it again: statkit report examples/runs/coarse/seed-0 -o examples/reports/seed-0.md"
    assert verify(path).mismatches == (), again


def test_it_is_what_the_command_writes():
    made = report(EXAMPLES / "runs" / "coarse" / "seed-0")
    assert made.text_in(str(EXAMPLES / "reports")) == (EXAMPLES / "reports" / "seed-0.md").read_text("utf-8")
