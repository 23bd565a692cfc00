"""What is done, not how long it takes: files opened, fields made, modules imported, runs let go of."""

import contextlib
import gc
import io
import json
import os
import subprocess
import sys
import weakref
from collections import Counter

import pytest

from statkit.api.leaderboard import leaderboard
from statkit.cli.app import run
from statkit.data import load as loading
from statkit.data.load import each_run, load
from statkit.sources import builder, listing
from statkit.sources.statistik import StatistikSource
from statkit.writers import StatistikWriter

FILES = 20

#: Files of a family that are looked into to tell who reads it.
HEADS = 5


class Opened:
    """Counts the files below a directory that are opened, by whatever road."""

    def __init__(self):
        self.below = None
        self.names = Counter()

    def hook(self, event, arguments):
        if event == "open" and self.below is not None and isinstance(arguments[0], str):
            path = os.path.realpath(arguments[0])
            if not os.path.lexists(path):  # relative to an open directory: the hook is not told which
                path = os.path.join(self.below, arguments[0])
            if path.startswith(self.below) and not os.path.isdir(path):
                self.names[path[len(self.below) + 1 :]] += 1

    def during(self, directory, work):
        """What was opened while something was done."""
        self.below, self.names = os.path.realpath(directory), Counter()
        try:
            work()
        finally:
            self.below = None
        return self.names


OPENED = Opened()
sys.addaudithook(OPENED.hook)


@pytest.fixture(autouse=True)
def rested(monkeypatch):
    """Files of a test are never two seconds old: trust them at once all the same."""
    monkeypatch.setattr(listing, "RESTED_NS", 0)


def save(directory, *steps):
    writer = StatistikWriter(directory, echo=lambda line: None)
    for step in steps:
        values = {
            "quality_ki_value": step / 400,
            "quality_lr_value": 0.1,
            "quality_improvement_value": step / 500,
        }
        writer.save(step, {**values, "total_loss_value": 1 / step, "validation_loss_value": 2 / step})
    writer.close()


@pytest.fixture
def directory(tmp_path):
    path = tmp_path / "run"
    save(path, *range(1, FILES + 1))
    return path


def asked(directory, *arguments):
    with contextlib.redirect_stdout(io.StringIO()):
        assert run([*arguments, str(directory), "-q"]) == 0


def opened(directory, *arguments):
    """Snapshots that a command opened, and how often."""
    found = OPENED.during(directory, lambda: asked(directory, *arguments))
    return Counter({name: count for name, count in found.items() if name.startswith("Statistik")})


def name(step):
    return f"Statistik_{step}.json"


EVERY = Counter(name(step) for step in range(1, FILES + 1))


@pytest.mark.parametrize(
    ("command", "further"),
    [
        (["trend"], 0),
        (["best"], 1),  # the record of the winner
        (["show"], 0),
        (["list"], 0),
        (["compare"], HEADS),  # looked into once more to tell its sides apart
        (["query", ".step_current"], FILES),  # the documents themselves, in the order the steps say
    ],
)
def test_cold_every_file_is_read_once(directory, command, further):
    found = opened(directory, *command)
    assert set(found) == set(EVERY)
    assert found.total() == HEADS + FILES + further


@pytest.mark.parametrize("command", [["trend"], ["list"], ["compare"]])
def test_warm_no_file_is_read(directory, command):
    opened(directory, *command)
    assert opened(directory, *command) == Counter()


def test_warm_best_reads_the_record_of_the_winner_alone(directory):
    opened(directory, "best")
    assert opened(directory, "best") == Counter({name(FILES): 1})


def test_no_cache_reads_all(directory):
    opened(directory, "trend")
    assert opened(directory, "trend", "--no-cache").total() == HEADS + FILES


def test_one_new_file_is_all_that_is_read(directory):
    opened(directory, "trend")
    save(directory, FILES + 1)
    found = opened(directory, "trend")
    assert found[name(FILES + 1)] in (1, 2)  # once more where it is among those that are looked into
    assert found.total() == HEADS + 1
    assert opened(directory, "trend") == Counter()


def test_one_changed_file_is_all_that_is_read(directory):
    opened(directory, "trend")
    (directory / name(7)).write_text(json.dumps({"quality_ki_value": 0.5, "quality_improvement_value": 0.1}))
    assert opened(directory, "trend").total() == HEADS + 1
    assert opened(directory, "trend") == Counter()


def test_a_file_that_has_not_rested_is_read_again(directory, monkeypatch):
    opened(directory, "trend")
    monkeypatch.setattr(listing, "RESTED_NS", 2 * 10**9)
    now = FILES + 1
    save(directory, now)
    opened(directory, "trend")
    assert opened(directory, "trend")[name(now)] >= 1


def test_other_fields_are_read_once_each(directory):
    opened(directory, "trend")
    assert opened(directory, "trend", "-m", "quality_lr_value").total() == FILES
    assert opened(directory, "trend", "-m", "quality_lr_value") == Counter()
    assert opened(directory, "trend") == Counter()


@pytest.mark.parametrize("cache", [True, False])
def test_following_reads_only_what_is_new(directory, cache):
    followed = load(directory, cache=cache)
    fields = ["quality_ki_value"]
    first = OPENED.during(directory, lambda: followed.columns("validation", fields))
    assert first == EVERY
    if not cache:  # nothing was noted that a first look could be compared with
        assert followed.refresh()
        assert OPENED.during(directory, lambda: followed.columns("validation", fields)) == EVERY
    assert not OPENED.during(directory, lambda: followed.refresh() and pytest.fail("nothing has changed"))
    for step in (FILES + 1, FILES + 2):
        save(directory, step)
        looked = OPENED.during(directory, lambda: followed.refresh() or pytest.fail("a file is new"))
        assert looked.total() == HEADS
        read = OPENED.during(directory, lambda: followed.columns("validation", fields))
        assert read == Counter({name(step): 1})
        assert followed.columns("validation", fields).steps == list(range(1, step + 1))
    (directory / name(3)).unlink()
    assert followed.refresh()
    assert not OPENED.during(directory, lambda: followed.columns("validation", fields))
    assert 3 not in followed.columns("validation", fields).steps


def test_only_the_fields_asked_are_made(directory, monkeypatch):
    made = []
    read = StatistikSource.read

    def watched(self, group, fields=None):
        made.append(read(self, group, fields))
        return made[-1]

    monkeypatch.setattr(StatistikSource, "read", watched)
    monkeypatch.setattr(builder.ColumnsBuilder, "add", lambda *_: pytest.fail("a document was taken whole"))
    columns = load(directory, cache=False).columns("validation", ["total_loss_value"])
    assert list(columns.fields) == ["total_loss_value"]
    marks = {"total_loss_value", "epoch_step_total", "iteration_duration"}  # what tells an empty update
    assert set(made[0].fields) <= marks | {"quality_ki_value", "validation_loss_value"}


HEAVY = ("numpy", "pandas", "polars", "msgspec", "rich", "importlib.metadata", "platformdirs")


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("command", [["best", "--json"], ["list", "--json"], ["best"]])
def test_what_is_imported(directory, command, times, monkeypatch):
    monkeypatch.delenv("COVERAGE_PROCESS_START", raising=False)
    program = (
        "import sys\nfrom statkit.cli.app import run\ncode = run(sys.argv[1:])\n"
        "print(code, *sorted(sys.modules), file=sys.stderr)"
    )
    for _ in range(times):
        done = subprocess.run(
            [sys.executable, "-c", program, *command, str(directory)],
            capture_output=True,
            text=True,
            timeout=60,
        )
    code, *modules = done.stderr.split()
    assert code == "0"
    assert "statkit.data.run" in modules
    heavy = [module for module in HEAVY if module != "rich" or "--json" in command]
    assert [module for module in heavy if module in modules] == []


def below(root, count):
    for number in range(count):
        save(root / f"run-{number:03}", *range(1, 4))
    return root


@pytest.mark.parametrize("cache", [True, False])
def test_a_run_is_let_go_of_before_the_next_but_one_is_found(tmp_path, cache, monkeypatch):
    """By its last reference: no cycle keeps a run, so the collector has nothing to do with it."""
    alive = weakref.WeakSet()
    most = 0

    class Run(loading.Run):
        def __init__(self, *arguments):
            nonlocal most
            super().__init__(*arguments)
            alive.add(self)
            most = max(most, len(alive))

    monkeypatch.setattr(loading, "Run", Run)
    below(tmp_path, 12)
    gc.disable()
    try:
        answer, _ = leaderboard(each_run([str(tmp_path)], cache=cache))
    finally:
        gc.enable()
    assert len(answer.table) == 12
    assert most <= 2
