"""Anyone's tables, read as pandas reads them."""

import io
import json
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statkit.data.load import load_all
from statkit.errors import SourceError, UnknownFormatError
from statkit.sources.base import File, Group
from statkit.sources.faults import Patience
from statkit.sources.table import TableSource, _load

CSV = "epoch,step,train_loss,val_loss,note,ok\n0,10,0.5,,a,true\n0,20,0.25,0.4,,false\n1,30,nan,0.3,b,\n"


def scalars(directory, name="metrics.csv", **options):
    return directory.run(**options).columns("scalars")


def test_a_table_is_read_with_kinds_and_gaps(directory):
    directory.put("metrics.csv", CSV)
    columns = scalars(directory)
    assert columns.steps == [10, 20, 30]
    assert columns.keys["epoch"] == [0, 0, 1]
    fields = columns.fields
    assert fields["val_loss"] == [None, 0.4, 0.3]
    assert math.isnan(fields["train_loss"][2])
    assert fields["note"] == ["a", None, "b"]
    assert fields["ok"] == [True, False, None]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", CSV.replace("\n", "\r\n")),
        ("a.csv", CSV.encode("utf-8-sig")),
        ("a.csv", CSV.encode("utf-16")),
        ("a.tsv", CSV.replace(",", "\t")),
        ("a.csv", CSV.replace(",", ";").replace("0.", "0,")),
        ("a.csv", CSV.rstrip("\n")),
        ("a.csv", CSV.replace("note", '"no,te"')),
    ],
)
def test_dialects_and_encodings(directory, name, text):
    directory.put(name, text)
    columns = scalars(directory)
    assert columns.steps == [10, 20, 30]
    assert columns.fields["val_loss"] == [None, 0.4, 0.3]


def test_values_equal_those_of_pandas(directory):
    directory.put("metrics.csv", CSV)
    ours = directory.run().frame(fields=["train_loss", "val_loss"])
    theirs = pd.read_csv(io.StringIO(CSV))[["train_loss", "val_loss"]]
    pd.testing.assert_frame_equal(ours[["train_loss", "val_loss"]], theirs)


@pytest.mark.parametrize("ending", ["jsonl", "ndjson"])
def test_lines(directory, ending):
    rows = [{"_step": 5, "loss": 0.5, "m": {"a": 1}}, {"_step": 6, "loss": math.nan}]
    directory.put(f"history.{ending}", "\n".join(map(json.dumps, rows)))
    columns = scalars(directory)
    assert columns.steps == [5, 6]
    assert columns.fields["m.a"] == [1, None]


@pytest.mark.parametrize("ending", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_lines_in_every_encoding(directory, ending):
    directory.put("history.jsonl", '{"step": 1, "t": "ä"}\r\n{"step": 2, "t": "b"}\r\n'.encode(ending))
    assert scalars(directory).fields["t"] == ["ä", "b"]


@pytest.mark.parametrize(
    ("header", "step"),
    [
        ("global_step,step", "step"),
        ("a,Iteration", "Iteration"),
        ("epoch,x", "epoch"),
        ("trainer/global_step,x", "trainer/global_step"),
    ],
)
def test_the_step_column_is_found(directory, header, step):
    directory.put("a.csv", f"{header}\n1,2\n")
    assert scalars(directory).steps == [header.split(",").index(step) + 1]


def test_the_step_column_may_be_named_or_counted(directory):
    path = directory.put("a.csv", "x,y\n7,1\n9,2\n")
    for asked, steps in (("x", [7, 9]), ("row", [0, 1])):
        assert scalars(directory, step_column=asked).steps == steps
    with pytest.raises(UnknownFormatError, match="--step-column"):
        load_all([str(path)])[0].columns("scalars")
    with pytest.raises(UnknownFormatError, match="no column 'z'"):
        load_all([str(path)], step_column="z")[0].columns("scalars")
    with pytest.raises(UnknownFormatError, match="holds no run"):
        directory.run()


def test_another_table_without_the_named_column_is_left_alone(directory):
    directory.put("a.csv", "x,y\n7,1\n")
    directory.put("b.csv", "u,v\n7,1\n")
    assert scalars(directory, step_column="x").steps == [7]


def test_rows_without_a_step_are_counted(directory):
    directory.put("a.csv", "step,loss\n1,0.5\n,0.4\nx,0.3\n")
    assert scalars(directory).steps == [1]
    lost = [n.message for n in directory.notices() if n.code == "skipped-file"]
    assert lost == ["2 of 3 rows have no whole number in 'step'; left out"]


def test_a_line_cut_short_is_left_out_and_named(directory):
    directory.put("a.csv", "step,loss,ssim\n1,0.5,0.1\n2,0.4")
    assert scalars(directory).steps == [1]
    assert ["cut short" in n.message for n in directory.notices()] == [True]
    directory.put("a.csv", "step,loss\n1,0.5\n")
    directory.put("b.jsonl", '{"step": 1}\n{"step": 2')
    assert any(n.path == "b.jsonl" and "cut short" in n.message for n in directory.notices())


def test_bad_lines_are_counted(directory):
    directory.put("a.jsonl", '{"step": 1}\nbroken\n[5]\n\n{"step": 2}\n')
    assert scalars(directory).steps == [1, 2]
    assert [n.message for n in directory.notices()] == [
        "2 lines are no JSON objects, the first is line 2; the others are read"
    ]


def test_several_tables_bear_their_names(directory):
    directory.put("train.csv", "step,loss\n1,0.5\n")
    directory.put("val.csv", "step,loss\n1,0.6\n")
    assert scalars(directory).key("label") == ["train", "val"]


def test_seconds_since_the_start_are_no_date(directory):
    directory.put("a.csv", "step,time\n1,0.5\n2,1.5\n")
    for engine in ("pandas", "polars"):
        assert list(directory.run().frame(engine=engine)["time"]) == [0.5, 1.5]
    directory.put("a.csv", "step,time\n1,1770368390\n")
    assert directory.run().frame()["time"][0].year == 2026


@pytest.mark.parametrize(
    "text", ["", "\n\n", "step,loss\n", '"', "step\n" + "x" * 200_000 + "\n", "\0\0\0\0"]
)
def test_tables_without_rows_are_an_error_when_named(directory, text):
    path = directory.put("a.csv", text)
    with pytest.raises(SourceError):
        load_all([str(path)])[0].require_rows()


CELLS = st.none() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 10**6), CELLS, CELLS), min_size=1, max_size=6))
def test_what_a_csv_says_is_what_is_read(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("table") / "a.csv"
    text = "step,a,b\n" + "".join(",".join("" if c is None else repr(c) for c in row) + "\n" for row in rows)
    path.write_text(text)
    group = Group(str(path.parent), "a.csv", [File("a.csv", str(path), 1, 0, 0, 0)])
    columns = TableSource().read(group)
    assert columns.keys["step"] == [row[0] for row in rows]
    for place, name in ((1, "a"), (2, "b")):
        assert columns.fields[name] == [row[place] for row in rows]


def test_a_table_whose_last_row_is_being_written_is_looked_at_again(directory):
    path = directory.put("a.csv", "step,loss\n1,0.5\n2,0.4")
    clock = Clock(path.stat().st_mtime, lambda: directory.put("a.csv", "step,loss\n1,0.5\n2,0.45\n"))
    rows, lost = _load(File("a.csv", str(path), 1, 0, 0, 0), Patience(0.3, clock.sleep, lambda: clock.now))
    assert (rows[-1], lost, clock.slept) == ({"step": 2, "loss": 0.45}, "", 1)


class Clock:
    """Time that passes only by sleeping, and what happens then."""

    def __init__(self, now, at_sleep):
        self.now, self.at_sleep, self.slept = now, at_sleep, 0

    def sleep(self, seconds):
        self.slept += 1
        self.now += seconds
        self.at_sleep()


def test_names_that_occur_twice_are_numbered_as_pandas_does(directory):
    text = "step,loss,loss,loss.1,loss\n1,2,3,4,5\n"
    directory.put("a.csv", text)
    theirs = pd.read_csv(io.StringIO(text))
    fields = scalars(directory).fields
    assert fields == {name: [theirs[name][0]] for name in theirs}


def test_rows_of_another_length_are_read_and_counted(directory):
    directory.put("a.csv", "step,loss\n1,0.5\n2\n3,0.3,9\n4,0.2\n")
    assert scalars(directory).fields["loss"] == [0.5, None, 0.3, 0.2]
    (notice,) = directory.notices()
    assert (notice.code, notice.path) == ("skipped-file", "a.csv")
    assert notice.message.startswith("2 rows have more or fewer cells than the header, the first is line 3")


@pytest.mark.parametrize("odd", ["broken", "true", "[0.5]"])
def test_one_odd_cell_leaves_a_column_of_numbers(directory, odd):
    directory.put("a.csv", f"step,score\n1,0.5\n2,{odd}\n3,0.3\n4,0.2\n")
    assert scalars(directory).fields["score"] == [0.5, None, 0.3, 0.2]
    (notice,) = directory.notices()
    assert notice.code == "numeric-string"
    assert f'1 are no numbers ("{odd}" in a.csv)' in notice.message


@pytest.mark.parametrize("name", [None, "a.csv"])
def test_lines_that_end_in_a_bare_carriage_return(directory, name):
    directory.put("a.csv", CSV.replace("\n", "\r"))
    assert directory.run(name).columns("scalars").steps == [10, 20, 30]


def test_a_header_that_is_no_row_is_claimed_by_nobody():
    group = Group("", "a.csv", [File("a.csv", "", 1, 0, 0, 0)])
    assert TableSource().claims(group, b"step,loss")
    assert not TableSource().claims(group, b'step,"' + b"x" * 200_000)  # csv.Error: field too large


def test_a_header_alone_holds_no_row(directory):
    directory.put("a.csv", "step,loss\n")
    with pytest.raises(SourceError, match="holds no row"):
        directory.run("a.csv").columns("scalars")
    assert [n.message for n in directory.notices()] == ["holds no row"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("out.csv", "run,series,step,loss\na,batch,1,0.5\n"),
        ("out.ndjson", '{"run":"a","series":"batch","step":1,"batch_idx":1,"phase":"train","loss":0.5}\n'),
    ],
)
def test_an_exported_frame_is_read_only_when_named(directory, name, text):
    directory.put(name, text)
    with pytest.raises(UnknownFormatError):
        directory.run()
    assert directory.run(name).columns("scalars").fields["loss"] == [0.5]
