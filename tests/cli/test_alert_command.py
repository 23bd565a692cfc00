"""The command of an alert: its words, its facts, and that it never holds up the watching."""

import shlex
import sys
import time
from pathlib import Path

import pytest

from statkit.analysis.alerts.alert import Alert
from statkit.cli import alert_command
from statkit.cli.alert_command import MOST, AlertCommand, facts
from statkit.errors import UsageError


def alert(run="run", message="m.", step=500):
    return Alert(rule="nan", run=run, path="/runs/x", step=step, metric=None, value=None, message=message)


@pytest.fixture
def said(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return []


@pytest.fixture
def hanging(said):
    return AlertCommand(shlex.join([sys.executable, "-c", "import time; time.sleep(60)"]), said.append, 0.1)


def finish(command):
    command.finish()
    assert not command._running


def test_a_hanging_command_does_not_hold_anything_up(hanging, said):
    began = time.monotonic()
    hanging.start(alert())
    hanging.tend()
    processes = [each.process for each in hanging._running]
    finish(hanging)
    assert time.monotonic() - began < 5
    assert [line.split()[-6:] for line in said] == [["still", "runs,", "and", "is", "left", "alone."]]
    for each in processes:
        each.kill()


def test_a_hanging_command_is_ended_in_time(hanging, said, monkeypatch):
    monkeypatch.setattr(alert_command, "LIMIT_S", 0.0)
    hanging.start(alert())
    time.sleep(0.01)
    hanging.tend()
    assert said == ["alert command: ended after 0 s."]
    assert not hanging._running


def test_what_a_hanging_command_started_ends_with_it(said, tmp_path, monkeypatch):
    command = AlertCommand("sh -c 'sleep 60 & echo $! > child; wait'", said.append)
    command.start(alert())
    late = time.monotonic() + 10
    while not (tmp_path / "child").exists() or not (tmp_path / "child").read_text().strip():
        assert time.monotonic() < late
        time.sleep(0.01)
    monkeypatch.setattr(alert_command, "LIMIT_S", 0.0)
    command.tend()
    child = int((tmp_path / "child").read_text())
    while time.monotonic() < late and runs(child):
        time.sleep(0.01)
    assert not runs(child)


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_only_so_many_run_at_once(hanging, said, monkeypatch):
    for _ in range(MOST + 2):
        hanging.start(alert())
    assert said == [f"alert command: {MOST} are still running, none is started for run."] * 2
    monkeypatch.setattr(alert_command, "LIMIT_S", 0.0)
    hanging.tend()
    assert not hanging._running


def test_patience_waits_for_a_place(said, tmp_path):
    command = AlertCommand("sh -c 'echo x >> told'", said.append, 10.0)
    for _ in range(3 * MOST):
        command.start(alert())
    finish(command)
    assert said == []
    assert (tmp_path / "told").read_text() == "x\n" * 3 * MOST


def test_one_that_goes_well_says_nothing(said):
    command = AlertCommand("sh -c 'echo loud; echo quiet >&2'", said.append, 5.0)
    command.start(alert())
    finish(command)
    assert said == []


def test_what_it_complained_of_is_printed_in_one_safe_line(said):
    command = AlertCommand(r"sh -c 'printf \"first\\nsecond\\033[2J\\n\" >&2; exit 4'", said.append, 5.0)
    command.start(alert())
    finish(command)
    (line,) = said
    assert line.startswith("alert command: failed with exit code 4: ")
    assert line.isprintable()


def test_a_program_that_is_gone_is_one_line(said, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    command = AlertCommand(str(program), said.append)
    program.unlink()
    command.start(alert())
    (line,) = said
    assert "No such file" in line


@pytest.mark.parametrize("text", ["", "   ", "'open", "/no/such/program", "no-such-program-here --flag"])
def test_what_cannot_be_run_is_refused(text, said):
    with pytest.raises(UsageError, match="--run-command"):
        AlertCommand(text, said.append)


def test_the_facts_are_safe_in_an_environment():
    told = facts(alert(run="a\0b\x1b", message="x\ud800y", step=None))
    assert told["STATKIT_STEP"] == ""
    for value in told.values():
        assert "\0" not in value
        value.encode()
