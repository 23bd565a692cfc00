"""The runs of a page: found, looked at, followed; memory stays."""

import gc
import json
import os
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.records import Coded, Columns
from statkit.server.index import is_inside, opaque_id
from statkit.server.lineage import Lineage, starts_alike
from statkit.server.signature import Signature, signature
from statkit.server.watch import Watch


def test_a_look_reads_nothing_where_nothing_changed(write_run):
    directory = write_run(count=3)
    os.utime(directory / "Statistik_300.json", (1, 1))
    watch = Watch([str(directory)])
    first = watch.look()
    assert not first
    assert (first.revision, watch.runs[0].revision) == (0, 0)


def test_only_the_runs_that_were_touched_are_looked_at(write_run, tmp_path):
    write_run("runs/a", count=2)
    write_run("runs/b", count=2)
    watch = Watch([str(tmp_path / "runs")])
    ids = {run.name: run.id for run in watch.runs}
    watch.look()
    write_run("runs/a", count=1, first=3)
    write_run("runs/b", count=1, first=3)
    found = watch.look({str(tmp_path / "runs" / "a" / "Statistik_300.json")})
    assert found.runs == (ids["a"],)
    assert watch.look().runs == (ids["b"],)


def test_names_stay_unique_as_runs_come(write_run, tmp_path):
    write_run("runs/x/seed-0", count=1)
    watch = Watch([str(tmp_path / "runs")])
    assert [run.name for run in watch.runs] == ["seed-0"]
    write_run("runs/y/seed-0", count=1)
    assert watch.look().listed
    assert [run.name for run in watch.runs] == ["x/seed-0", "y/seed-0"]


def test_a_file_that_goes_while_it_is_marked_is_as_good_as_gone(tmp_path, monkeypatch):
    path = str(tmp_path / "run.csv")
    (tmp_path / "run.csv").write_text("step,loss\n1,2\n")

    def gone(*_asked, **_more):
        raise FileNotFoundError(path)

    before = signature([path])
    monkeypatch.setattr("statkit.server.signature.os.stat", gone)
    assert signature([path]).mark not in (before.mark, b"")


def test_a_run_whose_directory_is_opened_is_found_at_the_next_look(write_run, monkeypatch):
    directory = write_run("runs/a")
    real = os.scandir
    shut = {str(directory)}

    def scandir(path="."):
        if os.path.realpath(path) in shut:
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    monkeypatch.setattr("os.listdir", lambda path=".": [each.name for each in scandir(path)])
    watch = Watch([str(directory.parent)])
    assert not watch.runs
    shut.clear()
    directory.chmod(0o700)
    assert watch.look().listed
    assert [run.name for run in watch.runs] == ["a"]


def test_one_run_named_twice_is_one(write_run, tmp_path):
    directory = write_run(count=1)
    (tmp_path / "link").symlink_to(directory)
    watch = Watch([str(directory), str(directory), str(tmp_path / "link")])
    assert len(watch.runs) == 1


def test_one_file_may_be_watched(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("step,reward\n1,0.5\n")
    watch = Watch([str(log)])
    (run,) = watch.runs
    run.glance()
    with log.open("a") as stream:
        stream.write("2,0.75\n")
    assert watch.look().runs == (run.id,)
    assert run.glance().signs.step == 2
    log.unlink()
    assert watch.look().listed
    assert watch.runs == []


def test_a_run_whose_files_are_all_gone_is_gone(write_run):
    directory = write_run(count=1)
    watch = Watch([str(directory)])
    watch.runs[0].glance()
    (directory / "Statistik_100.json").unlink()
    assert watch.look().listed
    assert watch.runs == []


def test_a_row_seen_to_come_is_a_sign_of_life_whatever_its_clock_says(write_run):
    directory = write_run(count=5)
    watch = Watch([str(directory)], clock=lambda: 1_900_000_000.0)
    watch.look()
    (run,) = watch.runs
    assert run.status().status == "stalled"
    write_run(count=1, first=6)
    assert watch.look().status == {run.id: "training"}
    assert run.status().last_update == 1_900_000_000.0


def test_a_change_that_the_clock_of_the_file_system_hides_is_found(write_run, monkeypatch):
    hidden = Signature(b"the same", time.time_ns() + 10**12)
    monkeypatch.setattr("statkit.server.watched.signature", lambda paths: hidden)
    directory = write_run(count=2)
    watch = Watch([str(directory)])
    watch.look()
    assert not watch.look()
    write_run(count=1, first=2, values=lambda n: {"quality_ki_value": 0.9})
    assert watch.look().runs == (watch.runs[0].id,)
    assert watch.runs[0].glance().value == 0.9


def test_the_mark_of_a_directory_shows_each_change(tmp_path):
    marks = [signature([str(tmp_path)]).mark]
    for change in (
        lambda: (tmp_path / "a.json").write_text("1"),
        lambda: (tmp_path / "a.json").write_text("22"),
        lambda: os.utime(tmp_path / "a.json", (5, 5)),
        lambda: (tmp_path / "a.json").rename(tmp_path / "b.json"),
        lambda: (tmp_path / "b.json").unlink(),
    ):
        change()
        marks.append(signature([str(tmp_path)]).mark)
    assert len({*marks}) == len(marks) - 1
    assert marks[0] == marks[-1]
    (tmp_path / ".a.json.1.x.tmp").write_text("being written")
    assert signature([str(tmp_path)]).mark == marks[0]


@given(st.text(), st.text())
def test_ids_tell_paths_apart_and_say_nothing(a, b):
    assert (opaque_id(a) == opaque_id(b)) == (a == b)
    assert len(opaque_id(a)) == 16
    assert opaque_id(a).isalnum()


def test_what_links_lead_to_decides_where_a_file_lies(tmp_path):
    inside, outside = tmp_path / "run", tmp_path / "run-2"
    inside.mkdir()
    outside.mkdir()
    (outside / "file").write_text("")
    (inside / "link").symlink_to(outside / "file")
    (inside / "own").symlink_to("other")
    assert not is_inside(str(inside), str(inside / "link"))
    assert is_inside(str(inside), str(inside / "own"))
    assert not is_inside(str(inside), str(outside))
    assert not is_inside(str(inside), str(inside / ".." / "run-2"))


numbers = st.lists(st.none() | st.floats(width=16), max_size=8)


@given(numbers, numbers)
def test_columns_start_alike_as_a_plain_loop_says(old, new):
    def same(a, b):
        return a == b or (a is not None and b is not None and a != a and b != b)

    expected = len(new) >= len(old) and all(map(same, old, new))
    assert starts_alike(old, new) == expected
    assert starts_alike(old, [*old, *new])


def test_coded_columns_start_alike():
    from array import array

    train = Coded(array("B", [0, 0, 1]), ["train", "val"])
    assert starts_alike(train, Coded(array("B", [0, 0, 1, 0]), ["train", "val", None]))
    assert not starts_alike(train, Coded(array("B", [0, 1, 1, 0]), ["train", "val"]))
    assert starts_alike(train, Coded(array("B", [1, 1, 0]), ["val", "train"]))


@pytest.mark.parametrize(
    ("steps", "values", "same"),
    [
        ([1, 2, 3], [0.1, 0.2, 0.3], True),
        ([1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4], True),
        ([1, 2], [0.1, 0.2], False),
        ([1, 2, 4], [0.1, 0.2, 0.3], False),
        ([1, 2, 3], [0.1, 0.25, 0.3], False),
    ],
)
def test_a_lineage_ends_where_a_known_row_is_another(steps, values, same):
    lineage = Lineage("x")
    lineage.follow(Columns(keys={"step": [1, 2, 3]}, fields={"loss": [0.1, 0.2, 0.3]}), "loss")
    name = lineage.name
    lineage.follow(Columns(keys={"step": steps}, fields={"loss": values}), "loss")
    assert (lineage.name == name) == same


@pytest.mark.slow
def test_memory_does_not_grow_with_updates(tmp_path):
    """What is left after many updates of one snapshot each, rows of the run itself not counted."""
    directory = tmp_path / "run"
    directory.mkdir()

    def save(step, value):
        text = json.dumps(
            {"step_current": step, "quality_ki_value": value, "last_update_time": 1.7e9 + value}
        )
        part = directory / f".Statistik_{step}.json.1.x.tmp"
        part.write_text(text)
        part.rename(directory / f"Statistik_{step}.json")

    for step in range(20):
        save(step, step)
    watch = Watch([str(directory)])
    (run,) = watch.runs

    def update(count, start):
        for number in range(start, start + count):
            save(19, number + 100)
            watch.look()
            run.state()
            run.lineage("validation")

    update(30, 0)
    gc.collect()
    tracemalloc.start()
    update(30, 100)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    update(300, 200)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert run.revision > 300
    assert grown < 300_000
