"""Batch rows on steps and epochs, against a training loop that counts for itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statkit.data.history import order
from statkit.records import Columns


def batches(rows):
    """Columns of (phase, batch_idx) rows as a source reads them."""
    count = len(rows)
    keys = {
        "series": ["batch"] * count,
        "batch_index": [index for _, index in rows],
        "phase": [phase for phase, _ in rows],
    }
    return Columns(
        keys,
        {"n": list(range(count))},
        {"format": ["f"] * count, "file": ["x"] * count, "row": list(range(count))},
    )


@settings(max_examples=60)
@given(st.integers(0, 3), st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), min_size=1, max_size=4))
def test_epochs_and_steps_are_those_of_the_loop(sanity, epochs):
    rows, told = [], []
    for index in range(sanity):
        rows.append(("val", index))
        told.append((None, 0))
    step = 0
    validations = 0
    for epoch, (train, val) in enumerate(epochs):
        for index in range(train):
            rows.append(("train", index))
            told.append((epoch, step))
            step += 1
        for index in range(val):
            rows.append(("val", index))
            told.append((validations, step))
        validations += val > 0
    columns = order(batches(rows), "run")
    assert list(zip(columns.keys["epoch"], columns.steps, strict=True)) == told
    assert columns.fields["n"] == list(range(len(rows)))
    assert columns.notices == []


def test_a_loop_that_counts_from_one_opens_an_epoch_at_one():
    columns = order(batches([("train", i) for i in (1, 2, 3, 1, 2, 3)]), "run")
    assert columns.keys["epoch"] == [0, 0, 0, 1, 1, 1]
    assert columns.notices == []


def test_sparse_indices_open_an_epoch_at_zero():
    columns = order(batches([("train", i) for i in (0, 100, 200, 0, 100)]), "run")
    assert columns.keys["epoch"] == [0, 0, 0, 1, 1]


def test_a_fall_to_more_than_zero_is_a_rewind_and_both_phases_go_back():
    rows = [("train", 0), ("train", 1), ("val", 0), ("val", 1), ("train", 1), ("train", 2), ("val", 0)]
    columns = order(batches(rows), "run")
    assert columns.fields["n"] == [0, 4, 5, 6]
    assert columns.steps == [0, 1, 2, 3]
    (notice,) = columns.notices
    assert notice.code == "mixed-lineage"


def test_stated_epochs_and_steps_win():
    columns = batches([("train", 0), ("train", 1), ("train", 0)])
    columns.keys["epoch"] = [4, 4, 5]
    columns.keys["step"] = [400, 401, 402]
    ordered = order(columns, "run")
    assert (ordered.keys["epoch"], ordered.steps) == ([4, 4, 5], [400, 401, 402])


def snapshots(rows):
    """Columns of (step, time, label) rows as a source reads them."""
    count = len(rows)
    keys = {"series": ["validation"] * count, "step": [s for s, *_ in rows], "time": [t for _, t, _ in rows]}
    keys["label"] = [label for *_, label in rows]
    names = [f"file{n}" for n in range(count)]
    return Columns(
        keys, {"n": list(range(count))}, {"format": ["f"] * count, "file": names, "row": [0] * count}
    )


@pytest.mark.parametrize(
    ("rows", "kept", "codes"),
    [
        ([(10, 1, None), (5, 0, None)], [1, 0], []),
        ([(5, None, None), (5, None, None)], [1], ["duplicate-step"]),
        ([(5, 9.0, None), (5, 3.0, None)], [0], ["duplicate-step"]),
        ([(5, None, None), (5, None, "x"), (5, None, "y")], [0, 1, 2], []),
        ([(5, None, "b"), (5, None, "a"), (5, None, None)], [2, 1, 0], []),
        ([(None, 1.0, None), (5, None, None)], [1], ["skipped-file"]),
        ([(5, 1.0, None), (6, 1.0, None), (7, 1.0, None)], [0, 1, 2], []),
        ([(5, 3.0, None), (6, 1.0, None), (7, 2.0, None)], [0], ["mixed-lineage"]),
        ([(5, None, None), (6, 2.0, None), (7, 1.0, None)], [0, 1], ["mixed-lineage"]),
        ([], [], []),
    ],
)
def test_snapshots(rows, kept, codes):
    columns = order(snapshots(rows), "run")
    assert columns.fields["n"] == kept
    assert [notice.code for notice in columns.notices] == codes


def test_tables_keep_several_rows_a_step_in_file_order():
    columns = snapshots([(10, None, None), (5, None, None), (10, None, None)])
    columns.keys["series"] = ["scalars"] * 3
    assert order(columns, "run").fields["n"] == [1, 0, 2]
