import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class FaultySystem:
    """The module ``os`` with one call, or all from there on, failing. A call that fails does nothing."""

    counted = frozenset(
        {"open", "write", "fsync", "close", "replace", "link", "mkdir", "unlink", "lstat", "stat", "fstat"}
        | {"pread", "read", "lseek", "listdir"}
    )

    def __init__(self, errno=0, at=0, sticky=False, only=None, delay=None):
        self.errno, self.at, self.sticky, self.only = errno, at, sticky, only
        self.delay = delay or (lambda name: None)
        self.calls = 0

    def __getattr__(self, name):
        real = getattr(os, name)
        if name not in self.counted:
            return real

        def call(*arguments, **options):
            if self.only is None or name in self.only:
                self.calls += 1
                if self.at and (self.calls == self.at or (self.sticky and self.calls > self.at)):
                    raise OSError(self.errno, os.strerror(self.errno))
            self.delay(name)
            if name == "fsync":
                return None  # fast; what is durable is not tested here
            return real(*arguments, **options)

        return call


@pytest.fixture
def faulty_system():
    return FaultySystem


@pytest.fixture
def lines():
    """Collects what a writer prints, given as ``echo=lines.append``."""
    return []


@pytest.fixture
def timeless():
    """Reads a file of lines, the time that each line got cut off again."""

    def read(path):
        text, count = re.subn(rb',"timestamp":[0-9]+\.[0-9]{6}\}\n', b"}\n", path.read_bytes())
        assert count == text.count(b"\n")
        return text

    return read


@pytest.fixture
def run_python():
    """Run a script in a new interpreter with warnings as errors."""

    def run(script, *arguments, env=None, **options):
        command = [sys.executable, "-W", "error", "-c", script, *map(str, arguments)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        for name in ("RANK", "LOCAL_RANK", "SLURM_PROCID"):
            if name not in (env or {}):
                environment.pop(name, None)
        options.setdefault("capture_output", True)
        return subprocess.run(command, env=environment, timeout=60, **options)

    return run


@pytest.fixture(autouse=True)
def _rank_zero(monkeypatch):
    for name in (
        "RANK",
        "SLURM_PROCID",
        "OMPI_COMM_WORLD_RANK",
        "PMI_RANK",
        "JSM_NAMESPACE_RANK",
        "LOCAL_RANK",
        "NODE_RANK",
        "GROUP_RANK",
    ):
        monkeypatch.delenv(name, raising=False)
