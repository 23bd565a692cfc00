"""Tables of columns, wide and long."""

from hypothesis import given, settings
from hypothesis import strategies as st

from statkit.data.shapes import field_order, long, wide
from statkit.records import Columns


def columns(steps, phases=None, **fields):
    count = len(steps)
    keys = {"series": ["batch"] * count, "step": list(steps)} | ({"phase": list(phases)} if phases else {})
    return Columns(keys, fields, {"format": ["f"] * count, "file": ["x"] * count, "row": list(range(count))})


def test_rows_are_sorted_by_phase_and_step_and_equal_ones_keep_their_order():
    table = wide([("r", columns([3, 1, 2, 1], ["val", "train", "train", "val"], n=[0, 1, 2, 3]))])
    assert list(table) == ["run", "series", "step", "phase", "n"]
    assert table["n"] == [1, 2, 3, 0]
    same = wide([("r", columns([1, 1, 1], n=[2, 0, 1]))])
    assert same["n"] == [2, 0, 1]


def test_runs_are_stacked_with_gaps_where_one_lacks_a_field():
    table = wide([("a", columns([1], x=[1])), ("b", columns([2], ["val"], y=[2.5]))], provenance=True)
    assert table == {
        "run": ["a", "b"],
        "series": ["batch"] * 2,
        "step": [1, 2],
        "phase": [None, "val"],
        "x": [1, None],
        "y": [None, 2.5],
        "format": ["f"] * 2,
        "file": ["x"] * 2,
        "row": [0, 0],
    }


def test_a_field_named_like_a_key_gives_way():
    table = wide([("a", columns([1], step=[99], phase=["other"], x=[1]))])
    assert (table["step"], table["x"]) == ([1], [1])
    assert table["phase"] == ["other"]  # no key of that name here


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.none() | st.floats(), st.none() | st.integers(0, 9), st.none() | st.booleans()),
        max_size=6,
    )
)
def test_long_is_pandas_melt_without_what_is_missing(rows):
    count = len(rows)
    fields = {name: [row[place] for row in rows] for place, name in enumerate(("x", "n", "ok"))}
    table = wide([("r", columns(range(count), **fields))])
    melted = long(table, ["x", "n", "ok"])
    expected = [
        ("r", "batch", row, name, float(value))
        for row in range(count)
        for name, value in zip(("x", "n"), rows[row], strict=False)
        if value is not None
    ]
    found = list(zip(*(melted[key] for key in ("run", "series", "step", "metric", "value")), strict=True))
    assert repr(found) == repr(expected)


def test_layers_stand_together_in_natural_order():
    parts = [
        (
            "r",
            columns([1], a=[1], **{"layer_activity_map.B 10": [1]}, z=[1], **{"layer_activity_map.B 9": [1]}),
        )
    ]
    assert field_order(parts) == ["a", "layer_activity_map.B 9", "layer_activity_map.B 10", "z"]
