import os
import subprocess
import sys
import time

import pytest

from statkit import layout
from statkit.writers import StatistikWriter
from statkit.writers.orphans import sweep


@pytest.fixture(scope="module")
def dead():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def leave(directory, name, process, hours):
    path = directory / layout.temporary_name(name, process, "abc123")
    path.write_text("{")
    then = time.time() - hours * 3600
    os.utime(path, (then, then))
    return path


def test_swept_when_old_and_ownerless(tmp_path, dead):
    swept = [
        leave(tmp_path, name, dead, 2)
        for name in (
            "Statistik_5.json",
            "epoch_0_metrics.json",
            "final_training_metrics.json",
            "runtime_config.json",
        )
    ]
    kept = [
        leave(tmp_path, "Statistik_6.json", dead, 0.9),
        leave(tmp_path, "Statistik_6.json", os.getpid(), 2),
        leave(tmp_path, "Statistik_6.json", 1, 2),
        leave(tmp_path, "somebody_elses.json", dead, 2),
    ]
    other = tmp_path / ".Statistik_5.json.tmp"
    other.write_text("")
    os.utime(other, (0, 0))
    assert sorted(sweep(tmp_path)) == sorted(path.name for path in swept)
    assert all(path.exists() for path in [*kept, other])


def test_the_first_save_sweeps(tmp_path, dead):
    orphan = leave(tmp_path, "Statistik_5.json", dead, 2)
    StatistikWriter(tmp_path, echo=len).save(6, {})
    assert not orphan.exists()
