"""The line on the console cannot kill the training, whatever standard output is."""

import errno
import io
import os

import pytest

from statkit.writers import StatistikWriter
from statkit.writers.console import failure_line, say

TRAINING = """
import os, sys
from statkit.writers import BatchMetricsWriter, StatistikWriter
directory, full, state = sys.argv[1], sys.argv[2] == "full", sys.argv[3]

class System:
    def __getattr__(self, name):
        return self.refuse if full and name == "write" else getattr(os, name)
    def refuse(self, *_):
        raise OSError(28, os.strerror(28))

if state == "none":
    sys.stdout = None
if state == "closed":
    os.close(1)
if state == "pipe":
    reader, writer = os.pipe()
    os.dup2(writer, 1)
    os.close(reader), os.close(writer)
if state == "full":
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
snapshots = StatistikWriter(directory, {"seed": 0}, system=System())
batches = BatchMetricsWriter(directory, system=System())
for step in range(3):
    path = snapshots.save(step, {"loss": 1.0})
    assert (path is None) == full, path
    batches.append({"batch_idx": step, "loss": float("nan")})
batches.save_epoch(0), batches.finish(), batches.close()
open(directory + "/reached-the-end", "w").close()
"""


@pytest.mark.parametrize("disk", ["sound", "full"])
@pytest.mark.parametrize("state", ["ascii", "cp1252", "closed", "full", "pipe", "none"])
def test_training_reaches_its_end(tmp_path, run_python, state, disk):
    env = {"PYTHONIOENCODING": state} if state in ("ascii", "cp1252") else {}
    done = run_python(TRAINING, tmp_path, disk, state, env=env)
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "reached-the-end").exists()
    assert done.stderr == b""
    if state in ("ascii", "cp1252"):
        words = (
            b"Failed to save statistics JSON: OSError" if disk == "full" else b"Statistics saved: Statistik_0"
        )
        assert words in done.stdout


def test_standard_output_closed_before_the_start(tmp_path, run_python, timeless):
    script = (
        "import os, sys\n"
        "from statkit.writers import BatchMetricsWriter\n"
        "w = BatchMetricsWriter(sys.argv[1]); w.append({'a': 1})\n"
        "try: os.write(1, b'stray print of a C library')\n"
        "except OSError: pass\n"
        "w.append({'a': 2})\n"
    )
    import subprocess

    done = run_python(
        script, tmp_path, capture_output=False, preexec_fn=lambda: os.close(1), stderr=subprocess.PIPE
    )
    assert done.returncode == 0, done.stderr
    assert timeless(tmp_path / "batch_metrics.jsonl") == b'{"a":1}\n{"a":2}\n'


class Broken:
    encoding = "utf-8"

    def write(self, text):
        raise ValueError("I/O operation on closed file")

    flush = write


def test_a_stream_that_raises(monkeypatch):
    monkeypatch.setattr("sys.stdout", Broken())
    assert say("a line") is None  # and nothing is raised


def test_an_echo_that_raises(tmp_path):
    assert StatistikWriter(tmp_path, echo=lambda line: 1 / 0).save(0, {}) is not None


def test_symbols_are_left_out_where_they_cannot_be_written(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", stream)
    say("📊 Statistics saved: größe.json")
    assert stream.buffer.getvalue() == b"Statistics saved: gr\\xf6\\xdfe.json\n"


def test_a_line_is_one_line(lines):
    say("a\nb\x1b[31mc\r", lines.append)
    assert lines == ["a\\nb\\x1b[31mc\\r"]


@pytest.mark.parametrize(
    ("number", "mend"),
    [
        (errno.EACCES, "chmod 755 /run"),
        (errno.ENOSPC, "df -h /run"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "remount /run writable"),
        (errno.EFBIG, "ulimit -f"),
        (errno.EMFILE, "ulimit -n"),
        (errno.ENOENT, "mkdir -p /run"),
    ],
)
def test_each_cause_has_its_mend(number, mend):
    line = failure_line("statistics JSON", OSError(number, os.strerror(number)), "Statistik_5.json", "/run")
    assert mend in line
    assert os.strerror(number) in line
