"""Runs come by one at a time; names, notices and rows are those of all of them together."""

import json

import pytest

from statkit.api.leaderboard import leaderboard
from statkit.data.load import each_run, load_all


def put(directory, *qualities, **more):
    directory.mkdir(parents=True, exist_ok=True)
    for number, quality in enumerate(qualities, 1):
        values = {"step_current": number, "quality_ki_value": quality, "quality_improvement_value": quality}
        (directory / f"Statistik_{number}.json").write_text(json.dumps(values | more))


@pytest.fixture
def root(tmp_path):
    put(tmp_path / "one" / "seed-0" / "Learn", 0.5, 0.7)
    put(tmp_path / "two" / "seed-0" / "Learn", 0.6, 0.4)
    put(tmp_path / "two" / "seed-1" / "Learn", 0.3)
    return tmp_path


def names(answer):
    return [row["run"] for row in answer.table]


def test_names_are_those_of_load(root):
    answer, notices = leaderboard(each_run([str(root)]))
    assert names(answer) == ["one/seed-0", "two/seed-0", "seed-1"]
    assert names(answer) == [run.name for run in load_all([str(root)])]
    assert [row["path"] for row in answer.table] == [run.path for run in load_all([str(root)])]
    assert notices == []


def test_a_run_that_cannot_be_read_has_no_row_but_a_name_others_may_not_bear(root):
    (root / "one" / "seed-0" / "Learn" / "Statistik_1.json").write_text("[]")
    (root / "one" / "seed-0" / "Learn" / "Statistik_2.json").write_text("[]")
    answer, notices = leaderboard(each_run([str(root)]))
    assert names(answer) == ["two/seed-0", "seed-1"]
    assert {notice.path for notice in notices} == {"Statistik_1.json", "Statistik_2.json"}


def test_a_run_named_twice_counts_once(root, monkeypatch):
    monkeypatch.chdir(root)
    (root / "link").symlink_to("one", target_is_directory=True)
    paths = ["one", str(root / "one"), "one/seed-0/Learn", "link", "one/../one"]
    answer, _ = leaderboard(each_run(paths))
    assert names(answer) == ["seed-0"]
    assert answer.table[0]["path"] == "one/seed-0/Learn"


def test_notices_bear_the_name_of_the_run(root):
    put(root / "two" / "seed-0" / "Learn", float("nan"), 0.6)
    _, notices = leaderboard(each_run([str(root)]))
    assert [(notice.code, notice.path) for notice in notices] == [("non-finite", "two/seed-0")]


def test_rows_by_a_dumb_loop(root):
    answer, _ = leaderboard(each_run([str(root)]), ["max quality_ki_value", "last quality_ki_value"])
    found = [(row["max quality_ki_value"], row["last quality_ki_value"], row["rows"]) for row in answer.table]
    assert found == [(0.7, 0.7, 2), (0.6, 0.4, 2), (0.3, 0.3, 1)]
