"""Frames of both engines: the same columns, order and values, with the dtypes that were promised."""

import json
import math
from array import array

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars import testing as pl_testing

from statkit.data.frame import build
from statkit.data.kinds import kind_of
from statkit.data.load import load
from statkit.data.shapes import long, wide
from statkit.errors import MetricNotFoundError, UsageError
from statkit.records import Coded, Columns

DTYPES = {
    "int": ([1, -2], "int64", pl.Int64),
    "int with gaps": ([1, None], "Int64", pl.Int64),
    "64 bits": ([2**63 - 1, -(2**63), None], "Int64", pl.Int64),
    "beyond 64 bits": ([2**70, None], "object", pl.Int128),
    "beyond 128 bits": ([10**60, None], "object", pl.String),
    "float": ([0.5, None, math.nan], "float64", pl.Float64),
    "int and float": ([1, 0.5], "float64", pl.Float64),
    "huge and float": ([10**400, -(10**400), 0.5], "float64", pl.Float64),
    "bool": ([True, False], "bool", pl.Boolean),
    "bool with gaps": ([True, None], "boolean", pl.Boolean),
    "text": (["a", None], "str", pl.String),
    "lists": ([["a"], None, []], "object", pl.List(pl.String)),
    "lists of numbers": ([[1, 2], [3]], "object", pl.List(pl.Int64)),
    "mixed lists": ([[1, "a"], None], "str", pl.String),
    "nested lists": ([[[1]], [[2]]], "str", pl.String),
    "maps": ([{"a": 1}], "str", pl.String),
    "big lists": ([[2**70]], "str", pl.String),
    "text and numbers": (["a", 1], "str", pl.String),
}


@pytest.mark.parametrize("case", DTYPES)
def test_dtypes(case):
    column, in_pandas, in_polars = DTYPES[case]
    assert build({"a": column}, "pandas")["a"].dtype == pd.Series([], dtype=in_pandas).dtype
    assert build({"a": column}, "polars")["a"].dtype == in_polars


@pytest.mark.parametrize(
    ("name", "in_pandas", "in_polars"),
    [
        ("step", "Int64", pl.Int64),
        ("epoch", "Int64", pl.Int64),
        ("phase", "str", pl.String),
        ("time", "datetime64[us, UTC]", pl.Datetime("us", "UTC")),
        ("loss", "float64", pl.Float64),
        ("training_active", "boolean", pl.Boolean),
        ("adaptive_mode", "str", pl.String),
        ("attention_layers", "object", pl.List(pl.String)),
        ("anything", "object", pl.Null),
    ],
)
def test_a_column_of_nothing_has_the_dtype_the_catalogue_says(name, in_pandas, in_polars):
    assert str(build({name: [None, None]}, "pandas")[name].dtype) == in_pandas
    assert build({name: [None, None]}, "polars")[name].dtype == in_polars


def test_times_are_utc_to_the_microsecond():
    moments = [1770368390.123456, None]
    for engine in ("pandas", "polars"):
        found = list(build({"time": moments}, engine)["time"])
        assert found[0].isoformat() == "2026-02-06T08:59:50.123456+00:00"
        assert pd.isna(found[1]) or found[1] is None


def test_integers_beyond_2_53_are_exact():
    numbers = [2**53 + 1, None, 2**63 - 1]
    for engine in ("pandas", "polars"):
        made = list(build({"a": numbers}, engine)["a"])
        assert [made[0], made[2]] == [numbers[0], numbers[2]]
    big = [2**64 + 1, -(2**100), None]
    assert list(build({"a": big}, "pandas")["a"]) == big
    assert list(build({"a": big}, "polars")["a"]) == big


CELLS = {
    "ints": st.none() | st.integers(-(2**63), 2**63 - 1),
    "big": st.none() | st.integers(-(2**120), 2**120),
    "floats": st.none() | st.floats(),
    "mixed": st.none() | st.floats() | st.integers(-(2**53), 2**53),
    "bools": st.none() | st.booleans(),
    "texts": st.none() | st.text(max_size=5),
    "lists": st.none() | st.lists(st.text(max_size=3), max_size=3),
    "odd": st.none()
    | st.lists(st.integers() | st.text(max_size=2), max_size=2)
    | st.integers()
    | st.text(max_size=2),
}


def cell(value):
    """A cell as both engines should show it; missing and NaN alike, as pandas floats do."""
    if isinstance(value, pl.Series):
        value = value.to_list()
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.item() if hasattr(value, "item") else value


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_both_engines_show_the_same_values_in_the_same_order(data):
    count = data.draw(st.integers(1, 5))
    table = {
        name: data.draw(st.lists(cells, min_size=count, max_size=count)) for name, cells in CELLS.items()
    }
    in_pandas, in_polars = build(dict(table), "pandas"), build(dict(table), "polars")
    assert list(in_pandas.columns) == in_polars.columns == list(table)
    for name, column in table.items():
        ours = [cell(value) for value in in_pandas[name]]
        theirs = [cell(value) for value in in_polars[name]]
        assert ours == theirs
        kind = kind_of(name, column)
        if kind in ("int", "big", "bool", "list") or name == "texts":
            assert ours == column
        if kind == "float":
            assert ours == [None if v is None or v != v else float(v) for v in column]


def test_polars_tells_missing_from_nan_pandas_does_not():
    made = build({"a": [None, math.nan, 1.0]}, "polars")["a"]
    assert made.null_count() == 1
    assert made.is_nan().sum() == 1
    assert build({"a": [None, math.nan, 1.0]}, "pandas")["a"].isna().sum() == 2


def test_an_unknown_engine_is_refused():
    with pytest.raises(UsageError, match="possible: pandas, polars"):
        build({}, "arrow")


def test_the_frame_of_a_run(directory):
    directory.snapshots(500, 1000)
    run = directory.run()
    for engine in ("pandas", "polars"):
        made = run.frame(engine=engine)
        names = list(made.columns)
        assert names[:5] == ["run", "series", "step", "epoch", "time"]
        assert names[5 : 5 + 5] == list(directory.snapshot(5))[:5]
        assert names[-4:] == [
            "quality_gain_abs",
            "quality_gain_rel",
            "quality_gap_closed",
            "quality_running_best",
        ]
        assert list(made["step"]) == [500, 1000]
    dtypes = run.frame().dtypes.astype(str)
    assert (dtypes["step"], dtypes["training_active"], dtypes["epoch_num"]) == ("int64", "bool", "int64")
    assert dtypes["time"] == "datetime64[us, UTC]"


def test_only_the_asked_fields_and_their_provenance(directory):
    directory.snapshots(500, 1000)
    made = directory.run().frame(fields=["quality_ki_value", "quality_gain_abs"], provenance=True)
    assert list(made.columns) == [
        *["run", "series", "step", "epoch", "time"],
        *["quality_ki_value", "quality_gain_abs", "format", "file", "row"],
    ]
    assert list(made["file"]) == ["Statistik_500.json", "Statistik_1000.json"]
    assert list(directory.run().frame(shape="long", fields=["quality_ki_value"]).columns) == [
        *["run", "series", "step", "time", "metric", "value"]
    ]


def test_the_asked_fields_equal_those_of_the_whole(directory):
    directory.snapshots(500, 1000, 1500)
    directory.put("metrics_20251004_141145.json", directory.metrics([directory.batch(i) for i in range(5)]))
    whole = directory.run().frame()
    for name in whole.columns[7:]:
        part = directory.run().frame(fields=[name])
        pd.testing.assert_series_equal(
            part[name].reset_index(drop=True), whole.loc[whole.index[: len(part)], name]
        ) if len(part) == len(whole) else None
        expected = whole[name][whole["series"].isin(part["series"])]
        assert repr(list(part[name])) == repr(list(expected))


def test_a_field_that_is_nowhere_offers_the_nearest(directory):
    directory.snapshots(500)
    with pytest.raises(MetricNotFoundError, match="Did you mean quality_ki_value"):
        directory.run().frame(fields=["quality_ki_valu"])


def test_the_frame_of_several_runs(directory):
    for name in ("a", "b"):
        directory.put(
            f"{name}/Statistik_5.json", directory.snapshot(5, **({"only_b": 1} if name == "b" else {}))
        )
    runs = load(directory.path)
    made = runs.frame()
    assert list(made["run"]) == ["a", "b"]
    assert list(made["only_b"]) == [pd.NA, 1]
    assert json.loads(runs.frame(engine="polars").select("run", "only_b").write_json()) == [
        {"run": "a", "only_b": None},
        {"run": "b", "only_b": 1},
    ]


def compact(column):
    """The same column as a huge file's reading leaves it."""
    kinds = set(map(type, column))
    if kinds in ({float}, {int}):
        return array("d" if kinds == {float} else "q", column)
    known = list({repr(value): value for value in column}.values())
    return Coded(array("B", [list(map(repr, known)).index(repr(value)) for value in column]), known)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(["pandas", "polars"]), st.sampled_from(["wide", "long"]))
def test_compact_columns_make_the_frames_of_lists(data, engine, shape):
    count = data.draw(st.integers(1, 8))
    cells = {
        "loss": st.floats(),
        "peaks": st.integers(-(2**63), 2**63 - 1),
        "note": st.sampled_from(["a", "b", None, "\ud800"]),
        "flag": st.sampled_from([True, False, None]),
        "layers": st.sampled_from([["a", "b"], [], None]),
        "nothing": st.none(),
    }
    keys = {
        "step": st.integers(0, 3),
        "epoch": st.sampled_from([None, 0, 1]),
        "phase": st.sampled_from(["val", "train", None]),
        "time": st.floats(-1e9, 2e9),
    }

    def drawn(kinds):
        return {
            name: data.draw(st.lists(kind, min_size=count, max_size=count)) for name, kind in kinds.items()
        }

    plain = Columns({"series": ["batch"] * count, **drawn(keys)}, drawn(cells))
    short = Columns(
        *({name: compact(column) for name, column in each.items()} for each in (plain.keys, plain.fields))
    )
    frames = []
    for columns in (plain, short):
        table = wide([("run", columns)])
        assert len(table["run"]) == count
        frames.append(build(long(table, list(cells)) if shape == "long" else table, engine))
    if engine == "polars":
        pl_testing.assert_frame_equal(*frames, check_exact=True)
    else:
        pd.testing.assert_frame_equal(*frames, check_exact=True)


def test_writing_into_a_pandas_frame_does_not_change_the_run():
    losses = array("d", [0.5, 0.25])
    columns = Columns({"series": Coded.same("batch", 2), "step": array("q", [0, 1])}, {"loss": losses})
    frame = build(wide([("run", columns)]), "pandas")
    frame.loc[0, "loss"] = 9.0
    frame.loc[0, "step"] = 9
    assert (list(losses), list(columns.steps)) == ([0.5, 0.25], [0, 1])
