"""Whole arrays give the places that going row by row gives."""

from array import array
from copy import deepcopy

from hypothesis import given, settings
from hypothesis import strategies as st

from statkit.data import history, regular
from statkit.records import Coded, Columns


def batches(rows, **more):
    """A batch series from (phase, batch index) pairs, as compact columns."""
    values = list(dict.fromkeys(phase for phase, _ in rows))
    keys = {
        "series": Coded.same("batch", len(rows)),
        "batch_index": array("q", [index for _, index in rows]),
        "phase": Coded(array("B", [values.index(phase) for phase, _ in rows]), values),
    }
    return Columns(keys | more, {}, {"file": Coded.same("f", len(rows)), "row": range(len(rows))})


EPOCHS = st.lists(
    st.lists(st.tuples(st.sampled_from(["train", "val", "test", None]), st.integers(1, 4)), max_size=4),
    max_size=4,
)


@st.composite
def trainings(draw):
    """Epochs of phases that count from a first index, with an odd index here and there."""
    first = draw(st.sampled_from([0, 0, 1, 2]))
    rows = [("val", first + i) for i in range(draw(st.integers(0, 3)))] if draw(st.booleans()) else []
    for epoch in draw(EPOCHS):
        rows += [(phase, first + i) for phase, size in epoch for i in range(size)]
    for _ in range(draw(st.integers(0, 1))):
        if rows:
            place = draw(st.integers(0, len(rows) - 1))
            rows[place] = (rows[place][0], draw(st.integers(-1, 5)))
    return rows


@settings(max_examples=500, deadline=None)
@given(trainings(), st.data(), st.sampled_from([1, 3, 1 << 16]))
def test_places_are_those_of_the_slow_road(rows, data, block):
    if not rows:
        return
    more = {}
    if data.draw(st.booleans()):
        epochs = data.draw(st.lists(st.integers(-2, 3), min_size=len(rows), max_size=len(rows)))
        more["epoch"] = array("q", sorted(epochs) if data.draw(st.booleans()) else epochs)
    if data.draw(st.booleans()):
        more["step"] = array("q", [7 * row for row in range(len(rows))])
    columns = batches(rows, **more)
    regular._BLOCK, kept = block, regular._BLOCK
    try:
        quick = regular.places(deepcopy(columns))
    finally:
        regular._BLOCK = kept
    slow = history.order(deepcopy(columns), "run", "all")
    rewinds = "segment" in slow.keys
    assert (quick is None) == rewinds
    if quick is not None:
        assert [list(column) for column in quick] == [list(slow.keys["epoch"]), list(slow.steps)]


def test_rows_that_are_no_arrays_are_left_to_the_slow_road():
    columns = batches([("train", 0)])
    columns.keys["batch_index"] = [None]
    assert regular.places(columns) is None


def test_many_epochs_after_a_sanity_check_are_still_right():
    rows = [("val", 0)] + [("train", 0)] * 300
    epochs, steps = regular.places(batches(rows))
    assert list(epochs) == [None, *range(300)]
    assert list(steps) == [0, *range(300)]
