import collections
import itertools
import json
import math
import threading
import time

import numpy as np
import pytest

import statkit
from statkit.writers import BatchMetricsWriter, stamps


def log_of(directory):
    return [json.loads(line) for line in (directory / "batch_metrics.jsonl").read_bytes().splitlines()]


@pytest.fixture
def writer(tmp_path, lines):
    with BatchMetricsWriter(tmp_path, echo=lines.append) as writer:
        yield writer


class Mapped(collections.UserDict):
    """A mapping that is no dict."""


@pytest.mark.parametrize("kind", [dict, Mapped])
@pytest.mark.parametrize("stamp", [1759561871.5, 1759561871, "2025-10-04T07:11:11Z", None, math.nan])
def test_a_time_that_is_given_is_kept(tmp_path, writer, kind, stamp):
    writer.append(kind({"timestamp": stamp, "loss": 0.5}))
    pairs = json.loads((tmp_path / "batch_metrics.jsonl").read_bytes(), object_pairs_hook=list)
    assert pairs[:2] == [("timestamp", stamp if stamp == stamp else None), ("loss", 0.5)]
    assert [name for name, _ in pairs[2:]] == (["non_finite"] if stamp != stamp else [])


@pytest.mark.parametrize(
    "given", [{}, {"a": 1}, {"a": math.nan}, {"a": np.float32(1)}, {1: 2}, Mapped(), Mapped(a=1)]
)
def test_a_time_that_is_not_given_is_that_of_the_call(tmp_path, writer, given):
    before, copy = time.time(), given.copy()
    writer.append(given)
    assert int(before * 1e6) / 1e6 <= log_of(tmp_path)[0]["timestamp"] <= time.time()
    assert repr(given) == repr(copy)


@pytest.mark.parametrize("step", [0, 1, -1_000_000_000])
def test_no_two_times_are_equal_where_the_clock_stands_or_goes_back(tmp_path, writer, monkeypatch, step):
    clock = itertools.count(4_102_444_800_000_000_000, step)  # 2100, after every stamp of other tests
    monkeypatch.setattr(stamps, "_nanoseconds", lambda: next(clock))
    monkeypatch.setattr(stamps, "_last", 0)
    for _ in range(1000):
        writer.append({"loss": 0.5})
    times = [found["timestamp"] for found in log_of(tmp_path)]
    assert times[0] == 4_102_444_800.0
    assert all(earlier < later for earlier, later in itertools.pairwise(times))
    assert times[-1] == pytest.approx(4_102_444_800.000999, abs=1e-6)


def test_no_two_times_of_several_threads_are_equal(tmp_path, writer):
    threads = [
        threading.Thread(target=lambda: [writer.append({"loss": 0.5}) for _ in range(2000)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({found["timestamp"] for found in log_of(tmp_path)}) == 8000


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("loss", [0.5, math.nan])
def test_records_equal_in_all_but_their_time_are_read_back(tmp_path, writer, loss, keyed):
    for epoch in range(4):
        for batch in range(10):
            more = {"epoch": epoch} if keyed else {}
            writer.append({"batch_idx": batch, "phase": "train", "loss": loss, **more})
        writer.save_epoch(epoch)
    writer.finish()
    run = statkit.load(tmp_path)
    frame = run.frame()
    assert list(frame["step"]) == list(range(40))
    assert list(frame["epoch"]) == [epoch for epoch in range(4) for _ in range(10)]
    assert list(frame["batch_index"]) == list(range(10)) * 4
    np.testing.assert_array_equal(frame["loss"].to_numpy(), np.full(40, loss))
    assert not [notice for notice in run.notices if notice.code == "duplicate-step"]
