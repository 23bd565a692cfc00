"""SIGKILL at random moments; the driver is benchmarks/survival.py, which also prints the figures."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DRIVER = """
import json, runpy, sys
survival = runpy.run_path(sys.argv[1])
kills = survival["kill_while_saving"](survival[sys.argv[3]], int(sys.argv[2]))
print(json.dumps({"kills": kills, "records": survival["kill_while_appending"](10_000)}))
"""
IGNORE_FORK = {"PYTHONWARNINGS": "ignore"}


def survivors(run_python, kills, way="statkit_save"):
    done = run_python(DRIVER, ROOT / "benchmarks" / "survival.py", kills, way)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def assert_all_whole(found, kills):
    print(
        f"{found['kills']['inside']} of {found['kills']['kills']} kills landed inside a save", file=sys.stderr
    )
    assert found["kills"]["kills"] == kills
    assert found["kills"]["inside"] > kills // 2
    assert found["kills"]["torn"] == 0
    assert found["kills"]["missing"] == 0
    assert found["kills"]["superseded"] > 0
    assert found["records"] == {"appended": 10_000, "found": 10_000, "in_order": 1}


def test_every_file_is_whole_after_any_kill(run_python):
    assert_all_whole(survivors(run_python, 40), 40)


def test_the_test_can_fail(run_python):
    assert survivors(run_python, 40, "in_place_save")["kills"]["torn"] > 0


@pytest.mark.slow
def test_every_file_is_whole_after_thousands_of_kills(run_python):
    for _ in range(8):
        assert_all_whole(survivors(run_python, 500), 500)


APPENDING = """
import os, random, signal, sys, time
from statkit.writers import BatchMetricsWriter
for kill in range(int(sys.argv[2])):
    child = os.fork()
    if child == 0:
        writer = BatchMetricsWriter(sys.argv[1], echo=len)
        serial = 0
        while True:
            writer.append({"batch_idx": serial, "session": kill, "text": "x" * 3000})
            serial += 1
    time.sleep(0.005 + 0.02 * random.random())
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


def test_sessions_killed_while_appending_lose_at_most_the_line_being_written(tmp_path, run_python):
    assert run_python(APPENDING, tmp_path, 15).returncode == 0
    sessions, cut = {}, 0
    for line in (tmp_path / "batch_metrics.jsonl").read_bytes().split(b"\n"):
        try:
            record = json.loads(line)
        except ValueError:
            cut += bool(line)
            continue
        sessions.setdefault(record["session"], []).append(record["batch_idx"])
    assert len(sessions) >= 10
    assert cut <= 15
    for found in sessions.values():
        assert found == list(range(len(found)))
