import os
import warnings

import pytest

from statkit.data.load import load, load_all, unique_names
from statkit.errors import RunNotFoundError, StatkitWarning, UnknownFormatError, UsageError
from statkit.records import Columns
from statkit.sources import registry
from statkit.sources.discovery import find_runs
from statkit.sources.run_files import scan_directory


def names(path, **options):
    return [run.name for run in load_all([str(path)], **options)]


def test_runs_are_found_below_and_named_by_their_directories(directory):
    for run in ("base/seed-0/Learn", "base/seed-1/Learn", "new/seed-0/Learn", "auto_analysis/x"):
        directory.put(f"{run}/Statistik_5.json", directory.snapshot(5))
    assert names(directory.path) == ["x", "base/seed-0", "seed-1", "new/seed-0"]


def test_a_run_is_not_searched_for_more(directory):
    directory.snapshots(5)
    directory.put("inner/Statistik_5.json", directory.snapshot(5))
    assert len(list(find_runs(str(directory.path)))) == 1


@pytest.mark.parametrize("inner", ["superseded/1", "checkpoints", "logs", ".hidden"])
def test_what_is_no_run_below_is_left_alone(directory, inner):
    directory.put(f"a/{inner}/Statistik_5.json", directory.snapshot(5))
    with pytest.raises(UnknownFormatError):
        directory.run()


def test_tables_yield_to_runs_below_them(directory):
    directory.put("index.csv", "step,loss\n1,2\n")
    assert len(list(find_runs(str(directory.path)))) == 1
    directory.put("a/Statistik_5.json", directory.snapshot(5))
    assert [os.path.basename(run.path) for run in find_runs(str(directory.path))] == ["a"]


def test_links_to_directories_are_not_followed(directory):
    directory.put("a/Statistik_5.json", directory.snapshot(5))
    os.symlink(directory.path, directory.path / "a" / "up")
    os.symlink(directory.path, directory.path / "round")
    assert len(list(find_runs(str(directory.path)))) == 1


def test_very_deep_directories_end_the_search_not_the_program(directory):
    here = os.getcwd()
    os.chdir(directory.path)
    try:
        for _ in range(600):
            os.mkdir("d")
            os.chdir("d")
    finally:
        os.chdir(here)
    directory.put("a/Statistik_5.json", directory.snapshot(5))
    assert len(list(find_runs(str(directory.path)))) == 1


def test_the_metrics_directory_belongs_to_the_run_above(directory):
    directory.put("metrics/metrics_20251004_141145.json", directory.metrics([directory.batch(0)]))
    directory.put("experiment_config.json", {"lr": 0.1})
    run = directory.run()
    assert len(run.columns("batch")) == 1
    assert run.config == {"lr": 0.1}
    assert run.name == "run"


def test_superseded_files_are_read_only_when_asked_for(directory):
    directory.put("Statistik_5.json", directory.snapshot(5, last_update_time=1770000900.0))
    directory.put(
        "superseded/1/Statistik_5.json", directory.snapshot(5, last_update_time=1770000100.0, epoch_num=7)
    )
    assert len(scan_directory(str(directory.path)).claimed[0][1].files) == 1
    assert len(scan_directory(str(directory.path), superseded=True).claimed[0][1].files) == 2
    assert directory.columns().fields["epoch_num"] == [1]
    assert directory.columns(on_rewind="first").fields["epoch_num"] == [7]
    assert directory.columns(on_rewind="all").fields["epoch_num"] == [7, 1]


def test_superseded_files_without_times_give_each_steps_oldest(directory):
    for place, value in (("", 3), ("superseded/2/", 2), ("superseded/1/", 1)):
        directory.put(f"{place}Statistik_5.json", {"acc": value})
    directory.put("Statistik_9.json", {"acc": 9})
    assert directory.columns().fields["acc"] == [3, 9]
    assert directory.columns(on_rewind="first").fields["acc"] == [1, 9]


def test_a_directory_of_both_series_has_both(directory):
    directory.snapshots(5)
    directory.put("metrics_20251004_141145.json", directory.metrics([directory.batch(0)]))
    directory.put("a.csv", "step,loss\n1,2\n")
    run = directory.run()
    assert run.series_names() == ["validation", "batch", "scalars"]
    assert list(run.frame()["series"]) == ["validation", "batch", "scalars"]


def test_several_paths_a_glob_and_one_run_twice(directory):
    directory.put("a/Statistik_5.json", directory.snapshot(5))
    directory.put("b/Statistik_5.json", directory.snapshot(5))
    root = str(directory.path)
    assert len(load_all([root, f"{root}/a", f"{root}/a/../a"])) == 2
    assert [run.name for run in load(f"{root}/*")] == ["a", "b"]
    assert load(f"{root}/a").name == "a"
    assert [run.name for run in load([f"{root}/a"])] == ["a"]
    assert load([f"{root}/a", f"{root}/b"])["b"].path.endswith("b")


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["/x/a/Learn", "/x/b/Learn"], ["a", "b"]),
        (["/x/a/seed-0/Learn", "/x/b/seed-0/Learn", "/x/c"], ["a/seed-0", "b/seed-0", "c"]),
        (["/x/a", "/y/a"], ["x/a", "y/a"]),
        (["/Learn"], ["Learn"]),
    ],
)
def test_names_are_extended_upwards_until_unique(paths, expected):
    # directories that do not exist are taken for files, whose parent counts: name a file inside
    assert unique_names([f"{path}/Statistik_5.json" for path in paths]) == expected


@pytest.mark.parametrize("path", ["nowhere", "nowhere/*.json", "nowhere/Statistik_5.json"])
def test_what_is_not_there_is_an_error(tmp_path, path):
    with pytest.raises(RunNotFoundError):
        load_all([str(tmp_path / path)])


def test_an_empty_directory_says_so(tmp_path):
    with pytest.raises(UnknownFormatError, match="is empty"):
        load(tmp_path)


class Plugin:
    """A source of an installed package: ``.log`` lines of ``step value`` in JSON's clothes."""

    name, series = "plugin", "scalars"

    def __init__(self, claims=lambda group, head: head.startswith(b'{"plugin"'), name="plugin"):
        self._claims, self.name = claims, name

    def claims(self, group, head):
        return self._claims(group, head)

    def read(self, group, fields=None):
        return Columns(
            {"series": ["scalars"], "step": [1]},
            {"a": [2]},
            {"format": ["plugin"], "file": ["x"], "row": [0]},
        )

    def documents(self, group, files=None):
        return iter(())


@pytest.fixture
def plugins(monkeypatch):
    def install(*sources):
        monkeypatch.setattr(registry, "_plugins", list(sources))

    return install


def test_a_plugin_reads_what_it_claims(directory, plugins):
    plugins(Plugin())
    directory.put("x.json", '{"plugin": 1}')
    run = directory.run()
    assert run.formats == ["plugin"]
    assert run.columns("scalars").fields == {"a": [2]}


def test_two_claimants_are_an_error_that_names_both(directory, plugins):
    plugins(Plugin(), Plugin(name="other"))
    directory.put("x.json", '{"plugin": 1}')
    with pytest.raises(UnknownFormatError, match="plugin and other"):
        directory.run()


def test_a_broken_plugin_is_a_warning(directory, plugins):
    plugins(Plugin(lambda group, head: 1 / 0))
    directory.snapshots(5)
    with pytest.warns(StatkitWarning, match="plugin.*ZeroDivisionError"):
        assert directory.columns().steps == [5]


def test_a_plugin_that_does_not_load_is_a_warning(directory, monkeypatch, tmp_path):
    package = tmp_path / "site" / "broken-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Name: broken\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(
        "[statkit.sources]\nbroken = nowhere_at_all:Source\nempty = string:Template\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setattr(registry, "_plugins", None)
    directory.snapshots(5)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert directory.columns().steps == [5]
    messages = sorted(str(each.message) for each in caught if issubclass(each.category, StatkitWarning))
    assert ["broken" in message for message in messages] == [True, True]
    assert "nowhere_at_all" in messages[0]
    monkeypatch.setattr(registry, "_plugins", None)


def test_every_source_projects_to_what_a_full_reading_says(directory):
    directory.snapshots(5, 9)
    directory.put("Statistik_12_x.json", {"step": 12, "non_finite": {"a.b": "NaN"}, "a": {"b": None}})
    directory.put("metrics_20251004_141145.json", directory.metrics([directory.batch(i) for i in range(4)]))
    directory.put("epoch_4_metrics.json", {"summary": {"total_batches": 4, "loss_mean": 2.0}})
    directory.put("a.csv", "step,loss\n1,0.5\n2,\n")
    directory.put("b.jsonl", '{"step": 1, "m": {"a": NaN}}\n{"step": 3, "m": 5}\n')
    for source, group in scan_directory(str(directory.path)).claimed:
        whole = source.read(group)
        for name in whole.fields:
            part = source.read(group, [name])
            assert repr(part.fields) == repr({name: whole.fields[name]})
            assert part.keys == whole.keys
            assert part.provenance == whole.provenance


ANSWER = {"schema": "statkit.best/1", "results": [{"record": {"step_current": 5, "quality_ki_value": 0.6}}]}


@pytest.mark.parametrize(
    "stray",
    [
        ANSWER,
        {**ANSWER, "step_current": 5},
        {"a": {"step_current": 5}, "t": 'a "quality_ki_value": 1'},
        {"a": [{"batch_metrics": [{}]}]},
        {"summary": {"total_batches": 5}},
        {"padding": ["x"] * 50_000, "a": {"step_current": 5}},
    ],
)
def test_a_document_that_only_mentions_our_keys_makes_no_run(directory, stray):
    directory.put("stray.json", stray)
    with pytest.raises(UnknownFormatError):
        directory.run()
    directory.put("a/Statistik_5.json", directory.snapshot(5))
    assert names(directory.path) == ["a"]
    directory.put("a/stray.json", stray)
    assert directory.run("a").columns("validation").steps == [5]
    assert directory.run("a").notices == []


def test_keys_at_depth_one_make_a_file_ours_whatever_its_name_and_size(directory):
    directory.put("any.json", {"names": {"x": "y"}, **directory.snapshot(5), "padding": ["x"] * 50_000})
    directory.put("other.json", directory.metrics([directory.batch(i) for i in range(500)]))
    run = directory.run()
    assert run.columns("validation").steps == [5]
    assert len(run.columns("batch")) == 500


def test_a_name_whose_step_fits_no_integer_is_skipped_and_named(directory):
    directory.snapshots(5, 2**63 - 1)
    directory.put(f"Statistik_{2**63}.json", directory.snapshot(5))
    assert directory.columns().steps == [5, 2**63 - 1]
    assert [(n.code, n.path) for n in directory.notices()] == [("skipped-file", f"Statistik_{2**63}.json")]


def test_an_unknown_way_with_rewinds_is_an_error(directory):
    directory.snapshots(5)
    with pytest.raises(UsageError, match="last, first, all"):
        load(directory.path, on_rewind="foo")
