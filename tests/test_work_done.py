"""What is done, not how long it takes: how often each file is opened."""

import contextlib
import io
from collections import Counter

import pytest

from statkit.cli.app import run
from statkit.sources import faults
from statkit.writers import StatistikWriter


@pytest.fixture
def opened(monkeypatch):
    counts = Counter()
    read = faults.read_bytes

    def counted(path):
        counts[path] += 1
        return read(path)

    monkeypatch.setattr(faults, "read_bytes", counted)
    return counts


@pytest.mark.parametrize(
    ("command", "most"),
    [("trend", 20), ("best", 21), ("show", 20), ("list", 20), ("compare", 20), ("query", 40)],
)
def test_every_file_is_read_once(tmp_path, opened, command, most):
    writer = StatistikWriter(tmp_path, echo=lambda line: None)
    for step in range(1, 21):
        values = {
            "quality_ki_value": step / 40,
            "quality_lr_value": 0.1,
            "quality_improvement_value": step / 50,
        }
        writer.save(step, {**values, "total_loss_value": 1 / step, "validation_loss_value": 2 / step})
    writer.close()
    with contextlib.redirect_stdout(io.StringIO()):
        assert run([command, *([".step_current"] if command == "query" else []), str(tmp_path), "-q"]) == 0
    assert sum(opened.values()) == most
