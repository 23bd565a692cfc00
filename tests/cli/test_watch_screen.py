"""The live screen in a real terminal, while a writer writes."""

import json
import math
import os
import re
import signal
import sys
import time
from contextlib import suppress

import pexpect
import pytest

from statkit.writers import StatistikWriter

ENTER, LEAVE, SHOW_CURSOR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Screen:
    """A terminal in which the command runs; everything it sends is kept."""

    def __init__(self, *arguments, rows=24, columns=100, **environment):
        self.sent, self.rows = "", rows
        env = {**os.environ, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **environment}
        env.pop("NO_COLOR", None)
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "statkit", "watch", *map(str, arguments), "--interval", "0.1"],
            dimensions=(rows, columns),
            encoding="utf-8",
            timeout=20,
            env=env,
        )
        self.child.logfile_read = self

    def write(self, text):
        self.sent += text

    def flush(self):
        pass

    def resize(self, rows, columns):
        self.rows = rows
        self.child.setwinsize(rows, columns)

    def until(self, told):
        """Wait until the latest whole frame shows a text, and give its lines."""
        late = time.monotonic() + 20
        while time.monotonic() < late:
            with suppress(pexpect.TIMEOUT):
                self.child.read_nonblocking(1 << 16, 0.05)
            frames = [CONTROL.sub("", frame).replace("\r", "").split("\n") for frame in self.frames()]
            whole = [lines for lines in frames if len(lines) == self.rows]
            if whole and any(told in line for line in whole[-1]):
                return whole[-1]
        raise AssertionError(f"{told!r} never came; last: {CONTROL.sub('', self.sent[-3000:])}")

    def frames(self):
        return self.sent[-100_000:].split("\x1b[H")[1:][-3:]

    def end(self):
        """Wait until it has ended, and give its exit code."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus

    def left_clean(self):
        """Tell whether the terminal is as it was: first screen, cursor, echo."""
        after = self.sent.rpartition(LEAVE)
        return bool(after[1]) and ENTER not in after[2] and SHOW_CURSOR in self.sent[-2000:]


@pytest.fixture
def open_screen():
    opened = []

    def made(*arguments, **more):
        opened.append(Screen(*arguments, **more))
        return opened[-1]

    yield made
    for each in opened:
        each.child.close(force=True)


@pytest.fixture
def writer(tmp_path):
    return StatistikWriter(tmp_path / "runs" / "run-a" / "Learn", config={"seed": 1}, echo=lambda line: None)


def save(writer, step, **more):
    values = {"quality_ki_value": 0.5, "quality_lr_value": 0.4, "total_loss_value": 0.1, "step_max": 2000}
    writer.save(step, {**values, "training_active": True, "last_update_time": time.time(), **more})


def test_it_follows_a_writer_and_leaves_the_terminal_as_it_was(tmp_path, writer, open_screen):
    (tmp_path / "runs").mkdir()
    screen = open_screen(tmp_path / "runs", "--alert", "nan", rows=30)
    screen.until("no run yet")
    save(writer, 500)
    lines = screen.until("500/2,000")
    assert any(line.startswith("run-a") and "training" in line and "25%" in line for line in lines)
    save(writer, 1000, quality_ki_value=0.61)
    screen.until("61.00 % @ 1,000")
    save(writer, 1500, total_loss_value=math.nan)
    screen.until("alert: run-a: nan: total_loss_value is NaN at step 1500.")
    screen.until("1,500/2,000")
    assert screen.sent.count("\a") == 1
    half = tmp_path / "runs" / "run-b" / "Learn"
    half.mkdir(parents=True)
    (half / "Statistik_500.json").write_text('{"step_current": 500, "quality_ki')
    (half / "Statistik_1000.json").write_text(json.dumps({"step_current": 1000, "quality_ki_value": 0.55}))
    screen.until("2 runs")
    screen.until("55.00 % @ 1,000")
    for path in half.iterdir():
        path.unlink()
    screen.until("1 run: 1 training")
    screen.child.sendintr()
    assert screen.end() == 130
    assert screen.left_clean()
    assert screen.sent.rpartition(LEAVE)[2].count("alert: run-a: nan") == 1
    assert "Traceback" not in screen.sent


def test_it_follows_the_terminals_size_and_the_keys(tmp_path, writer, open_screen):
    save(writer, 500)
    other = StatistikWriter(tmp_path / "runs" / "run-b" / "Learn", echo=lambda line: None)
    save(other, 700)
    screen = open_screen(tmp_path / "runs", "--no-bell", "--alert", "quality_ki_value<0.6")
    lines = screen.until("700/2,000")
    assert "run-b/Learn" not in "".join(lines)
    screen.resize(12, 60)
    assert max(map(len, screen.until("700/2,000"))) <= 60
    screen.resize(30, 100)
    screen.until("700/2,000")
    screen.child.send("\x1b[B\x1bOB")
    screen.until("run-b/Learn")
    screen.child.send("k")
    screen.until("run-a/Learn")
    screen.child.send("xyz\x1b[3~q")
    assert screen.end() == 0
    assert screen.left_clean()
    assert "\a" not in screen.sent
    assert "xyz" not in screen.sent


@pytest.mark.slow
def test_it_ends_cleanly_when_it_is_terminated(tmp_path, writer, open_screen):
    save(writer, 500)
    screen = open_screen(tmp_path / "runs")
    screen.until("500/2,000")
    screen.child.kill(signal.SIGTERM)
    assert screen.end() == 128 + signal.SIGTERM
    assert screen.left_clean()


@pytest.mark.slow
def test_it_stops_and_comes_back(tmp_path, writer, open_screen):
    save(writer, 500)
    screen = open_screen(tmp_path / "runs")
    screen.until("500/2,000")
    screen.child.send("\x1a")
    screen.child.expect(re.escape(LEAVE))
    until = time.monotonic() + 10
    while state(screen.child.pid) != "T" and time.monotonic() < until:
        time.sleep(0.02)
    assert state(screen.child.pid) == "T"
    screen.child.kill(signal.SIGCONT)
    save(writer, 900)
    screen.until("900/2,000")
    screen.child.send("q")
    assert screen.end() == 0
    assert screen.left_clean()


def state(pid):
    with open(f"/proc/{pid}/stat") as stream:
        return stream.read().rpartition(")")[2].split()[0]


def test_a_rule_that_cannot_be_asked_is_one_line_on_the_first_screen(tmp_path, writer, open_screen):
    save(writer, 500)
    screen = open_screen(tmp_path / "runs", "--alert", "lss>2")
    assert screen.end() == 2
    assert "No metric 'lss'" in CONTROL.sub("", screen.sent.rpartition(LEAVE)[2])


@pytest.mark.slow
def test_a_terminal_that_can_do_nothing_gets_lines(tmp_path, writer, open_screen):
    save(writer, 500)
    screen = open_screen(tmp_path / "runs", TERM="dumb", PYTHONIOENCODING="ascii")
    screen.child.expect("run-a: training, step 500/2,000")
    screen.child.sendintr()
    assert screen.end() == 130
    assert ENTER not in screen.sent


@pytest.mark.slow
def test_a_terminal_without_block_characters_gets_ascii(tmp_path, writer, open_screen):
    save(writer, 500)
    screen = open_screen(tmp_path / "runs", PYTHONIOENCODING="ascii", LC_ALL="C")
    screen.until("##--------")
    screen.child.send("q")
    assert screen.end() == 0
    assert screen.sent.isascii()
