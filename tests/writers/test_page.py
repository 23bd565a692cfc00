"""The page that a training starts: a process of its own, and one line at most."""

import os
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from statkit.writers import StatistikWriter
from statkit.writers.page import PORT, PageProcess


def wait(until, seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if until():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def program(text):
    return (sys.executable, "-c", text)


def test_its_address_is_one_line_and_it_starts_once(tmp_path):
    lines = []
    script = (
        "import sys; print('http://127.0.0.1:1/x'); "
        "print(*sys.argv[1:], file=open(sys.argv[2] + '/args', 'a'))"
    )
    page = PageProcess(str(tmp_path), True, lines.append, program(script))
    for _ in range(3):
        page.start()
    wait(lambda: lines and (tmp_path / "args").exists() and (tmp_path / "args").read_text().endswith("\n"))
    time.sleep(0.1)
    assert lines == ["Live page: http://127.0.0.1:1/x"]
    (line,) = (tmp_path / "args").read_text().splitlines()
    assert line == f"serve {tmp_path} --port {PORT} --next-port --quiet --while-pid {os.getpid()}"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (program("raise SystemExit('statkit: port 5050 is taken.')"), "port 5050 is taken."),
        (program("pass"), "its process ended without a word"),
        (("/nothing/there",), "No such file"),
    ],
)
def test_whatever_goes_wrong_is_one_line(tmp_path, command, said):
    lines = []
    PageProcess(str(tmp_path), 5050, lines.append, command).start()
    wait(lambda: lines)
    (line,) = lines
    assert line.startswith("⚠️  Failed to start the live page: ")
    assert said in line


@pytest.mark.parametrize("port", ["x", -1.5j, object()])
def test_a_port_that_is_none_is_one_line(tmp_path, port):
    lines = []
    PageProcess(str(tmp_path), port, lines.append, program("print('http://x')")).start()
    wait(lambda: lines)
    assert lines[0].startswith("⚠️  Failed to start the live page: ")


@pytest.mark.parametrize("port", [None, False])
def test_nothing_is_started_unless_asked(tmp_path, port):
    lines = []
    page = PageProcess(str(tmp_path), port, lines.append, program("print('http://x')"))
    page.start()
    time.sleep(0.2)
    assert lines == []


def test_a_thread_that_cannot_start_is_one_line(tmp_path, monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    lines = []
    monkeypatch.setattr("threading.Thread.start", refuse)
    PageProcess(str(tmp_path), 5050, lines.append).start()
    assert lines == ["⚠️  Failed to start the live page: RuntimeError: can't start new thread"]


def test_other_ranks_start_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    lines = []
    writer = StatistikWriter(tmp_path, page=5050, all_ranks=True, echo=lines.append)
    monkeypatch.setattr(writer._page, "start", lambda: lines.append("started"))
    writer.save(1, {"a": 1})
    assert lines == ["📊 Statistics saved: Statistik_1.json"]


def test_a_save_that_fails_starts_nothing_and_the_next_one_does(tmp_path, monkeypatch):
    lines = []
    (tmp_path / "run").write_text("in the way")
    writer = StatistikWriter(tmp_path / "run", page=5050, echo=lambda line: None)
    monkeypatch.setattr(writer._page, "start", lambda: lines.append("started"))
    assert writer.save(1, {"a": 1}) is None
    assert lines == []
    (tmp_path / "run").unlink()
    writer.save(2, {"a": 1})
    assert lines == ["started"]


TRAINING = """
import sys, time
from statkit.writers import StatistikWriter
writer = StatistikWriter(sys.argv[1], page=int(sys.argv[2]))
for step in range(1, 1000):
    writer.save(step, {"quality_ki_value": 0.5})
    time.sleep(0.1)
"""


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_a_real_page_outlives_its_training(tmp_path, ending):
    training = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", TRAINING, str(tmp_path / "run"), "25050"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    with training:
        try:
            address = next(line for line in training.stdout if line.startswith("Live page: ")).split()[-1]
        finally:
            os.killpg(training.pid, ending)
    base, _, token = address.partition("/monitoring?token=")
    request = urllib.request.Request(f"{base}/api/runs", headers={"X-Statkit-Token": token})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert b'"run"' in answer.read()
    (pid,) = pages_of(tmp_path)
    os.kill(pid, signal.SIGTERM)
    wait(lambda: not pages_of(tmp_path))


def pages_of(directory):
    """The processes that serve what lies in a directory."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as stream:
                words = stream.read().split(b"\0")
        except OSError:
            continue
        if b"serve" in words and any(os.fsencode(directory) in word for word in words):
            found.append(int(pid))
    return found
