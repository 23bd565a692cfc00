"""Which records of files that repeat each other count, and in which order."""

import json
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statkit.sources.base import File
from statkit.sources.overlaps import Listing, distinct, fingerprint
from statkit.writers.batches import BatchMetricsWriter

START = 1759561871.0


def timed(directory, epoch, size=3, **changes):
    return [
        directory.batch(i, timestamp=START + 100 * epoch + i, loss=epoch + i / 10, **changes)
        for i in range(size)
    ]


def losses(columns):
    return columns.fields["loss"]


def test_equal_files_count_once_and_the_other_is_named(directory):
    directory.put("metrics_20251004_141145.json", directory.metrics(timed(directory, 0)))
    directory.put("final_training_metrics.json", directory.metrics(timed(directory, 0)))
    assert losses(directory.columns("batch")) == [0.0, 0.1, 0.2]
    assert [n.code for n in directory.notices() if n.code == "superseded-file"] == ["superseded-file"]


def test_disjoint_files_are_joined_by_time_whatever_their_names(directory):
    directory.put("metrics_20251004_141145.json", directory.metrics(timed(directory, 2)))
    directory.put("epoch_10_metrics.json", directory.metrics(timed(directory, 0)))
    directory.put("epoch_9_metrics.json", directory.metrics(timed(directory, 1)))
    assert losses(directory.columns("batch")) == [0.0, 0.1, 0.2, 1.0, 1.1, 1.2, 2.0, 2.1, 2.2]


def test_files_that_part_after_a_common_beginning_share_it(directory):
    common = timed(directory, 0)
    directory.put("metrics_20251004_000001.json", directory.metrics(common + timed(directory, 1, 1)))
    directory.put("metrics_20251004_000002.json", directory.metrics(common + timed(directory, 2, 2)))
    assert losses(directory.columns("batch")) == [0.0, 0.1, 0.2, 1.0, 2.0, 2.1]


def test_records_equal_in_every_field_count_once_nan_included(directory):
    records = timed(directory, 0)
    directory.put("metrics_20251004_141145.json", directory.metrics([*records, records[1], records[1]]))
    assert losses(directory.columns("batch")) == [0.0, 0.1, 0.2]
    assert [n.message for n in directory.notices() if n.code == "duplicate-step"] == [
        "2 records equal another in every field; counted once"
    ]


def test_records_that_differ_in_one_field_are_two(directory):
    records = [
        directory.batch(0, timestamp=START, note=note) for note in (None, math.nan, math.inf, "x", 1, 1.5)
    ]
    directory.put("metrics_20251004_141145.json", directory.metrics(records))
    assert len(directory.run(on_rewind="all").columns("batch")) == 6


def test_where_all_have_a_timestamp_that_is_the_order(directory):
    records = timed(directory, 0, 5)
    shuffled = list(records)
    random.Random(1).shuffle(shuffled)
    directory.put("metrics_20251004_141145.json", directory.metrics(shuffled))
    assert losses(directory.columns("batch")) == [record["loss"] for record in records]


def test_where_one_lacks_it_list_order_counts(directory):
    records = [directory.batch(i, timestamp=START - i) for i in range(3)]
    del records[1]["timestamp"]
    directory.put("metrics_20251004_141145.json", directory.metrics(records))
    assert directory.columns("batch").keys["batch_index"] == [0, 1, 2]


def test_what_our_writer_leaves_is_each_record_once_without_a_word(directory, capsys):
    writer = BatchMetricsWriter(directory.path, echo=lambda line: None)
    written = []
    for epoch in range(12):
        for phase in ("train", "val"):
            for index in range(3):
                record = {
                    "batch_idx": index,
                    "phase": phase,
                    "epoch": epoch,
                    "loss": math.nan if index == 1 else epoch + index / 10,
                    "nested": {"a": [1.0, math.inf, {"b": [-math.inf]}], "c.d": math.nan},
                    "timestamp": START + len(written),
                }
                written.append(record)
                writer.append(record)
        writer.save_epoch(epoch)
    writer.finish()
    writer.close()
    run = directory.run()
    columns = run.columns("batch")
    assert len(columns) == len(written) == 72
    assert columns.keys["epoch"] == [record["epoch"] for record in written]
    assert repr(losses(columns)) == repr([record["loss"] for record in written])
    assert repr(columns.fields["nested.a"]) == repr([record["nested"]["a"] for record in written])
    assert repr(columns.fields["nested.c.d"]) == repr([math.nan] * 72)
    assert {n.code for n in run.notices} == {"non-finite"}


@pytest.mark.parametrize(
    "lost", ["batch_metrics.jsonl", "final_training_metrics.json", "epoch_1_metrics.json"]
)
def test_any_of_its_files_may_be_gone(directory, lost):
    writer = BatchMetricsWriter(directory.path, echo=lambda line: None)
    for epoch in range(3):
        for index in range(2):
            writer.append({"batch_idx": index, "phase": "train", "loss": epoch + index / 10})
        writer.save_epoch(epoch)
    writer.finish()
    writer.close()
    (directory.path / lost).unlink()
    columns = directory.columns("batch")
    assert losses(columns) == [0.0, 0.1, 1.0, 1.1, 2.0, 2.1]
    assert columns.steps == list(range(6))


def test_global_step_is_the_step_and_stays_a_column(directory):
    records = [directory.batch(i, global_step=100 * i) for i in range(3)]
    directory.put("metrics_20251004_141145.json", directory.metrics(records))
    columns = directory.columns("batch")
    assert columns.steps == columns.fields["global_step"] == [0, 100, 200]


def test_a_rewind_keeps_what_was_written_last(directory):
    indices = [0, 1, 2, 3, 2, 3, 4]
    records = [directory.batch(i, loss=float(n)) for n, i in enumerate(indices)]
    directory.put("metrics_20251004_141145.json", directory.metrics(records))
    assert losses(directory.columns("batch")) == [0.0, 1.0, 4.0, 5.0, 6.0]
    assert losses(directory.columns("batch", on_rewind="first")) == [0.0, 1.0, 2.0, 3.0]
    everything = directory.columns("batch", on_rewind="all")
    assert losses(everything) == [float(n) for n in range(7)]
    assert everything.keys["segment"] == [0, 0, 0, 0, 1, 1, 1]
    assert everything.steps == [0, 1, 2, 3, 2, 3, 4]
    assert "mixed-lineage" in [n.code for n in directory.notices()]


def test_records_that_are_no_objects_are_counted(directory):
    directory.put("metrics_20251004_141145.json", directory.metrics([directory.batch(0), 5, None]))
    assert len(directory.columns("batch")) == 1
    assert any("2 of 3 records" in n.message for n in directory.notices())


def test_odd_keys_of_records_do_no_harm(directory):
    records = [
        {"batch_idx": [0], "phase": 3, "timestamp": {}, "epoch": "x", "global_step": None, "loss": "0.5"},
        {"batch_idx": 10**400, "phase": "val", "timestamp": 10**400, "epoch": 2.0, "loss": 0.25},
        {},
    ]
    directory.put("metrics_20251004_141145.json", directory.metrics(records))
    run = directory.run()
    for engine in ("pandas", "polars"):
        assert len(run.frame(engine=engine)) == 3
        run.frame(engine=engine, shape="long")


def test_a_batch_file_of_any_name_is_recognised_by_what_it_holds(directory):
    directory.put("whatever.json", directory.metrics([directory.batch(0)]))
    directory.put("tsconfig.json", directory.metrics([directory.batch(0)]))
    assert len(directory.columns("batch")) == 1


def test_a_file_that_only_looks_like_it_costs_itself(directory):
    directory.put("metrics_20251004_000001.json", {"batch_metrics": {"not": "a list"}})
    directory.put("metrics_20251004_000002.json", directory.metrics([directory.batch(0)]))
    assert len(directory.columns("batch")) == 1
    (notice,) = [n for n in directory.notices() if n.code == "skipped-file"]
    assert notice.path == "metrics_20251004_000001.json"


def test_foreign_json_is_not_ours(directory):
    directory.snapshots(500)
    directory.put("report.json", {"summary": {"a": 1}, "metadata": {}})
    directory.put("list.json", [1, 2, 3])
    assert directory.run().formats == ["statistik"]
    assert directory.notices() == []


def listing(name, rows):
    return Listing(File(name, name, 1, 0, 0, 0), rows)


def joined(listings):
    return [row for each in distinct(listings, []) for row in each.rows]


RECORDS = st.lists(
    st.fixed_dictionaries(
        {"batch_idx": st.integers(0, 2), "loss": st.sampled_from([0.5, math.nan, math.inf, None, 10**30])}
    ),
    max_size=8,
)


@settings(max_examples=60)
@given(RECORDS, st.lists(st.integers(0, 8), max_size=4), st.randoms())
def test_prefixes_add_nothing(records, sizes, source):
    parts = [records, *(records[:size] for size in sizes)]
    source.shuffle(parts)
    listings = [listing(f"f{n}", json.loads(json.dumps(part))) for n, part in enumerate(parts)]
    assert repr(joined(listings)) == repr(records)


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.text(max_size=3), st.none() | st.floats() | st.integers() | st.lists(st.floats(), max_size=2)
    )
)
def test_fingerprints_do_not_depend_on_the_order_of_keys(record):
    backwards = dict(reversed(list(record.items())))
    assert fingerprint(json.loads(json.dumps(record))) == fingerprint(backwards)


@pytest.mark.parametrize(
    "values", [(None, math.nan), (math.nan, math.inf), (1, 2), (None, "null"), ([None], [math.nan])]
)
def test_fingerprints_tell_records_apart(values):
    one, other = ({"a": value, "b": 1} for value in values)
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(one) == fingerprint(dict(one))


def test_fingerprints_tell_records_apart_that_no_64_bits_hold():
    huge = 2**70
    records = [{"a": huge, "b": math.inf}, {"a": huge + 1, "b": math.inf}, {"c": [huge], "b": math.inf}]
    assert len({fingerprint(record) for record in records}) == 3
    assert fingerprint({"b": math.inf, "a": huge}) == fingerprint(records[0])
