"""The files compared: seeded, of the right shape, and readable by statkit."""

import json
import math
from pathlib import Path

import pytest
from side_by_side import corpora, corpus
from side_by_side.fields import ENTROPY, LAYERS, RECORD, SCALARS

import statkit


def content(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*.json")}


def test_snapshots_have_the_names_the_fields_and_the_size(tmp_path):
    corpus.snapshots(tmp_path, 3)
    files = content(tmp_path)
    assert sorted(files) == ["Statistik_1000.json", "Statistik_1500.json", "Statistik_500.json"]
    document = json.loads(files["Statistik_1500.json"])
    assert set(document) == {*SCALARS, "layer_activity_map"}
    assert document["step_current"] == 1500
    assert set(document["layer_activity_map"]) == set(LAYERS)
    assert len(SCALARS) + len(LAYERS) == 246
    assert all(11_500 < len(text) < 12_500 for text in files.values())


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        corpus.snapshots(tmp_path / name, 2, seed)
    assert content(tmp_path / "a") == content(tmp_path / "b") != content(tmp_path / "c")


def test_a_snapshot_added_is_never_the_best(tmp_path):
    corpus.snapshots(tmp_path, 20)
    before = statkit.best(statkit.load(tmp_path)).results[0]
    assert corpus.count(tmp_path) == 20
    for number in range(21, 31):
        corpus.add(tmp_path, number)
    after = statkit.best(statkit.load(tmp_path)).results[0]
    assert corpus.count(tmp_path) == 30
    assert (after.step, after.value) == (before.step, before.value)


def test_batch_metrics_have_33_columns_and_come_apart_by_epoch(tmp_path):
    path = tmp_path / "final_training_metrics.json"
    corpus.batch_metrics(path, 2_500)
    document = json.loads(path.read_text())
    records = document["batch_metrics"]
    assert document["metadata"]["total_batches"] == len(records) == 2_500
    assert all(tuple(record) == RECORD for record in records)
    assert len(RECORD) == 33
    assert [(record["phase"], record["batch_idx"]) for record in records[799:801]] == [
        ("train", 799),
        ("val", 0),
    ]
    assert b": " not in path.read_bytes()


def test_nan_is_a_bare_token_and_nothing_else_changes(tmp_path):
    corpus.batch_metrics(tmp_path / "plain", 1_500)
    corpus.batch_metrics(tmp_path / "nan", 1_500, nan=True)
    plain, with_nan = (
        json.loads((tmp_path / name).read_text())["batch_metrics"] for name in ("plain", "nan")
    )
    assert (tmp_path / "nan").read_bytes().count(f'"{ENTROPY}":NaN'.encode()) == 1_500
    assert all(math.isnan(record.pop(ENTROPY)) for record in with_nan)
    assert not any(math.isnan(record.pop(ENTROPY)) for record in plain)
    assert plain == with_nan


def test_each_cumulative_file_begins_the_next(tmp_path):
    every, newest = (Path(each) for each in corpora.cumulative(str(tmp_path), 300))
    names = sorted(path.name for path in every.iterdir())
    held = [json.loads((every / name).read_text())["batch_metrics"] for name in names]
    assert [len(records) for records in held] == list(range(20, 301, 20))
    assert all(held[-1][: len(records)] == records for records in held)
    assert [path.read_bytes() for path in newest.iterdir()] == [(every / names[-1]).read_bytes()]


def test_an_unfinished_corpus_is_never_used(tmp_path):
    def broken(path):
        corpus.snapshots(path, 1)
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        corpora.kept(str(tmp_path), "run", broken)
    made = corpora.kept(str(tmp_path), "run", lambda path: corpus.snapshots(path, 2))
    assert corpus.count(made) == 2
    assert corpora.kept(str(tmp_path), "run", broken) == made
