import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.records import FLAT_LEVELS, KEYS, Columns, Notice, concatenate, flatten

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
