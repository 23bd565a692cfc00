"""Every command asks who claims a file; what reads huge files is imported when one is read."""

import subprocess
import sys

import pytest

from statkit.writers import BatchMetricsWriter, StatistikWriter

READING = [
    "batch_keys",
    "cumulative",
    "decoding",
    "excerpts",
    "gathering",
    "growing",
    "lists",
    "logged",
    "logs",
    "overlaps",
    "prefixes",
    "streamed",
    "streaming",
    "whole",
    "windows",
]

PROGRAM = (
    "import sys\nfrom statkit.cli.app import run\ncode = run(sys.argv[1:])\n"
    "print(code, *sorted(sys.modules), file=sys.stderr)"
)


def imported(*arguments):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, timeout=60
    )
    code, *modules = done.stderr.splitlines()[-1].split()
    assert code == "0"
    return {module.removeprefix("statkit.sources.") for module in modules if "statkit.sources." in module}


@pytest.fixture
def snapshots(tmp_path):
    writer = StatistikWriter(tmp_path, echo=lambda line: None)
    for step in (1, 2, 3):
        writer.save(step, {"quality_ki_value": step / 4})
    writer.close()
    return tmp_path


def test_snapshots_import_nothing_that_reads_batch_files(snapshots):
    modules = imported("best", str(snapshots), "--json", "--no-cache")
    assert "batches" in modules
    assert modules.isdisjoint(READING)


def test_a_small_log_imports_nothing_that_reads_huge_ones(tmp_path):
    writer = BatchMetricsWriter(tmp_path, echo=lambda line: None)
    for batch in range(3):
        writer.append({"batch_idx": batch, "phase": "train", "loss": 0.5})
    writer.close()
    modules = imported("best", str(tmp_path), "--json", "--no-cache")
    assert modules & {*READING} == {"whole", "overlaps", "batch_keys"}
