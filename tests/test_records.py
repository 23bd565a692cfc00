from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit import records
from statkit.records import (
    FLAT_LEVELS,
    KEYS,
    Coded,
    Columns,
    Notice,
    concatenate,
    flatten,
    has_gaps,
    kinds_of,
)

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
)
DOCUMENTS = st.recursive(
    st.dictionaries(st.text(max_size=3), SCALARS, max_size=4),
    lambda inner: st.dictionaries(st.text(max_size=3), SCALARS | inner, max_size=4),
    max_leaves=8,
)


def table(**changes):
    columns = Columns(
        {"series": ["validation"] * 3, "step": [1, 2, 3], "label": [None, "x", None]},
        {"a": [1.0, None, 3.0], "b": ["x", "y", None]},
        {"format": ["f"] * 3, "file": ["1", "2", "3"], "row": [0, 0, 0]},
        [Notice("skipped-file", "4", "empty file")],
        3,
    )
    for name, value in changes.items():
        setattr(columns, name, value)
    return columns


def test_columns_give_records_without_what_is_missing():
    second = table().record(1)
    assert (second.step, second.label, second.phase, second.time) == (2, "x", None, None)
    assert second.values == {"b": "y"}
    assert [record.step for record in table().records()] == [1, 2, 3]


def test_length_and_keys_of_nothing():
    assert len(Columns()) == 0
    assert Columns().steps == []
    assert table().key("phase") == [None, None, None]
    assert set(table().keys) < set(KEYS)


def test_take_copies_and_select_shares():
    taken = table().take([2, 0])
    assert (taken.steps, taken.fields["a"], taken.provenance["file"]) == ([3, 1], [3.0, 1.0], ["3", "1"])
    whole = table()
    chosen = whole.select(["b", "nowhere"])
    assert list(chosen.fields) == ["b"]
    assert chosen.fields["b"] is whole.fields["b"]


def test_concatenate_fills_what_one_part_lacks():
    other = Columns({"series": ["batch"], "step": [9], "phase": ["val"]}, {"c": [5]}, {"file": ["9"]}, [], 1)
    whole = concatenate([table(), other])
    assert whole.steps == [1, 2, 3, 9]
    assert whole.keys["phase"] == [None, None, None, "val"]
    assert whole.fields == {"a": [1.0, None, 3.0, None], "b": ["x", "y", None, None], "c": [None] * 3 + [5]}
    assert whole.files == 4
    assert len(whole.notices) == 1


def walk(document, path=()):
    """Every leaf by its path, the dumb way."""
    for key, value in document.items():
        if isinstance(value, dict):
            yield from walk(value, (*path, key))
        else:
            yield ".".join((*path, key)), value


@given(DOCUMENTS)
def test_flatten_names_every_leaf_by_its_path(document):
    assert flatten(document) == dict(walk(document))


@pytest.mark.parametrize("depth", [950, 5_000, 100_000])
def test_flatten_survives_any_depth(depth):
    document = leaf = {}
    for _ in range(depth):
        leaf["a"] = {}
        leaf = leaf["a"]
    leaf["b"] = 1
    flat = flatten(document)
    assert list(flat) == [".".join("a" * (FLAT_LEVELS + 1))]
    while document:  # taken apart by hand: Python frees nested containers by recursion
        document = document.pop("a", None)


def coded(values):
    known = list(dict.fromkeys(values))
    return Coded(array("B", [known.index(value) for value in values]), known)


COMPACT = st.one_of(
    st.lists(st.floats(allow_nan=False)).map(lambda values: (array("d", values), values)),
    st.lists(st.integers(-(2**63), 2**63 - 1)).map(lambda values: (array("q", values), values)),
    st.lists(st.sampled_from(["train", "val", None])).map(lambda values: (coded(values), values)),
    st.lists(st.booleans() | st.none()).map(lambda values: (coded(values), values)),
    st.integers(0, 9).map(lambda count: (range(count), list(range(count)))),
)


@given(COMPACT, st.data())
def test_compact_columns_behave_as_lists(pair, data):
    column, values = pair
    cut = data.draw(st.slices(len(values)))
    assert list(column) == values
    assert [column[row] for row in range(len(column))] == values
    assert list(column[cut]) == values[cut]
    assert column[-1:] is not values[-1:]
    for value in [*values, None, "test"]:
        assert (value in column, column.count(value)) == (value in values, values.count(value))
    assert kinds_of(column) == kinds_of(values) == set(map(type, values)) - {type(None)}
    assert has_gaps(column) == (None in values)


@given(COMPACT, st.data(), st.booleans())
def test_take_copies_compact_columns_as_lists(pair, data, in_runs):
    column, values = pair
    rows = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=8)) if values else []
    rows = sorted(set(rows)) if data.draw(st.booleans()) else rows
    worth, records._WORTH_RUNS = records._WORTH_RUNS, 0 if in_runs else 1 << 60
    try:
        taken = Columns({"step": column}).take(rows).keys["step"]
    finally:
        records._WORTH_RUNS = worth
    assert list(taken) == [values[row] for row in rows]
    assert type(taken) is (array if isinstance(column, range) else type(column))


def test_take_follows_long_stretches_and_jumps():
    rows = [*range(5_000, 9_000), *range(2_000), *range(9_500, 9_999)]
    columns = Columns({"step": range(10_000)}, {"a": array("d", range(10_000)), "b": list(range(10_000))})
    taken = columns.take(rows)
    assert list(taken.steps) == list(taken.fields["a"]) == taken.fields["b"] == rows


def test_concatenate_stacks_compact_columns():
    parts = [
        Columns({"step": range(2)}, {"a": array("d", [0.5, 1.5])}),
        Columns({"step": [7]}, {"b": coded(["x"])}),
    ]
    whole = concatenate(parts)
    assert whole.steps == [0, 1, 7]
    assert whole.fields == {"a": [0.5, 1.5, None], "b": [None, None, "x"]}
