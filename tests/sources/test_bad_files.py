"""One bad file costs one file: whatever stands in a run directory, the rest is read and nothing changes."""

import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from statkit.data.load import load_all
from statkit.errors import MalformedFileError, RunNotFoundError, SourceError, TruncatedFileError
from statkit.sources.base import File
from statkit.sources.faults import RETRY_WAIT, Patience, load_object

SNAPSHOT = json.dumps(
    {"step_current": 1000, "quality_ki_value": 0.65, "layer_activity_map": {"Schicht ä": 3}}, indent=2
)

BAD = {
    "empty": b"",
    "blank": b" \r\n\t",
    "zeros": b"\0" * 5000,
    "half": SNAPSHOT.encode()[:40],
    "tail": SNAPSHOT.encode()[40:],
    "garbage": bytes(range(256)) * 8,
    "html": b"<!DOCTYPE html><html></html>",
    "twice": SNAPSHOT.encode() * 2,
    "single quotes": SNAPSHOT.encode().replace(b'"', b"'"),
    "root list": b"[1, 2]",
    "root number": b"12345678901234567890123",
    "root string": b'"step_current"',
    "root null": b"null",
    "root true": b"true",
    "empty object": b"{}",
    "batch metrics": b'{"batch_metrics": [{"batch_idx": 0}]}',
    "deep list": b"[" * 100_000,
    "deep map": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
}

STRANGE = {
    "bom": SNAPSHOT.encode("utf-8-sig"),
    "utf-16": SNAPSHOT.encode("utf-16"),
    "utf-16 bare": SNAPSHOT.encode("utf-16-be"),
    "utf-32": SNAPSHOT.encode("utf-32"),
    "crlf": SNAPSHOT.replace("\n", "\r\n").encode(),
    "not utf-8": SNAPSHOT.encode("latin-1"),
    "surrogate": SNAPSHOT.replace("}\n}", '},\n"x": "\\ud800"}').encode(),
    "duplicate keys": SNAPSHOT.replace("{", '{"quality_ki_value": 0.1,', 1).encode(),
    "trailing zeros of nothing": SNAPSHOT.encode() + b"\n\n",
    "deep value": SNAPSHOT.replace("}\n}", '},\n"x": ' + "[" * 950 + "]" * 950 + "}").encode(),
    "deep map": SNAPSHOT.replace("}\n}", '},\n"x": ' + '{"a":' * 900 + "1" + "}" * 900 + "}").encode(),
    "huge number": SNAPSHOT.replace("}\n}", '},\n"x": 1' + "0" * 6000 + "}").encode(),
    "huge step": SNAPSHOT.replace("1000", "1" + "0" * 400).encode(),
    "huge time": SNAPSHOT.replace("}\n}", '},\n"last_update_time": 1e300}').encode(),
    "odd types": b'{"step_current": [1], "quality_ki_value": {}, "epoch_num": "x", "last_update_time": []}',
    "odd non_finite": b'{"step_current": 1, "non_finite": {"a": [1], "b": {}}}',
}


@pytest.mark.parametrize("fault", BAD)
@pytest.mark.parametrize("place", ["Statistik_400.json", "Statistik_1000.json", "Statistik_9.json"])
def test_a_bad_snapshot_is_named_once_and_the_rest_is_read(directory, fault, place):
    directory.snapshots(500, 1500)
    directory.put(place, BAD[fault])
    run = directory.run()
    assert run.columns("validation").steps == [500, 1500]
    assert [(n.code, n.path) for n in run.notices] == [("skipped-file", place)]
    assert len(run.frame()) == 2


@pytest.mark.parametrize("fault", STRANGE)
def test_a_strange_snapshot_is_read(directory, fault):
    directory.snapshots(500, 1500)
    directory.put("Statistik_1000.json", STRANGE[fault])
    run = directory.run()
    assert run.columns("validation").steps == [500, 1000, 1500]
    for engine in ("pandas", "polars"):
        for shape in ("wide", "long"):
            assert len(run.frame(engine=engine, shape=shape)) >= 3
    if fault not in ("odd types", "odd non_finite"):
        assert run.columns("validation").fields["quality_ki_value"][1] == 0.65
    assert len(list(run.documents())) == 3


@pytest.mark.parametrize("fault", [*BAD, *STRANGE])
def test_a_bad_snapshot_named_on_the_command_line_is_an_error_or_a_run(directory, fault):
    path = directory.put("Statistik_1000.json", (BAD | STRANGE)[fault])
    if fault in STRANGE:
        assert load_all([str(path)])[0].columns("validation").steps == [1000]
    elif fault == "batch metrics":  # what a file holds counts, not its name
        assert len(load_all([str(path)])[0].columns("batch")) == 1
    else:
        with pytest.raises(SourceError, match=r"Statistik_1000\.json"):
            load_all([str(path)])[0].columns("validation")


def test_a_snapshot_torn_at_every_byte_is_skipped_and_never_half_read(directory):
    data = json.dumps(directory.snapshot(1000), indent=2).encode()
    directory.snapshots(500)
    for size in range(len(data)):
        aged(directory.put(f"Statistik_{1000 + size}.json", data[:size]))
    run = directory.run()
    assert run.columns("validation").steps == [500]
    assert {n.code for n in run.notices} == {"skipped-file"}
    assert len(run.notices) == len(data)


def test_a_batch_file_torn_at_every_byte_is_skipped_and_never_half_read(directory):
    records = [directory.batch(i) for i in range(3)]
    data = json.dumps(directory.metrics(records)).encode()
    directory.put("final_training_metrics.json", directory.metrics(records[:2]))
    for size in range(len(data)):
        aged(directory.put(f"metrics_20251004_{100000 + size}.json", data[:size]))
    assert len(directory.columns("batch")) == 2


def test_lines_torn_at_every_byte_lose_the_last_record_alone(directory):
    lines = [json.dumps(directory.batch(i)) for i in range(3)]
    data = "".join(line + "\n" for line in lines).encode()
    ends = [sum(len(line) + 1 for line in lines[: n + 1]) - 1 for n in range(3)]
    for size in range(1, len(data)):
        directory.put("batch_metrics.jsonl", data[:size])
        whole = sum(size >= end for end in ends)
        run = directory.run() if b'"phase"' in data[:size] else None
        assert run is None or len(run.columns("batch")) == whole


def aged(path):
    os.utime(path, (1e9, 1e9))


@pytest.mark.parametrize(
    "name",
    [
        "Statistik_5.json.tmp",
        ".Statistik_5.json.1234.abc.tmp",
        "Statistik_5.json~",
        "Statistik_5.JSON.BAK",
        "Statistik_-5.json",
        "notes.txt",
        "checkpoint_step_0000500_config_ref.json",
        "runtime_config_step_0000500.json",
    ],
)
def test_other_names_are_no_business_of_ours(directory, name):
    directory.snapshots(500)
    directory.put(name, b"{")
    assert directory.columns().steps == [500]
    assert directory.notices() == []


@pytest.mark.parametrize(
    "name",
    [
        b"Statistik_600_\xff\xfe.json",
        "Statistik_600_größe 😀.json".encode(),
        b"Statistik_600_a\nb.json",
        b"Statistik_600_-rf *.json",
    ],
)
def test_odd_names_do_not_hurt(directory, name):
    directory.snapshots(500)
    Path(os.fsdecode(os.fsencode(directory.path) + b"/" + name)).write_text(
        json.dumps(directory.snapshot(600))
    )
    run = directory.run()
    assert run.columns("validation").steps == [500, 600]
    for engine in ("pandas", "polars"):
        assert len(run.frame(engine=engine, provenance=True)) == 2
        run.frame(engine=engine, provenance=True).to_dict()


def special(directory):
    """Everything that is no regular file, under names of ours; gives what must be closed."""
    path = directory.path
    os.mkfifo(path / "Statistik_1.json")
    os.mkdir(path / "Statistik_2.json")
    os.symlink("Statistik_3.json", path / "Statistik_3.json")
    os.symlink("nowhere", path / "Statistik_4.json")
    os.symlink("/dev/zero", path / "Statistik_5.json")
    os.symlink(".", path / "epoch_1_metrics.json")
    here = os.getcwd()
    os.chdir(path)  # a socket's path is short
    try:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind("Statistik_6.json")
    finally:
        os.chdir(here)
    return listener


REASONS = {
    "Statistik_1.json": "FIFO",
    "Statistik_2.json": "a directory",
    "Statistik_3.json": "symbolic links",
    "Statistik_4.json": "dangling",
    "Statistik_5.json": "a device",
    "Statistik_6.json": "a socket",
    "epoch_1_metrics.json": "a directory",
}


def test_only_regular_files_are_opened_the_others_are_named(directory):
    directory.snapshots(500)
    with special(directory):
        run = directory.run()
        assert run.columns("validation").steps == [500]
        found = {n.path: n.message for n in run.notices}
        assert set(found) == set(REASONS)
        for name, reason in REASONS.items():
            assert reason in found[name]


def test_a_special_file_named_on_the_command_line_is_an_error(directory):
    with special(directory):
        for name in REASONS:
            with pytest.raises(SourceError):
                load_all([str(directory.path / name)])[0].columns("validation")


def test_a_special_file_in_the_place_of_settings_is_not_opened(directory):
    directory.snapshots(500)
    os.mkfifo(directory.path / "runtime_config.json")
    os.symlink("/dev/zero", directory.path / "experiment_config.json")
    os.mkfifo(directory.path / "statkit.toml")
    run = directory.run()
    assert run.config == {}
    assert run.metric("quality_ki_value").direction == "max"


def test_a_file_that_becomes_a_device_after_the_scan_is_not_read(directory):
    directory.snapshots(500, 1000)
    run = directory.run()
    os.remove(directory.path / "Statistik_1000.json")
    os.symlink("/dev/zero", directory.path / "Statistik_1000.json")
    assert run.columns("validation").steps == [500]


def test_a_file_that_vanishes_after_the_scan_is_named(directory):
    directory.snapshots(500, 1000)
    run = directory.run()
    os.remove(directory.path / "Statistik_1000.json")
    assert run.columns("validation").steps == [500]
    assert [(n.path, "No such file" in n.message) for n in run.notices] == [("Statistik_1000.json", True)]


def test_links_to_regular_files_are_read(directory):
    directory.snapshots(500)
    os.symlink("Statistik_500.json", directory.path / "Statistik_600.json")
    assert directory.columns().steps == [500, 600]


UNPRIVILEGED = """
import os, sys
from statkit.data.load import load_all
from statkit.errors import SourceError
if os.getuid() == 0:
    load_all([sys.argv[1]])[0].columns("validation")  # imports all that the other user may not read
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
run = load_all([sys.argv[1]])[0]
print(run.columns("validation").steps)
print(*sorted(f"{n.code} {n.path} {n.message}" for n in run.notices), sep="\\n")
try:
    load_all([sys.argv[1] + "/Statistik_600.json"])[0].columns("validation")
except SourceError as error:
    print(error)
"""


def test_permission_errors_are_per_file(tmp_path_factory, directory):
    directory.snapshots(500, 600)
    directory.put("metrics/Statistik_700.json", directory.snapshot(700))
    (directory.path / "Statistik_600.json").chmod(0)
    (directory.path / "metrics").chmod(0)
    for parent in (directory.path, *directory.path.parents):
        if parent == Path(tmp_path_factory.getbasetemp()).parent.parent:
            break
        parent.chmod(0o755)
    command = [sys.executable, "-c", UNPRIVILEGED]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*command, str(directory.path)], capture_output=True, text=True, env=environment, check=False
    )
    (directory.path / "metrics").chmod(0o755)
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    assert first == "[500]"
    assert len(rest) == 3
    assert "Statistik_600.json" in rest[0]
    assert "Permission denied" in rest[0]
    assert "metrics" in rest[1]
    assert "Permission denied" in rest[2]


def digest(path):
    """Everything that can be seen of a directory, times of access apart."""
    seen = []
    for root, directories, files in sorted(os.walk(path)):
        for name in sorted([*directories, *files]):
            status = os.lstat(os.path.join(root, name))
            content = Path(root, name).read_bytes() if name in files else b""
            seen.append(
                (
                    root,
                    name,
                    status.st_mode,
                    status.st_size,
                    status.st_mtime_ns,
                    status.st_ctime_ns,
                    status.st_ino,
                )
            )
            seen.append(hashlib.sha256(content).hexdigest())
    return seen


def test_the_run_directory_is_never_modified(directory):
    directory.snapshots(500, 1000)
    directory.put(
        "metrics/metrics_20251004_141145.json", directory.metrics([directory.batch(i) for i in range(9)])
    )
    directory.put("table.csv", "step,loss\n1,0.5\n")
    directory.put("Statistik_1500.json", b"{")
    directory.put("superseded/1/Statistik_1000.json", directory.snapshot(1000))
    before = digest(directory.path)
    for on_rewind in ("last", "first", "all"):
        run = directory.run(on_rewind=on_rewind)
        run.frame()
        run.frame(engine="polars", shape="long")
        list(run.documents())
        assert run.notices
        assert run.config == {}
    assert digest(directory.path) == before


def test_a_file_of_three_gigabytes_is_refused_with_its_size(directory):
    directory.snapshots(500)
    with open(directory.path / "Statistik_600.json", "wb") as stream:
        stream.truncate(3_000_000_000)
    (notice,) = directory.notices()
    assert "2.8 GiB" in notice.message
    assert directory.columns().steps == [500]


class Clock:
    """Time that passes only by sleeping; what happens at each sleep."""

    def __init__(self, now, at_sleep=lambda: None):
        self.now, self.at_sleep, self.slept = now, at_sleep, []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds
        self.at_sleep()


def a_file(path):
    return File(path.name, str(path), 1, 0, 0, 0)


def test_a_file_being_written_is_looked_at_again(directory):
    path = directory.put("Statistik_500.json", b'{"step_cur')
    clock = Clock(path.stat().st_mtime, lambda: directory.put("Statistik_500.json", b'{"step_current": 500}'))
    assert load_object(a_file(path), Patience(0.3, clock.sleep, lambda: clock.now)) == {"step_current": 500}
    assert clock.slept == [RETRY_WAIT]


def test_patience_ends_and_covers_all_files_of_one_reading(directory):
    path = directory.put("Statistik_500.json", b'{"step_cur')
    clock = Clock(path.stat().st_mtime)
    patience = Patience(0.3, clock.sleep, lambda: clock.now)
    for _ in range(50):
        with pytest.raises(TruncatedFileError):
            load_object(a_file(path), patience)
    assert 0.3 <= sum(clock.slept) < 0.3 + 2 * RETRY_WAIT


@pytest.mark.parametrize("age", [-60.0, 60.0])
def test_an_old_file_cut_short_is_not_waited_for(directory, age):
    path = directory.put("Statistik_500.json", b'{"step_cur')
    clock = Clock(path.stat().st_mtime + age)
    with pytest.raises(TruncatedFileError):
        load_object(a_file(path), Patience(0.3, clock.sleep, lambda: clock.now))
    assert clock.slept == []


def test_a_damaged_file_is_not_waited_for(directory):
    path = directory.put("Statistik_500.json", b'{"step_current": x}')
    clock = Clock(path.stat().st_mtime)
    with pytest.raises(MalformedFileError):
        load_object(a_file(path), Patience(0.3, clock.sleep, lambda: clock.now))
    assert clock.slept == []


def test_a_truncated_file_is_picked_up_when_it_is_whole(directory):
    directory.snapshots(500)
    path = directory.put("Statistik_1000.json", b"{")
    aged(path)
    assert directory.columns().steps == [500]
    directory.snapshots(1000)
    assert directory.columns().steps == [500, 1000]


def churn(directory, seconds):
    """Write snapshots and lines in place, as the original program does, while reading again and again."""
    stop = threading.Event()
    whole = json.dumps(directory.snapshot(1000, quality_ki_value=0.75), indent=2).encode()
    line = json.dumps(directory.batch(3)).encode() + b"\n"
    directory.snapshots(500)
    log = directory.put("batch_metrics.jsonl", line)

    def write():
        number = 0
        while not stop.is_set():
            with open(directory.path / f"Statistik_{1000 + number % 5}.json", "wb", buffering=0) as stream:
                stream.write(whole[:300])
                time.sleep(0.001)
                stream.write(whole[300:])
            with open(log, "ab", buffering=0) as stream:
                stream.write(line[:40])
                time.sleep(0.001)
                stream.write(line[40:])
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    looks = 0
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            run = directory.run()
            columns = run.columns("validation", ["quality_ki_value", "training_active"])
            assert columns.steps[0] == 500
            assert set(columns.fields["quality_ki_value"][1:]) <= {0.75}
            assert all(columns.fields["training_active"])
            batch = run.columns("batch", ["loss", "ssim"])
            assert set(batch.fields["loss"]) == {0.25}
            assert set(batch.fields["ssim"]) == {0.503}
            looks += 1
    finally:
        stop.set()
        writer.join()
    assert looks > 1
    assert directory.columns().steps[0] == 500


def test_a_writer_beside_a_reader_never_shows_half_a_record(directory):
    churn(directory, 1.0)


@pytest.mark.slow
def test_a_writer_beside_a_reader_for_a_minute(directory):
    churn(directory, 60.0)


def test_a_metrics_directory_that_is_none_and_an_empty_run(directory):
    directory.put("metrics", b"a file")
    with pytest.raises(SourceError, match="holds no run"):
        directory.run()


def test_a_missing_path_offers_the_nearest(directory):
    with pytest.raises(RunNotFoundError, match="Did you mean"):
        load_all([str(directory.path) + "s"])
