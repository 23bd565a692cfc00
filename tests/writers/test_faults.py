"""Any call fails, once or for good, with any errno: nothing is raised and nothing whole is lost."""

import errno
import json
import os
import resource
import signal
from contextlib import contextmanager

import pytest

from statkit import layout
from statkit.writers import BatchMetricsWriter, StatistikWriter

ERRNOS = [
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.EMFILE,
]


def claimed(directory):
    return [
        os.path.join(where, name)
        for where, _, names in os.walk(directory)
        for name in names
        if not layout.is_temporary(name)
    ]


def assert_all_whole(directory):
    for path in claimed(directory):
        if path.endswith(".json"):
            with open(path, "rb") as file:
                json.loads(file.read())


def saved_versions(directory):
    found = set()
    for path in claimed(directory):
        if os.path.basename(path) == "Statistik_5.json":
            with open(path, "rb") as file:
                found.add(json.loads(file.read())["v"])
    return found


def sweep(tmp_path, faulty_system, prepare, act, check):
    counter = faulty_system()
    prepare(tmp_path / "count")
    act(tmp_path / "count", counter)
    assert counter.calls > 5
    for number in ERRNOS:
        for sticky in (False, True):
            for at in range(1, counter.calls + 1):
                directory = tmp_path / f"{number}-{sticky}-{at}"
                prepare(directory)
                system = faulty_system(number, at, sticky)
                check(directory, system, act(directory, system))


@pytest.mark.parametrize("resumed", [False, True])
def test_snapshot(tmp_path, faulty_system, resumed):
    def prepare(directory):
        if resumed:
            StatistikWriter(directory, {"seed": 0}, echo=len, system=faulty_system()).save(5, {"v": 1})

    def act(directory, system):
        lines = []
        writer = StatistikWriter(directory, {"seed": 1}, echo=lines.append, system=system)
        return writer, lines, writer.save(5, {"v": 2})

    def check(directory, system, outcome):
        writer, lines, path = outcome
        assert_all_whole(directory)
        versions = saved_versions(directory)
        assert versions >= ({1} if resumed else set())
        assert (path is not None) == (lines[-1] == "📊 Statistics saved: Statistik_5.json")
        assert path is None or 2 in versions
        assert path is not None or lines[-1].startswith("⚠️  Failed to save statistics JSON: ")
        system.at = 0
        assert writer.save(5, {"v": 3}) is not None
        assert_all_whole(directory)
        assert 3 in saved_versions(directory)

    sweep(tmp_path, faulty_system, prepare, act, check)


def test_batches(tmp_path, faulty_system):
    def act(directory, system):
        lines = []
        writer = BatchMetricsWriter(directory, echo=lines.append, system=system)
        for batch in range(3):
            writer.append({"batch_idx": batch, "phase": "train", "loss": 1.0})
        return writer, lines, (writer.save_epoch(0), writer.finish())

    def check(directory, system, outcome):
        writer, lines, _paths = outcome
        system.at = 0
        writer.append({"batch_idx": 3, "phase": "train", "loss": 1.0})
        final = writer.finish()
        assert_all_whole(directory)
        with open(directory / "batch_metrics.jsonl", "rb") as file:
            kept = [json.loads(line) for line in file if line.strip()]
        assert kept[-1]["batch_idx"] == 3
        with open(final, "rb") as file:
            assert json.loads(file.read())["batch_metrics"] == kept
        lost = 4 - len(kept)
        assert lost == 0 or any("Failed" in line for line in lines)
        writer.close()

    sweep(tmp_path, faulty_system, lambda directory: None, act, check)


def test_permission_denied_prints_the_original_line_and_the_mend(tmp_path, faulty_system, lines):
    system = faulty_system(errno.EACCES, at=1, only={"open"})
    assert StatistikWriter(tmp_path, system=system, echo=lines.append).save(5, {}) is None
    assert lines[0].startswith("⚠️  Failed to save statistics JSON: PermissionError: Permission denied")
    assert f"chmod 755 {tmp_path}" in lines[0]


def test_a_full_disk_prints_the_original_line_and_the_mend(tmp_path, faulty_system, lines):
    system = faulty_system(errno.ENOSPC, at=1, only={"write"})
    assert StatistikWriter(tmp_path, system=system, echo=lines.append).save(5, {}) is None
    assert lines[0].startswith("⚠️  Failed to save statistics JSON: OSError: No space left on device")
    assert "free up disk space" in lines[0]
    assert os.listdir(tmp_path) == []


def test_a_file_in_the_way_of_the_directory(tmp_path, lines):
    (tmp_path / "Learn").write_text("")
    assert StatistikWriter(tmp_path / "Learn", echo=lines.append).save(5, {}) is None
    assert StatistikWriter(tmp_path / "Learn" / "below", echo=lines.append).save(5, {}) is None
    assert len(lines) == 2


def test_a_directory_in_the_way_of_the_file(tmp_path, lines):
    (tmp_path / "Statistik_5.json").mkdir()
    assert StatistikWriter(tmp_path, echo=lines.append).save(5, {}) is None
    assert len(lines) == 1


class NoPlace:
    """The module ``os`` where one directory cannot be made though its parent is there, as in /proc."""

    def __init__(self, refused, most=20):
        self.refused, self.left = str(refused), most

    def __getattr__(self, name):
        return getattr(os, name)

    def mkdir(self, path):
        self.left -= 1
        assert self.left > 0, "asked again and again"
        if path == self.refused:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        os.mkdir(path)


@pytest.mark.parametrize("below", ["", "a", "a/b/c"])
def test_a_directory_that_cannot_be_made_though_its_parent_is_there(tmp_path, lines, below):
    refused = tmp_path / "nope"
    directory = refused / below
    assert StatistikWriter(directory, system=NoPlace(refused), echo=lines.append).save(1, {"a": 1}) is None
    BatchMetricsWriter(directory, system=NoPlace(refused), echo=lines.append).append({"a": 1})
    said = [
        f"{error}: {name} — fix: mkdir -p {directory}, or choose another directory"
        for error, name in (
            ("statistics JSON: FileNotFoundError: No such file or directory", "Statistik_1.json"),
            ("batch metrics: FileNotFoundError: No such file or directory", "batch_metrics.jsonl"),
        )
    ]
    assert lines == [f"⚠️  Failed to save {line}" for line in said]


def test_a_directory_whose_parents_are_missing_is_made(tmp_path):
    assert StatistikWriter(tmp_path / "a" / "b" / "c", system=NoPlace("none"), echo=len).save(1, {}).exists()


def test_the_directory_removed_between_two_saves(tmp_path):
    writer = StatistikWriter(tmp_path / "Learn", echo=len)
    path = writer.save(5, {})
    path.unlink()
    (tmp_path / "Learn").rmdir()
    assert writer.save(6, {}).exists()


def test_the_working_directory_changed_or_gone(tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "there")
    writer = StatistikWriter("Learn", echo=len)
    monkeypatch.chdir(tmp_path)
    assert writer.save(5, {}) == tmp_path / "there" / "Learn" / "Statistik_5.json"


@contextmanager
def small_files():
    """Let the kernel refuse to let any file grow beyond 4,000 bytes: a real EFBIG after a short write.

    Only around the calls under test: the test runner's own output may go to a file too.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_snapshot_over_the_limit_leaves_the_old_one(tmp_path, lines):
    writer = StatistikWriter(tmp_path, echo=lines.append)
    with small_files():
        saved = writer.save(5, {"v": 1})
        refused = writer.save(5, {"v": "x" * 9000})
    assert saved
    assert refused is None
    assert "EFBIG" in lines[-1] or "File too large" in lines[-1]
    assert json.loads((tmp_path / "Statistik_5.json").read_bytes()) == {"v": 1}
    assert not [name for name in os.listdir(tmp_path) if layout.is_temporary(name)]


def test_a_line_cut_by_a_full_disk_is_not_glued_to_the_next(tmp_path, lines):
    writer = BatchMetricsWriter(tmp_path, echo=lines.append)
    with small_files():
        for batch in range(300):
            writer.append({"batch_idx": batch, "phase": "train", "loss": 0.25})
    writer.append({"batch_idx": 300, "phase": "train", "loss": 0.5})
    assert len(lines) == 1
    assert "File too large" in lines[0]
    text = (tmp_path / "batch_metrics.jsonl").read_bytes()
    *whole, torn, last, empty = text.split(b"\n")
    assert json.loads(last)["batch_idx"] == 300
    assert [json.loads(line)["batch_idx"] for line in whole] == list(range(len(whole)))
    assert not empty
    with pytest.raises(json.JSONDecodeError):
        json.loads(torn)
    final = json.loads(writer.finish().read_bytes())
    assert len(final["batch_metrics"]) == len(whole) + 1
    assert final["metadata"]["lines_skipped"] == 1
    assert final["metadata"]["records_lost"] == 300 - len(whole)
    assert "batch records could not be written" in lines[-1]


def test_a_real_full_device(tmp_path, lines):
    (tmp_path / "batch_metrics.jsonl").symlink_to("/dev/full")
    writer = BatchMetricsWriter(tmp_path, echo=lines.append)
    for batch in range(5):
        writer.append({"batch_idx": batch})
    assert len(lines) == 1
    assert "No space left on device" in lines[0]
