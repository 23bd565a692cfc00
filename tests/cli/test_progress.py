"""The bar of long readings: late, on terminals only, and gone afterwards."""

import io

import pytest

from statkit.cli.progress import progress_bar
from statkit.sources.progress import advance


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def read(out, quiet=False, seconds=2.0, path="/a/final_training_metrics.json"):
    clock = Clock()
    with progress_bar(quiet, out, clock):
        for percent in range(0, 101, 5):
            clock.now = seconds * percent / 100
            advance(percent * 10_000_000, 1_000_000_000, path)
    return out.getvalue()


def test_it_appears_after_a_second_and_is_erased():
    shown = read(Terminal())
    assert " 45%" not in shown
    assert " 50% of 1,000 MB  final_training_metrics.json" in shown
    assert "100%" in shown
    assert shown.endswith("\r\x1b[2K")


@pytest.mark.parametrize(("out", "quiet"), [(io.StringIO(), False), (Terminal(), True)])
def test_no_terminal_and_quiet_show_nothing(out, quiet):
    assert read(out, quiet) == ""


def test_what_is_quick_shows_nothing():
    assert read(Terminal(), seconds=0.9) == ""


def test_names_cannot_drive_the_terminal():
    assert "\x1b]" not in read(Terminal(), path="/a/\x1b]0;x\x07.json")


def test_an_interrupted_reading_leaves_an_empty_line():
    out, clock = Terminal(), Clock()

    def interrupted():
        with progress_bar(False, out, clock):
            clock.now = 2.0
            advance(1, 2, "x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert out.getvalue().endswith("\r\x1b[2K")
    advance(2, 2, "x")
    assert out.getvalue().endswith("\r\x1b[2K")
