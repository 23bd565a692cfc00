"""Storage that hangs: a step waits so long and no longer, up to eight saves wait, nothing is silent."""

import inspect
import json
import os
import threading
import time

import pytest

from statkit.writers import BatchMetricsWriter, StatistikWriter


@pytest.fixture
def gate():
    """Closed: every open of a file hangs until it is set."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def hanging(gate, faulty_system):
    return faulty_system(delay=lambda name: gate.wait(20) if name == "open" else None)


def test_a_save_that_takes_too_long_goes_on_by_itself(tmp_path, hanging, gate, lines):
    writer = StatistikWriter(tmp_path, timeout=0.05, system=hanging, echo=lines.append)
    assert writer.save(5, {"v": 1}) is None
    assert len(lines) == 1
    assert "Statistik_5.json is not saved after 0.05 s" in lines[0]
    assert "(1 of 8 waiting)" in lines[0]
    gate.set()
    assert writer.flush(5)
    assert lines[1:] == ["📊 Statistics saved: Statistik_5.json"]
    assert json.loads((tmp_path / "Statistik_5.json").read_bytes()) == {"v": 1}


def test_a_step_waits_for_the_timeout_alone(tmp_path, hanging):
    writer = StatistikWriter(tmp_path, timeout=0.2, system=hanging, echo=len)
    start = time.monotonic()
    writer.save(5, {})
    assert time.monotonic() - start >= 0.2
    assert not writer.flush(0.01)


@pytest.mark.parametrize("writer", [StatistikWriter, BatchMetricsWriter])
def test_the_default_timeout_is_two_seconds(writer):
    assert inspect.signature(writer).parameters["timeout"].default == 2.0


def test_a_ninth_is_dropped_with_a_line(tmp_path, hanging, gate, lines):
    writer = StatistikWriter(tmp_path, timeout=0.01, system=hanging, echo=lines.append)
    for step in range(9):
        assert writer.save(step, {"step": step}) is None
    assert len(lines) == 9
    assert "Statistik_8.json is dropped" in lines[8]
    assert lines[8].startswith("⚠️  Failed to save statistics JSON: ")
    gate.set()
    assert writer.flush(5)
    assert sorted(os.listdir(tmp_path)) == [f"Statistik_{step}.json" for step in range(8)]
    assert writer.save(9, {}) is not None


def test_a_late_failure_is_told(tmp_path, faulty_system, gate, lines):
    import errno

    system = faulty_system(
        errno.ENOSPC, 1, only={"write"}, delay=lambda n: gate.wait(20) if n == "open" else None
    )
    writer = StatistikWriter(tmp_path, timeout=0.01, system=system, echo=lines.append)
    writer.save(5, {})
    gate.set()
    assert writer.flush(5)
    assert "No space left on device" in lines[1]


def test_slow_storage_holds_up_a_step_no_longer_than_the_bound(tmp_path, faulty_system):
    system = faulty_system(delay=lambda name: time.sleep(0.02))
    writer = StatistikWriter(tmp_path, timeout=0.05, system=system, echo=len)
    saved = [writer.save(step, {"step": step}) for step in range(5)]
    assert writer.flush(10)
    assert saved[0] is None
    assert len(list(tmp_path.glob("Statistik_*.json"))) == 5


def test_an_epoch_is_bounded_and_the_end_waits_while_it_gets_on(tmp_path, faulty_system, lines):
    system = faulty_system(delay=lambda name: time.sleep(0.06) if name == "read" else None)
    writer = BatchMetricsWriter(tmp_path, timeout=0.1, system=system, echo=lines.append)
    for batch in range(2500):
        writer.append({"batch_idx": batch, "loss": 1.0, "text": "x" * 400})
    assert writer.save_epoch(0) is None
    writer.close()
    path = writer.finish()
    assert path is not None
    assert len(json.loads(path.read_bytes())["batch_metrics"]) == 2500


def test_the_end_gives_up_a_storage_that_stands_still(tmp_path, hanging, gate, lines):
    gate.set()
    writer = BatchMetricsWriter(tmp_path, timeout=0.05, system=hanging, echo=lines.append)
    writer.append({"batch_idx": 0})
    gate.clear()
    assert writer.finish() is None
    assert "not saved after 0.05 s" in lines[0]


def test_without_a_thread_the_save_is_done_at_once(tmp_path, monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert StatistikWriter(tmp_path, echo=len).save(5, {}) is not None
    writer = BatchMetricsWriter(tmp_path, echo=len)
    writer.append({"a": 1})
    assert writer.finish() is not None
    writer.close()


AT_EXIT = """
import os, sys, time
from statkit.writers import StatistikWriter, saver
saver.EXIT_SECONDS = float(sys.argv[3])
class System:
    def __getattr__(self, name):
        if name == "open":
            time.sleep(float(sys.argv[2]))
        return getattr(os, name)
StatistikWriter(sys.argv[1], timeout=0.01, system=System()).save(5, {"v": 1})
"""


def test_a_save_pending_at_exit_is_finished(tmp_path, run_python):
    done = run_python(AT_EXIT, tmp_path, 0.2, 5)
    assert done.returncode == 0
    assert done.stdout.decode().endswith("📊 Statistics saved: Statistik_5.json\n")
    assert json.loads((tmp_path / "Statistik_5.json").read_bytes()) == {"v": 1}


def test_a_save_that_hangs_at_exit_is_abandoned_with_a_line(tmp_path, run_python):
    done = run_python(AT_EXIT, tmp_path, 30, 0.3)
    assert done.returncode == 0
    assert "Statistik_5.json is abandoned" in done.stdout.decode()
    assert not (tmp_path / "Statistik_5.json").exists()


def test_a_save_pending_when_a_multiprocessing_child_ends(tmp_path, run_python):
    script = (
        "import multiprocessing, os, sys, time\n"
        "from statkit.writers import StatistikWriter\n"
        "class System:\n"
        "    def __getattr__(self, name):\n"
        "        time.sleep(0.1 if name == 'open' else 0)\n"
        "        return getattr(os, name)\n"
        "def train():\n"
        "    StatistikWriter(sys.argv[1], timeout=0.01, system=System()).save(5, {'v': 1})\n"
        "child = multiprocessing.get_context('fork').Process(target=train)\n"
        "child.start(); child.join(); sys.exit(child.exitcode)\n"
    )
    done = run_python(script, tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "Statistik_5.json").read_bytes()) == {"v": 1}


def test_exit_gives_five_seconds():
    from statkit.writers.saver import EXIT_SECONDS, MOST_PENDING

    assert (EXIT_SECONDS, MOST_PENDING) == (5.0, 8)


def test_a_signal_handler_may_save_in_the_middle_of_a_save(tmp_path, faulty_system):
    import signal

    system = faulty_system(delay=lambda name: time.sleep(0.003))
    writer = StatistikWriter(tmp_path, system=system, echo=len)
    serial = iter(range(1000, 9000))
    saved = []
    before = signal.signal(signal.SIGALRM, lambda *_: saved.append(writer.save(next(serial), {"v": 1})))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.15)
        for step in range(20):
            assert writer.save(step, {"v": 1}) is not None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert saved
    assert None not in saved
