import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statkit.records import flatten
from statkit.sources.builder import MISSING, ColumnsBuilder, dig, restore_non_finite
from statkit.writers.plain import plain

KEYS = st.text("ab.", max_size=3)
LEAVES = st.none() | st.integers(0, 9) | st.lists(st.integers(0, 9), max_size=2)
DOCUMENTS = st.recursive(
    st.dictionaries(KEYS, LEAVES, max_size=3),
    lambda inner: st.dictionaries(KEYS, LEAVES | inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300)
@given(DOCUMENTS)
def test_every_name_that_flattening_makes_digs_to_its_value(document):
    for name, value in flatten(document).items():
        found = dig(document, name)
        assert found == value
        assert type(found) is type(value)


@settings(max_examples=300)
@given(DOCUMENTS, KEYS)
def test_what_digs_to_nothing_is_no_name(document, name):
    assert (dig(document, name) is MISSING) == (name not in flatten(document))


@settings(max_examples=200)
@given(st.lists(DOCUMENTS, max_size=4), st.lists(KEYS, max_size=4, unique=True))
def test_chosen_fields_equal_those_of_a_full_reading(documents, fields):
    whole, chosen = ColumnsBuilder("f"), ColumnsBuilder("f", fields)
    for row, document in enumerate(documents):
        for builder in (whole, chosen):
            builder.add({"step": row}, document, "file", row)
    everything = whole.build("scalars").fields
    assert chosen.build("scalars").fields == {name: everything[name] for name in fields if name in everything}


def test_columns_are_padded_where_a_record_lacks_a_field():
    builder = ColumnsBuilder("f")
    builder.add({"step": 1}, {"a": 1}, "x")
    builder.add({"step": 2, "epoch": 1}, {"b": {"c": 2}}, "y", 3)
    builder.add({"step": 3}, {}, "z")
    columns = builder.build("scalars")
    assert columns.fields == {"a": [1, None, None], "b.c": [None, 2, None]}
    assert columns.keys == {"series": ["scalars"] * 3, "step": [1, 2, 3], "epoch": [None, 1, None]}
    assert columns.provenance == {"format": ["f"] * 3, "file": ["x", "y", "z"], "row": [0, 3, 0]}


FLOATS = st.floats(allow_nan=True)
VALUES = st.recursive(
    st.none() | FLOATS | st.text("a.1", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab1", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(
    st.dictionaries(
        st.text("ab1.", min_size=1, max_size=3).filter(lambda t: "." not in t), VALUES, max_size=4
    )
)
def test_what_our_writer_names_is_restored(record):
    written = plain(record)
    read = restore_non_finite(written) if "non_finite" in written else written
    assert repr(read) == repr(plain_copy(record))


def plain_copy(value):
    if isinstance(value, dict):
        return {key: plain_copy(item) for key, item in value.items()}
    return [plain_copy(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("marks", [5, None, [], {"a": 1}, {"a": [1]}, {"a": {"b": "NaN"}}, {"a": "nan"}])
def test_a_field_of_that_name_which_is_none_of_the_writers_stays_a_field(marks):
    assert restore_non_finite({"a": None, "non_finite": marks}) == {"a": None, "non_finite": marks}


def test_only_null_is_replaced_and_dots_in_keys_are_followed():
    document = {
        "a": 1.0,
        "b.c": None,
        "d": {"e.f": None, "g": [0, None]},
        "non_finite": {"a": "NaN", "b.c": "Infinity", "d.e.f": "-Infinity", "d.g.1": "NaN", "nowhere": "NaN"},
    }
    restored = restore_non_finite(document)
    assert restored["a"] == 1.0
    assert restored["b.c"] == math.inf
    assert restored["d"]["e.f"] == -math.inf
    assert math.isnan(restored["d"]["g"][1])
    assert document["d"] == {"e.f": None, "g": [0, None]}
    assert "nowhere" not in restored
