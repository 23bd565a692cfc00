"""A file being written is waited for a moment, then skipped, then picked up; never half a record."""

import json
import os
import threading
import time

import pytest

from statkit.errors import MalformedFileError, TruncatedFileError
from statkit.sources.base import File
from statkit.sources.faults import RETRY_WAIT, Patience, load_object


def aged(path):
    os.utime(path, (1e9, 1e9))


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
