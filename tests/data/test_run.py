"""Runs: what they say of themselves, and that real data give what a plain pandas script gives."""

import json
import math
import os
from pathlib import Path

import pandas as pd
import pytest

from statkit.data.load import load, load_all
from statkit.errors import EmptySeriesError, MetricNotFoundError, SourceError, UsageError
from statkit.writers.statistik import StatistikWriter

REAL = Path(__file__).parents[2] / ".." / "shared" / "realdata"


def made(directory):
    """Cumulative files of the shape of the real ones: sanity check, then two phases, bare NaN."""
    records = [directory.batch(i, "val", timestamp=1759561871.0 + i) for i in range(2)]
    for n in range(200):
        phase = "val" if n % 10 == 9 else "train"
        records.append(directory.batch(n // 10 if phase == "val" else n, phase, timestamp=1759561880.0 + n))
    directory.put("metrics_20251004_141145.json", directory.metrics(records[:103]))
    directory.put("metrics_20251004_141206.json", directory.metrics(records))
    return directory.path


CASES = [pytest.param(made, id="made")]
if REAL.is_dir():
    CASES += [
        pytest.param(lambda _, path=path: path, id=path.name)
        for path in sorted(REAL.iterdir())
        if path.is_dir()
    ]


@pytest.mark.parametrize("case", CASES)
def test_batch_metrics_equal_a_plain_pandas_script(directory, case):
    path = case(directory)
    newest = max(
        path.glob("metrics_*.json"), key=lambda file: len(json.loads(file.read_text())["batch_metrics"])
    )
    plain = pd.DataFrame(json.loads(newest.read_text())["batch_metrics"])
    trained = (plain["phase"] == "train").cumsum() - (plain["phase"] == "train")
    plain = plain.assign(step=trained).sort_values(["phase", "step"], kind="stable", ignore_index=True)

    run = load(path)
    ours = run.frame()
    assert len(ours) == len(plain)
    for name in plain.columns.drop("timestamp"):
        pd.testing.assert_series_equal(ours[name], plain[name], check_dtype=False)
    assert ours["step"].dtype == "int64"
    assert (ours["time"].astype("int64") / 1e6 - plain["timestamp"]).abs().max() < 1e-6
    entropy = [name for name in plain if name.endswith("attention_entropy") and plain[name].isna().any()]
    (notice,) = [n for n in run.notices if n.code == "non-finite"]
    assert f"{entropy[0]} {plain[entropy[0]].isna().sum()}" in notice.message
    assert [n.path for n in run.notices if n.code == "superseded-file"] == ["metrics_20251004_141145.json"]


@pytest.mark.parametrize("case", CASES)
def test_documents_are_what_the_file_holds_in_list_order(directory, case):
    path = case(directory)
    newest = max(path.glob("metrics_*.json"), key=lambda file: file.stat().st_size)
    records = json.loads(newest.read_text())["batch_metrics"]
    assert repr([document for _, _, document in load(path).documents()]) == repr(records)


def test_what_the_snapshot_writer_leaves_is_read_back(directory):
    writer = StatistikWriter(directory.path, config={"seed": 3, "lr": 1e-4}, echo=lambda line: None)
    saved = {
        500: {
            "acc": 0.5,
            "nan": math.nan,
            "deep": {"inf": math.inf, "l": [1.5, -math.inf]},
            "n": 2**70,
            "t": "ä",
        },
        1000: {"acc": 0.75, "ok": True, "none": None},
    }
    for step, values in saved.items():
        writer.save(step, values)
    writer.save(1000, {"acc": 0.7}, label="final")
    writer.close()
    run = directory.run()
    fields = run.columns("validation").fields
    assert run.columns("validation").steps == [500, 1000, 1000]
    assert run.columns("validation").keys["label"] == [None, None, "final"]
    assert fields["acc"] == [0.5, 0.75, 0.7]
    assert repr(fields["nan"]) == "[nan, None, None]"
    assert fields["deep.inf"] == [math.inf, None, None]
    assert fields["deep.l"] == [[1.5, -math.inf], None, None]
    assert fields["n"] == [2**70, None, None]
    assert fields["ok"] == [None, True, None]
    assert run.config == {"seed": 3, "lr": 1e-4}


def test_a_step_saved_again_by_the_writer_counts_once(directory):
    for value in (0.5, 0.6):
        with StatistikWriter(directory.path, echo=lambda line: None) as writer:
            writer.save(500, {"acc": value})
    assert directory.columns().fields["acc"] == [0.6]
    assert directory.columns(on_rewind="first").fields["acc"] == [0.5]


def test_a_record_is_read_whole_also_after_a_projected_reading(directory):
    directory.snapshots(500, 1000)
    run = directory.run()
    columns = run.columns("validation", ["quality_ki_value"])
    record = run.record(columns, 1)
    whole = directory.run().columns("validation").record(1)
    assert (record.step, record.values) == (whole.step, whole.values)


def test_documents_of_joined_files_that_take_turns(directory):
    for phase in ("train", "val"):
        records = [
            directory.batch(i, phase, timestamp=1759561871.0 + 2 * i + (phase == "val")) for i in range(20)
        ]
        directory.put(f"{phase}_records.json", directory.metrics(records))
    found = [(d["phase"], d["batch_idx"]) for _, _, d in directory.run().documents()]
    assert found == [(phase, i) for i in range(20) for phase in ("train", "val")]


def test_documents_read_each_file_once(directory):
    directory.snapshots(*range(100, 20_100, 100))
    run = directory.run()
    assert [step for step, _, _ in run.documents()] == list(range(100, 20_100, 100))


def test_a_field_over_steps(directory):
    directory.snapshots(500)
    directory.snapshots(1000, validation_loss_value=...)
    directory.snapshots(1500, extra=None)
    series = directory.run()["validation_loss_value"]
    assert (list(series.index), list(series), series.name, series.index.name) == (
        [500, 1500],
        [0.0145, 0.0145],
        "validation_loss_value",
        "step",
    )
    with pytest.raises(EmptySeriesError):
        directory.run()["extra"]
    with pytest.raises(MetricNotFoundError):
        directory.run()["nowhere"]


def test_a_run_of_nothing_readable_says_why(directory):
    directory.put("Statistik_5.json", b"x")
    with pytest.raises(SourceError, match=r"none of 1 files can be read. Statistik_5\.json: not JSON"):
        directory.run().require_rows()
    directory.put("Statistik_5.json", directory.snapshot(5))
    directory.run().require_rows()


def test_one_file_is_a_run_named_by_its_directory(directory):
    directory.snapshots(500, 1000)
    run = load(directory.path / "Statistik_500.json")
    assert (run.name, run.columns("validation").steps, run.directory) == (
        "run",
        [500],
        os.fspath(directory.path),
    )
    assert run.metrics("validation")[0] == "step_current"
    assert "statistik" in repr(run)


def test_a_second_reading_of_fewer_fields_reads_no_file(directory):
    directory.snapshots(500)
    run = directory.run()
    whole = run.columns("validation")
    (directory.path / "Statistik_500.json").unlink()
    assert run.columns("validation", ["loss", "quality_ki_value"]).fields["quality_ki_value"] == [0.621]
    assert whole.fields.keys() == run.columns("validation").fields.keys()


def test_runs_by_name_position_and_slice(directory):
    for name in ("a", "b", "c"):
        directory.put(f"{name}/Statistik_5.json", directory.snapshot(5))
    runs = load(directory.path)
    assert [runs[0].name, runs["b"].name, [run.name for run in runs[1:]]] == ["a", "b", ["b", "c"]]
    assert len(runs) == 3
    with pytest.raises(KeyError):
        runs["d"]
    assert [run.name for run in load_all([str(directory.path)])] == ["a", "b", "c"]


def test_an_unknown_shape_is_an_error_that_names_the_possible(directory):
    directory.snapshots(5)
    with pytest.raises(UsageError, match="wide, long"):
        directory.run().frame(shape="square")
