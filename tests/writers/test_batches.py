import json
import math
import os
import re
import statistics
import threading

import numpy as np
import pandas as pd
import pytest

from statkit.writers import BatchMetricsWriter, append_log
from statkit.writers.summary import Moments


def read(path):
    return json.loads(path.read_bytes(), parse_constant=lambda name: pytest.fail(f"bare {name}"))


def log_of(directory):
    return [json.loads(line) for line in (directory / "batch_metrics.jsonl").read_bytes().splitlines()]


def record(batch, phase="train", **more):
    return {"batch_idx": batch, "phase": phase, "loss": 1 / (batch + 1), **more}


@pytest.fixture
def writer(tmp_path, lines):
    with BatchMetricsWriter(
        tmp_path, {"analysis_frequency": 50}, device="cuda:0", echo=lines.append
    ) as writer:
        yield writer


def test_a_record_is_in_the_file_when_append_returns(tmp_path, writer, timeless):
    writer.append(record(0))
    assert timeless(tmp_path / "batch_metrics.jsonl") == b'{"batch_idx":0,"phase":"train","loss":1.0}\n'


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"a": math.nan, "b": 1.5}, {"a": None, "b": 1.5, "non_finite": {"a": "NaN"}}),
        ({"a": math.inf, "n": None}, {"a": None, "n": None, "non_finite": {"a": "Infinity"}}),
        ({"a": {"b": -math.inf}}, {"a": {"b": None}, "non_finite": {"a.b": "-Infinity"}}),
        ({"a": math.nan, "t": "null"}, {"a": None, "t": "null", "non_finite": {"a": "NaN"}}),
        ({"a": math.nan, "n": None, "t": ""}, {"a": None, "n": None, "t": "", "non_finite": {"a": "NaN"}}),
        ({"n": None}, {"n": None}),
        ({"a": np.float32(0.1)}, {"a": float(np.float32(0.1))}),
        ({"a": np.float64("nan")}, {"a": None, "non_finite": {"a": "NaN"}}),
        ({"a": np.arange(3)}, {"a": [0, 1, 2]}),
        ({1: 2}, {"1": 2}),
        (
            {"n": None, "a": math.nan, "b": -math.inf},
            {"n": None, "a": None, "b": None, "non_finite": {"a": "NaN", "b": "-Infinity"}},
        ),
        ({"a": math.nan, "b": math.inf}, {"a": None, "b": None, "non_finite": {"a": "NaN", "b": "Infinity"}}),
        ({}, {}),
    ],
)
def test_numbers_are_numbers_and_json_is_strict(tmp_path, writer, given, expected):
    writer.append(given)
    (found,) = log_of(tmp_path)
    assert type(found.pop("timestamp")) is float
    assert found == expected


@pytest.mark.parametrize("odd", [None, 5, "text", [1]])
def test_what_is_no_record_costs_a_line(tmp_path, writer, lines, odd):
    writer.append(odd)
    assert len(lines) == 1
    assert lines[0].startswith("⚠️  Failed to save batch metrics: TypeError")
    assert not (tmp_path / "batch_metrics.jsonl").exists()


def test_an_epoch_holds_its_own_records(tmp_path, writer, lines):
    for epoch in range(3):
        for batch in range(4):
            writer.append(record(batch, epoch=epoch))
        writer.append(record(0, "val", epoch=epoch))
        assert writer.save_epoch(epoch) == tmp_path / f"epoch_{epoch}_metrics.json"
    found = read(tmp_path / "epoch_1_metrics.json")
    assert (found["scope"], found["epoch"]) == ("epoch", 1)
    assert [(r["batch_idx"], r["phase"], r["epoch"]) for r in found["batch_metrics"]] == [
        (0, "train", 1), (1, "train", 1), (2, "train", 1), (3, "train", 1), (0, "val", 1),
    ]  # fmt: skip
    assert list(found["summary"]) == ["total_batches", "latest_batch", "train", "val"]
    assert found["metadata"]["total_batches"] == 5
    assert lines[0] == "📊 Epoch metrics saved: epoch_0_metrics.json"


def test_without_the_key_an_epoch_is_what_was_appended_since_the_last(tmp_path, writer):
    for epoch in range(3):
        for batch in range(2):
            writer.append(record(batch, serial=epoch))
        writer.save_epoch(epoch)
    for epoch in range(3):
        found = read(tmp_path / f"epoch_{epoch}_metrics.json")["batch_metrics"]
        assert [r["serial"] for r in found] == [epoch, epoch]


def test_records_of_the_next_epoch_that_came_early_are_not_lost(tmp_path, writer):
    writer.append(record(0, epoch=0))
    writer.append(record(0, epoch=1))
    writer.save_epoch(0)
    writer.append(record(1, epoch=1))
    writer.save_epoch(1)
    assert len(read(tmp_path / "epoch_0_metrics.json")["batch_metrics"]) == 1
    assert len(read(tmp_path / "epoch_1_metrics.json")["batch_metrics"]) == 2


def test_an_epoch_saved_again_has_all_and_keeps_the_old_file(tmp_path, writer):
    writer.append(record(0))
    writer.save_epoch(0)
    writer.append(record(1))
    writer.save_epoch(0)
    writer.append(record(0))
    writer.save_epoch(1)
    assert len(read(tmp_path / "epoch_0_metrics.json")["batch_metrics"]) == 2
    assert len(read(tmp_path / "epoch_1_metrics.json")["batch_metrics"]) == 1
    assert len(read(tmp_path / "superseded" / "1" / "epoch_0_metrics.json")["batch_metrics"]) == 1


def test_an_epoch_that_a_resume_goes_on_with(tmp_path, writer, lines):
    writer.append(record(0, epoch=0))
    writer.append(record(0, epoch=1))
    with BatchMetricsWriter(tmp_path, echo=lines.append) as resumed:
        resumed.append(record(1, epoch=1))
        resumed.save_epoch(1)
    assert [r["batch_idx"] for r in read(tmp_path / "epoch_1_metrics.json")["batch_metrics"]] == [0, 1]


@pytest.mark.parametrize("epoch", [-1, None, 0.5, "x"])
def test_an_epoch_that_is_none_costs_a_line(writer, lines, epoch):
    assert writer.save_epoch(epoch) is None
    assert len(lines) == 1


def test_the_end_has_all_records_summary_and_metadata(tmp_path, writer, lines):
    rows = [
        record(b, "val" if b % 5 == 0 else "train", timestamp=1759561871.5 + b, layers={"a": b})
        for b in range(20)
    ]
    rows[3]["loss"] = math.nan
    for row in rows:
        writer.append(row)
    path = writer.finish()
    found = read(path)
    assert path.name == "final_training_metrics.json"
    assert lines == ["📊 Training metrics saved: final_training_metrics.json"]
    assert found["batch_metrics"] == log_of(tmp_path)
    assert len(found["batch_metrics"]) == 20
    metadata = found["metadata"]
    assert metadata["device"] == "cuda:0"
    assert metadata["analysis_configuration"] == {"analysis_frequency": 50}
    assert metadata["schema_version"] == 1
    assert metadata["total_batches"] == found["summary"]["total_batches"] == 20
    assert metadata["started_at"] == "2025-10-04T07:11:11.500Z"
    for name in ("created_at", "started_at", "finished_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", metadata[name])
    frame = pd.DataFrame(rows)
    for phase, part in frame.groupby("phase"):
        for statistic in ("mean", "std", "min", "max"):
            expected = getattr(part["loss"], statistic)()
            assert found["summary"][phase][f"loss_{statistic}"] == pytest.approx(expected, rel=1e-14)
        assert found["summary"][phase]["layers.a_mean"] == np.mean(
            [r["layers"]["a"] for r in rows if r["phase"] == phase]
        )
    assert found["summary"]["latest_batch"] == 19
    assert not any(key.startswith(("batch_idx", "timestamp")) for key in found["summary"]["train"])


def test_the_end_of_nothing(writer):
    found = read(writer.finish())
    assert found["batch_metrics"] == []
    assert found["summary"] == {"total_batches": 0, "latest_batch": None}


def test_the_end_of_a_resumed_run_has_every_session(tmp_path, lines):
    for session in range(2):
        with BatchMetricsWriter(tmp_path, echo=lines.append) as writer:
            writer.append(record(session))
            writer.finish()
    assert len(read(tmp_path / "final_training_metrics.json")["batch_metrics"]) == 2
    assert len(read(tmp_path / "superseded" / "1" / "final_training_metrics.json")["batch_metrics"]) == 1


def test_a_torn_last_line_of_a_killed_run(tmp_path, writer):
    (tmp_path / "batch_metrics.jsonl").write_bytes(b'{"batch_idx":0}\n{"batch_idx":1,"lo')
    writer.append(record(2))
    text = (tmp_path / "batch_metrics.jsonl").read_bytes()
    torn, last = text.split(b"\n")[1:3]
    assert torn == b'{"batch_idx":1,"lo'
    assert last.startswith(b'{"batch_idx":2,"phase":"train","loss":0.3333333333333333,')
    found = read(writer.finish())
    assert [r["batch_idx"] for r in found["batch_metrics"]] == [0, 2]
    assert found["metadata"]["lines_skipped"] == 1


def test_lines_of_other_writers_become_strict(tmp_path, writer):
    (tmp_path / "batch_metrics.jsonl").write_bytes(b'{"batch_idx": 0, "loss": NaN}\n\n[1]\n')
    found = read(writer.finish())
    assert found["batch_metrics"] == [{"batch_idx": 0, "loss": None, "non_finite": {"loss": "NaN"}}]
    assert found["metadata"]["lines_skipped"] == 1


def test_the_end_needs_little_memory(tmp_path, writer):
    import tracemalloc

    for batch in range(4000):
        writer.append(record(batch, text="x" * 5000))
    tracemalloc.start()
    assert writer.finish() is not None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert os.path.getsize(tmp_path / "final_training_metrics.json") > 20_000_000
    assert peak < 4_000_000


def test_appending_from_several_threads(tmp_path, writer):
    def append(name):
        for batch in range(500):
            writer.append(record(batch, thread=name))

    threads = [threading.Thread(target=append, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = log_of(tmp_path)
    for name in range(4):
        assert [r["batch_idx"] for r in found if r["thread"] == name] == list(range(500))


def test_records_are_synced_off_the_training_thread(tmp_path, faulty_system, monkeypatch):
    monkeypatch.setattr(append_log, "SYNC_SECONDS", 0.02)
    synced = threading.Event()
    threads = set()

    def note(name):
        if name == "fsync":
            threads.add(threading.current_thread().name)
            if "statkit-sync" in threads:
                synced.set()

    writer = BatchMetricsWriter(tmp_path, echo=pytest.fail, system=faulty_system(delay=note))
    writer.append(record(0))
    threads.clear()
    writer.append(record(1))
    assert synced.wait(5)
    assert threads == {"statkit-sync"}
    writer.close()


def test_a_sync_that_fails_is_told_once(tmp_path, faulty_system, monkeypatch, lines):
    import errno
    import time

    monkeypatch.setattr(append_log, "SYNC_SECONDS", 0.01)
    system = faulty_system(errno.EIO, at=2, sticky=True, only={"fsync"})
    writer = BatchMetricsWriter(tmp_path, echo=lines.append, system=system)
    writer.append(record(0))
    for batch in range(10):
        writer.append(record(batch))
        time.sleep(0.01)
    writer.close()
    assert len([line for line in lines if "Input/output error" in line]) == 1


def test_appending_after_close_opens_anew(tmp_path, writer):
    writer.append(record(0))
    assert writer.close()
    writer.append(record(1))
    assert len(log_of(tmp_path)) == 2


def test_a_descriptor_closed_by_others_is_opened_anew(tmp_path, faulty_system, lines):
    import errno

    system = faulty_system(errno.EBADF, at=2, only={"write"})
    writer = BatchMetricsWriter(tmp_path, echo=lines.append, system=system)
    for batch in range(4):
        writer.append(record(batch))
    assert [r["batch_idx"] for r in log_of(tmp_path)] == [0, 2, 3]
    assert len(lines) == 1


@pytest.mark.parametrize("count", [1, 2, 1023, 1024, 1025, 5000])
def test_moments_in_one_pass(count):
    values = list(np.random.default_rng(count).normal(1e6, 1.0, count))
    moments = Moments()
    for value in values:
        moments.add(value)
    moments.fold()
    assert moments.count == count
    assert moments.mean == pytest.approx(statistics.fmean(values), rel=1e-15)
    assert (moments.lowest, moments.highest) == (min(values), max(values))
    if count == 1:
        assert moments.deviation is None
    else:
        assert moments.deviation == pytest.approx(statistics.stdev(values), rel=1e-10)
