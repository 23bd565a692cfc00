"""The cache is only a hint: no byte of it changes an answer, and nothing about it can fail."""

import contextlib
import json
import os
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from statkit.cli.app import run
from statkit.data.cache import default_cache
from statkit.data.cache import entry as entries
from statkit.data.cache.contents import contents
from statkit.data.cache.entry import DamagedError, Entry
from statkit.data.cache.place import Place, default_directory, default_limit
from statkit.data.load import load
from statkit.sources import listing
from statkit.sources.registry import sources

deeds = SimpleNamespace(**run_path(str(Path(__file__).with_name("deeds.py"))))
ASKED = (["best"], ["trend", "-m", "validation_loss_value"], ["list"])

root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture(autouse=True)
def rested(monkeypatch):
    """Files of a test are never two seconds old: trust them at once all the same."""
    monkeypatch.setattr(listing, "RESTED_NS", 0)


@pytest.fixture
def training(tmp_path):
    return deeds.Training(tmp_path / "run")


def cold(training):
    return [deeds.answer(question, training.path, cache=False) for question in ASKED]


def warm(training):
    return [deeds.answer(question, training.path, cache=True) for question in ASKED]


def place():
    return default_cache().place


def stored():
    """The one file of the cache."""
    (file,) = place().files()
    return Path(file.path)


def digest(directory):
    """Every path below, with all that a write could change."""
    found = {}
    for path in sorted(Path(directory).rglob("*")):
        status = path.lstat()
        times = (status.st_mtime_ns, status.st_ctime_ns, status.st_mode, status.st_ino)
        found[str(path)] = (times, path.read_bytes() if path.is_file() else None)
    return found


# --- damage -----------------------------------------------------------------------------------------


@pytest.fixture
def filled(training):
    expected = cold(training)
    assert warm(training) == expected
    return training, expected, stored(), stored().read_bytes()


MUTATIONS = st.one_of(
    st.tuples(st.just("flip"), st.integers(0, 10**6), st.integers(1, 255)),
    st.tuples(st.just("cut"), st.integers(0, 10**6), st.just(0)),
    st.tuples(st.just("add"), st.integers(0, 10**6), st.integers(0, 255)),
    st.tuples(st.just("zero"), st.integers(0, 10**6), st.integers(1, 4096)),
    st.tuples(st.just("swap"), st.integers(0, 10**6), st.integers(1, 4096)),
)


def mutated(data, kind, number, size):
    at = number % len(data)
    if kind == "flip":
        return data[:at] + bytes([data[at] ^ size]) + data[at + 1 :]
    if kind == "cut":
        return data[:at]
    if kind == "add":
        return data + bytes([size]) * (number % 5000)
    if kind == "zero":
        return data[:at] + bytes(len(data[at : at + size])) + data[at + size :]
    return data[at:] + data[:at]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MUTATIONS)
@example(("cut", 0, 0))
@example(("cut", 26, 0))
@example(("flip", 14, 255))
@example(("flip", 21, 255))
def test_no_byte_of_it_matters(filled, mutation):
    training, expected, path, data = filled
    path.write_bytes(mutated(data, *mutation))
    assert warm(training) == expected
    assert warm(training) == expected
    path.write_bytes(data)


def everything(path, identity):
    """All that is in a file of the cache."""
    entry = Entry.load(str(path), identity)
    known = entry.known(SOURCES)
    kept = {name: entry.kept(name) for name in entry.held}
    packed = {name: entry.packed(name) for name in entry.held}
    return known, kept, packed


SOURCES = {source.name: source for source in sources()}


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MUTATIONS)
def test_damage_is_seen_wherever_it_is(filled, mutation):
    training, _, path, data = filled
    identity = default_cache().shelf(str(training.path)).identity
    before = everything(path, identity)
    path.write_bytes(mutated(data, *mutation))
    try:
        with contextlib.suppress(DamagedError):
            assert everything(path, identity) == before
    finally:
        path.write_bytes(data)


def test_of_another_directory_another_scan_or_another_version(filled, tmp_path, monkeypatch):
    training, expected, path, data = filled
    other = deeds.Training(tmp_path / "other")
    for step in range(100, 2000, 100):
        other.save(step, "zero")
    of_other = cold(other)
    warm(other)
    paths = [Path(file.path) for file in place().files()]
    foreign = next(each for each in paths if each != path)
    foreign_data = foreign.read_bytes()
    path.write_bytes(foreign_data)
    foreign.write_bytes(data)
    assert warm(training) == expected
    assert warm(other) == of_other
    monkeypatch.setattr(entries, "FORMAT", entries.FORMAT + 1)
    path.write_bytes(data)
    assert warm(training) == expected
    assert path.read_bytes() != data  # written anew, in the newer format


def test_a_directory_moved_away_and_another_in_its_place(training, tmp_path):
    warm(training)
    os.rename(training.path, tmp_path / "elsewhere")
    other = deeds.Training(training.path)
    other.save(300, "nan")
    assert warm(other) == cold(other)
    assert warm(SimpleNamespace(path=tmp_path / "elsewhere")) == cold(
        SimpleNamespace(path=tmp_path / "elsewhere")
    )


def test_reached_by_a_link(training, tmp_path):
    (tmp_path / "link").symlink_to(training.path, target_is_directory=True)
    through = SimpleNamespace(path=tmp_path / "link")
    warm(training)
    assert warm(through) == cold(through)
    assert len(place().files()) == 1


# --- where it lies ----------------------------------------------------------------------------------


def test_the_run_directory_is_left_alone(training):
    training.do("superseded", 1, "timeless")
    training.do("truncate", 1, "usual")
    before = digest(training.path)
    for question in deeds.QUESTIONS:
        for cache in (True, True, False):
            deeds.answer(question, training.path, cache=cache)
    assert digest(training.path) == before


def test_private(training):
    warm(training)
    assert os.stat(place().directory).st_mode & 0o777 == 0o700
    assert stored().stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_directory_that_others_may_write_to(filled, mode):
    training, _, path, data = filled
    os.chmod(path.parent, mode)
    training.do("save", 3, "zero")
    assert warm(training) == cold(training)
    assert path.read_bytes() == data  # neither believed nor written


@root
def test_a_directory_of_somebody_else(filled):
    training, _, path, data = filled
    os.chown(path.parent, 12345, 12345)
    training.do("save", 3, "zero")
    assert warm(training) == cold(training)
    assert path.read_bytes() == data


def fifo(path):
    os.mkfifo(path)


def link_into_the_run(path):
    path.symlink_to(path.parents[2] / "target")
    (path.parents[2] / "target").write_text("mine")
    os.utime(path.parents[2] / "target", (1, 1))


def unix_socket(path):
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as made, contextlib.chdir(path.parent):
        made.bind(path.name)


@pytest.mark.parametrize("make", [fifo, link_into_the_run, unix_socket, Path.mkdir, Path.touch])
def test_something_else_where_the_file_belongs(filled, tmp_path, make):
    training, expected, path, _ = filled
    path.unlink()
    make(path)
    target = path.parents[2] / "target"
    before = digest(target.parent) if make is link_into_the_run else None
    assert warm(training) == expected
    assert warm(training) == expected
    assert list(contents(place()))
    if before is not None:
        assert target.read_text() == "mine"
        assert target.stat().st_mtime == 1


def test_something_else_where_the_directory_belongs(training, monkeypatch, tmp_path):
    expected = cold(training)
    for name, make in {
        "file": Path.touch,
        "fifo": fifo,
        "dangling": lambda p: p.symlink_to("no/where"),
    }.items():
        make(tmp_path / name)
        for named in (tmp_path / name, tmp_path / name / "below"):
            monkeypatch.setenv("STATKIT_CACHE", str(named))
            assert warm(training) == expected
            assert not place().files()
            assert place().clear() == (0, 0)


def test_a_link_to_a_directory_of_ones_own(training, monkeypatch, tmp_path):
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setenv("STATKIT_CACHE", str(tmp_path / "link"))
    assert warm(training) == warm(training) == cold(training)
    assert len(list((tmp_path / "real").iterdir())) == 1


@pytest.mark.parametrize("value", ["off", "OFF", "0", "", " no ", "None"])
def test_switched_off(training, monkeypatch, value, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("STATKIT_CACHE", value)
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.rglob("*"))
    assert default_cache() is None
    assert warm(training) == cold(training)
    assert set(tmp_path.rglob("*")) == before


def test_where_it_lies_by_itself(monkeypatch):
    monkeypatch.delenv("STATKIT_CACHE")
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert default_directory() == "/home/ada/.cache/statkit"
    monkeypatch.setenv("XDG_CACHE_HOME", "/large/cache")
    assert default_directory() == "/large/cache/statkit"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert default_directory() == "/home/ada/.cache/statkit"
    monkeypatch.setenv("STATKIT_CACHE", "~/mine")
    assert default_directory() == "/home/ada/mine"


def test_nowhere_for_a_user_without_a_home(monkeypatch):
    monkeypatch.delenv("STATKIT_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert default_directory() is None


def test_the_platform_says_the_same(monkeypatch):
    import platformdirs

    monkeypatch.delenv("STATKIT_CACHE")
    assert default_directory() == platformdirs.user_cache_dir("statkit", appauthor=False)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("", 1_024_000_000),
        ("much", 1_024_000_000),
        ("1.5", 1_500_000),
        ("-3", 0),
        ("nan", 0),
        ("inf", 10**15),
    ],
)
def test_how_large_it_may_grow(monkeypatch, text, most):
    monkeypatch.setenv("STATKIT_CACHE_MB", text)
    assert default_limit() == most


# --- room -------------------------------------------------------------------------------------------


def test_nothing_is_kept_where_nothing_may_be(training, monkeypatch):
    monkeypatch.setenv("STATKIT_CACHE_MB", "0")
    assert warm(training) == warm(training) == cold(training)
    assert not place().files()


def test_the_least_recently_used_goes_first(tmp_path):
    kept = Place(str(tmp_path / "cache"), 1000)
    for age, name in ((3, "b"), (1, "c"), (2, "a")):
        assert kept.write(name, [b"x" * 300])
        os.utime(kept.path(name), (time.time() - 7200 * age,) * 2)
    assert kept.use("b") is not None  # used now: the oldest no more
    assert kept.write("d", [b"x" * 200, b"y" * 200])
    assert {Path(file.path).name for file in kept.files()} == {"b.columns", "d.columns"} | {"c.columns"}
    assert kept.write("e", [b"x" * 300])
    assert {Path(file.path).name for file in kept.files()} == {"b.columns", "d.columns", "e.columns"}


def test_what_is_larger_than_half_of_it_is_not_kept(tmp_path):
    kept = Place(str(tmp_path / "cache"), 1000)
    kept.write("small", [b"x" * 100])
    assert not kept.write("large", [b"x" * 501])
    assert [Path(file.path).name for file in kept.files()] == ["small.columns"]


def test_what_cannot_be_removed_does_not_count_as_removed(tmp_path):
    kept = Place(str(tmp_path / "cache"), 1000)
    kept.write("a", [b"x" * 300])
    os.mkdir(kept.path("stuck"))
    os.utime(kept.path("stuck"), (1, 1))
    stuck = os.stat(kept.path("stuck")).st_size
    kept = Place(kept.directory, stuck + 500)
    kept.write("b", [b"x" * 400])
    assert [Path(file.path).name for file in kept.files()] == ["stuck.columns", "b.columns"]


def test_leftovers_of_writers_that_died_go_when_they_are_old(tmp_path):
    kept = Place(str(tmp_path / "cache"), 1000)
    kept.write("a", [b"x"])
    old, new = (Path(kept.path(name) + ".1.2.tmp") for name in ("old", "new"))
    foreign = Path(kept.directory) / "notes.tmp"
    for path in (old, new, foreign):
        path.write_bytes(b"x")
    os.utime(old, (1, 1))
    os.utime(foreign, (1, 1))
    kept.write("b", [b"x"])
    assert not old.exists()
    assert new.exists()
    assert foreign.exists()


@contextlib.contextmanager
def largest_file(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 10, 1000])
def test_no_space(training, size):
    expected = cold(training)
    with largest_file(size):
        found = warm(training)
    assert found == expected
    assert os.listdir(place().directory) == []


@root
def test_a_full_file_system(training, monkeypatch, tmp_path):
    expected = cold(training)
    mounted = tmp_path / "full"
    mounted.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k,mode=700", "tmpfs", mounted], check=True)
    try:
        (mounted / "one page").write_text("full")
        monkeypatch.setenv("STATKIT_CACHE", str(mounted / "cache"))
        assert warm(training) == warm(training) == expected
        assert not place().files()
        subprocess.run(["mount", "-o", "remount,ro", mounted], check=True)
        assert warm(training) == expected
    finally:
        subprocess.run(["umount", mounted], check=True)


@pytest.mark.parametrize("mode", [0o500, 0o000])
def test_a_directory_one_may_not_write_to(filled, mode):
    """Root may all the same: for root a file system that is read-only stands above."""
    training, _, path, _ = filled
    os.chmod(path.parent, mode)
    training.do("save", 3, "zero")
    try:
        assert warm(training) == warm(training) == cold(training)
    finally:
        os.chmod(path.parent, 0o700)


# --- many at once -----------------------------------------------------------------------------------

READER = """
import sys
from statkit.sources import listing
listing.RESTED_NS = 0
import statkit
for _ in range(int(sys.argv[2])):
    run = statkit.load(sys.argv[1])
    found = [run.columns("validation", [name]).fields[name] for name in sys.argv[3:]]
    print(repr(found), statkit.best(run, "quality_ki_value").step)
"""


def reader(training, *fields, times=6):
    command = [sys.executable, "-c", READER, str(training.path), str(times), *fields]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_eight_at_once(training):
    """They want different fields, so that each puts its own in the others' place."""
    names = ["quality_ki_value", "total_loss_value", "validation_loss_value", "quality_lr_value"]
    running = [reader(training, *names[k % 4 :], names[k % 3]) for k in range(8)]
    found = [process.communicate(timeout=120) for process in running]
    columns = load(training.path, cache=False).columns("validation", names).fields
    best = load(training.path, cache=False).columns("validation", ["quality_ki_value"])
    step = max(zip(best.fields["quality_ki_value"], best.steps, strict=True))[1]
    for k, (out, err) in enumerate(found):
        asked = [*names[k % 4 :], names[k % 3]]
        assert err == ""
        assert out == f"{[columns[name] for name in asked]!r} {step}\n" * 6
    assert [file.path for file in place().files()] == [str(stored())]


WRITER = """
import os, sys
from statkit.data.cache.place import Place
kept = Place(sys.argv[1], 10**9)
number = 0
print("ready", flush=True)
while True:
    number += 1
    kept.write("one", [bytes([number % 251]) * 4096] * 64)
"""


def test_a_killed_writer_leaves_nothing_that_a_reader_takes(tmp_path):
    """Old file or new file, whole, at whatever moment it dies; its temporary file bears no reader's name."""
    kept = Place(str(tmp_path / "cache"), 10**9)
    left = 0
    for moment in range(25):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, kept.directory], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout.readline() == "ready\n"
        time.sleep(0.002 + moment / 5000)
        writer.kill()
        writer.wait()
        writer.stdout.close()
        for file in kept.files():
            data = Path(file.path).read_bytes()
            assert Path(file.path).name == "one.columns"
            assert data == data[:1] * (4096 * 64)
        left += sum(name.endswith(".tmp") for name in os.listdir(kept.directory))
    assert kept.files()
    assert left  # some died while they wrote
    kept.clear()
    assert os.listdir(kept.directory) == []


# --- looked at, and cleared -------------------------------------------------------------------------


def asked_of_the_cache(capsys, *arguments):
    assert run(["cache", *arguments]) == 0
    return capsys.readouterr().out


def test_the_command(training, capsys, tmp_path):
    warm(training)
    answer = json.loads(asked_of_the_cache(capsys, "--json"))
    (held,) = answer["files"]
    assert answer["schema"] == "statkit.cache/1"
    assert answer["directory"] == str(stored().parent)
    assert held["path"] == str(training.path)
    assert held["exists"] is True
    assert held["files"] == deeds.FIRST
    assert held["bytes"] == answer["bytes"] == stored().stat().st_size
    assert str(training.path) in asked_of_the_cache(capsys)
    os.rename(training.path, tmp_path / "elsewhere")
    assert "(gone)" in asked_of_the_cache(capsys)
    stored().write_bytes(b"nothing of ours")
    assert "(damaged)" in asked_of_the_cache(capsys)
    (stored().parent / "notes.txt").write_text("mine")
    cleared = json.loads(asked_of_the_cache(capsys, "--clear", "--json"))
    assert (cleared["removed"], cleared["freed"], cleared["files"], cleared["bytes"]) == (1, 15, [], 0)
    assert os.listdir(cleared["directory"]) == ["notes.txt"]


def test_the_command_where_it_is_off(monkeypatch, capsys):
    monkeypatch.setenv("STATKIT_CACHE", "off")
    answer = json.loads(asked_of_the_cache(capsys, "--json"))
    assert (answer["directory"], answer["files"]) == (None, [])
    assert "off" in asked_of_the_cache(capsys, "--clear")
