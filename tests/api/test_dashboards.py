import hashlib
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from statkit.api.dashboards import dashboard, dashboards
from statkit.api.pictures import folder, save_all
from statkit.errors import SourceError, UsageError
from statkit.views.panels import Panels, drawn
from statkit.writers import sidecar

ROOT = Path(__file__).parents[2]
SNAPSHOTS = ROOT / "examples" / "runs" / "coarse" / "seed-0"
ALL = ("original", "reconstruction", "error map", "attention")


def panels(number, phase="train", **more):
    rng = np.random.default_rng(number)
    given = {
        "phase": phase,
        "number": number,
        "step": number,
        "images": {name: rng.integers(0, 256, (12, 12, 3), dtype=np.uint8) for name in ("input", "output")},
        "error": rng.random((12, 12), dtype=np.float32),
        "attention": {"bam_6": rng.random((6, 6), dtype=np.float32)},
        "history": {"step": [1, 2], "phase": [phase] * 2, "loss": [2.0, 1.0]},
        "record": {"loss": 1.0},
    }
    return Panels(**given | more)


def records(directory, count=30):
    directory.mkdir(parents=True, exist_ok=True)
    rows = [
        {
            "batch_idx": i // 3 if i % 3 == 2 else i - i // 3,
            "phase": "val" if i % 3 == 2 else "train",
            "loss": 1 / (i + 1),
            "ssim": i / count,
            "attention_bam_6_attention_entropy": 3.0,
            "attention_bam_6_attention_sparsity": 0.5,
        }
        for i in range(count)
    ]
    (directory / "batch_metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return directory


@pytest.fixture
def run(tmp_path):
    """A run whose training drew four dashboards."""
    directory = records(tmp_path / "run")
    for phase, number in (("train", 5), ("train", 10), ("train", 20), ("val", 1)):
        made = panels(number, phase)
        name = directory / f"{phase}_batch_{number:06d}"
        sidecar.write(f"{name}.npz", *made.to_arrays())
        Path(f"{name}.png").write_bytes(drawn(made))
    return directory


def digest(directory):
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_every_dashboard_comes_back_as_the_training_drew_it(run):
    found = dashboards(str(run), every=True)
    assert [each.name for each in found] == [
        "train_batch_000005.png",
        "train_batch_000010.png",
        "train_batch_000020.png",
        "val_batch_000001.png",
    ]
    for each in found:
        assert each.png() == (run / each.name).read_bytes()
        assert (each.origin, each.missing) == ("sidecar", ())


def test_the_latest_of_the_training_is_what_nobody_named(run):
    assert dashboard(str(run)).name == "train_batch_000020.png"
    assert dashboard(str(run), phase="val").name == "val_batch_000001.png"
    assert dashboard(str(run), batch=10).origin == "sidecar"


def test_a_batch_without_a_sidecar_is_made_of_its_record(run):
    found = dashboard(str(run), batch=7)
    assert (found.origin, found.name, found.missing) == ("records", "train_batch_000007.png", ALL)


def test_a_number_of_both_phases_wants_its_phase(run):
    sidecar.write(run / "train_batch_000001.npz", *panels(1).to_arrays())
    with pytest.raises(UsageError, match="name the phase"):
        dashboard(str(run), batch=1)
    assert len(dashboards(str(run), batch=1)) == 2


def test_panels_that_were_not_kept_are_named(run):
    sidecar.write(run / "train_batch_000030.npz", *panels(30, images={}).to_arrays())
    assert dashboard(str(run)).missing == ("original", "reconstruction")


def test_the_colours_for_every_eye_change_maps_and_nothing_else(run):
    seed, safe = dashboard(str(run)).png(), dashboard(str(run), palette="safe").png()
    assert seed != safe
    assert safe == drawn(panels(20), "safe")


@pytest.mark.parametrize("figure", [None, "reconstruction", "progress", "attention"])
def test_another_directory_gives_the_same_bytes_and_the_run_stays_as_it_is(run, tmp_path, figure):
    before = digest(run)
    first = dashboard(str(run), figure=figure).png()
    assert digest(run) == before
    shutil.copytree(run, tmp_path / "elsewhere" / "run")
    assert dashboard(str(tmp_path / "elsewhere" / "run"), figure=figure).png() == first


def test_records_give_the_same_bytes_twice_and_other_records_others(run, tmp_path):
    first = dashboard(str(run), batch=7).png()
    assert dashboard(str(records(tmp_path / "b" / "run")), batch=7).png() == first
    assert dashboard(str(run), batch=8).png() != first


def test_a_run_without_sidecars_has_the_last_record_of_each_phase(tmp_path):
    found = dashboards(str(records(tmp_path / "run")), every=True)
    assert [(each.phase, each.number) for each in found] == [("train", 20), ("val", 10)]


def test_a_run_of_snapshots_has_one_dashboard(tmp_path):
    found = dashboard(str(SNAPSHOTS))
    assert (found.name, found.origin, found.phase) == ("dashboard.png", "snapshots", None)
    shutil.copytree(SNAPSHOTS, tmp_path / "seed-0")
    assert dashboard(str(tmp_path / "seed-0")).png() == found.png()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"batch": 99}, r"no batch 99. Possible: train 1 to 20, val 1 to 10; with a sidecar: train 5"),
        ({"phase": "test"}, "Possible: train, val"),
        ({"figure": "loss"}, "Possible: reconstruction, progress, attention"),
        ({"palette": "jet"}, "Possible: seed, safe"),
        ({"batch": 5, "figure": "progress"}, "contradict"),
    ],
)
def test_what_does_not_exist_is_said_with_what_does(run, options, words):
    with pytest.raises(UsageError, match=words):
        dashboard(str(run), **options)


@pytest.mark.parametrize("options", [{"batch": 3}, {"phase": "val"}, {"figure": "progress"}])
def test_snapshots_have_no_batches(options):
    with pytest.raises(UsageError, match="leave"):
        dashboard(str(SNAPSHOTS), **options)


def test_a_table_has_no_dashboard(tmp_path):
    (tmp_path / "log.csv").write_text("step,loss\n1,0.5\n2,0.4\n")
    with pytest.raises(UsageError, match="neither batch records nor snapshots"):
        dashboard(str(tmp_path))


def test_images_are_needed_for_the_figure_of_reconstruction(tmp_path):
    with pytest.raises(UsageError, match="keeps no sidecar"):
        dashboard(str(records(tmp_path / "run")), figure="reconstruction")


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut", b"something else"])
def test_a_damaged_sidecar_is_an_error_that_names_it(run, damage):
    (run / "train_batch_000020.npz").write_bytes(damage)
    found = dashboard(str(run))
    with pytest.raises(SourceError, match=r"train_batch_000020\.npz"):
        found.png()


def test_arrays_of_something_else_are_an_error_that_names_them(run):
    sidecar.write(run / "train_batch_000020.npz", {"error": np.zeros(3, np.float32)}, {"phase": "train"})
    with pytest.raises(SourceError, match=r"train_batch_000020\.npz: these are not the arrays"):
        dashboard(str(run)).png()


@pytest.mark.parametrize("jobs", [1, 2])
def test_many_are_written_and_one_that_is_damaged_is_told(run, tmp_path, jobs):
    (run / "train_batch_000010.npz").write_bytes(b"PK\x03\x04 cut")
    found = dashboards(str(run), every=True)
    targets = [str(tmp_path / "out" / each.name) for each in found]
    calls = []
    failed = save_all(found, targets, jobs, lambda: calls.append(1))
    assert list(failed) == [1]
    assert "train_batch_000010.npz" in str(failed[1])
    assert len(calls) == 4
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"train_batch_000005.png", "train_batch_000020.png", "val_batch_000001.png"}
    for name in written:
        assert (tmp_path / "out" / name).read_bytes() == (run / name).read_bytes()


def test_a_picture_that_cannot_be_written_is_an_oserror_from_any_process(run, tmp_path):
    found = dashboards(str(run), every=True)
    for each in found:
        (tmp_path / "out" / each.name).mkdir(parents=True)
    targets = [str(tmp_path / "out" / each.name) for each in found]
    for jobs in (1, 2):
        with pytest.raises(OSError):  # noqa: PT011
            save_all(found, targets, jobs)


def test_a_notebook_shows_it_and_it_saves_itself(run, tmp_path, monkeypatch):
    found = dashboard(str(run))
    assert found._repr_png_() == found.png()
    monkeypatch.chdir(tmp_path)
    assert found.save() == Path("train_batch_000020.png")
    assert Path("train_batch_000020.png").read_bytes() == found.png()


def test_names_of_runs_become_names_of_directories():
    assert folder("seed-0") == "seed-0"
    assert folder("coarse/seed-0") == "coarse-seed-0"
    odd = ["../..", "a b", "a\nb", "名", "", "x" * 300, "<script>", "a/../b", "a//b"]
    made = [folder(name) for name in odd]
    assert len(set(made)) == len(odd)
    for name in made:
        assert name not in ("", ".", "..")
        assert "/" not in name
        assert len(name) < 120


def test_numbers_that_are_not_finite_and_one_record_are_drawn(tmp_path):
    rows = [{"batch_idx": i, "phase": "train", "loss": math.nan, "ssim": math.inf} for i in range(3)]
    for name, kept in (("nan", rows), ("one", rows[:1])):
        (tmp_path / name).mkdir()
        text = "".join(json.dumps(row) + "\n" for row in kept)
        (tmp_path / name / "batch_metrics.jsonl").write_text(text)
        for figure in (None, "progress", "attention"):
            assert dashboard(str(tmp_path / name), figure=figure).png().startswith(b"\x89PNG")
