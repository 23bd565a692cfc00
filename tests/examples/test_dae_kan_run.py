"""The run under examples/runs/dae_kan: whole, small, private, and as good as its README says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from dae_kan import make_run
from skimage import io

from statkit.api.dashboards import dashboard
from statkit.pathology.samples import run_samples

RUN = Path(__file__).parents[2] / "examples" / "runs" / "dae_kan"


def records():
    lines = (RUN / "batch_metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_it_holds_what_is_kept_and_nothing_else():
    whole = {
        "batch_metrics.jsonl",
        "final_training_metrics.json",
        "final_summary_report.md",
        "runtime_config.json",
    }
    assert {path.name for path in RUN.iterdir()} == whole | make_run.KEPT


def test_it_is_small():
    assert sum(path.stat().st_size for path in RUN.iterdir()) <= 1_550_000


def test_every_batch_is_there():
    found = records()
    train = [(r["epoch"], r["batch_idx"], r["global_step"]) for r in found if r["phase"] == "train"]
    assert train == [(step // 50, step % 50, step + 1) for step in range(300)]
    val = [(r["epoch"], r["batch_idx"]) for r in found if r["phase"] == "val"]
    assert val == [(epoch, batch) for epoch in range(6) for batch in range(6)]


def test_the_final_file_holds_the_same_records():
    final = json.loads((RUN / "final_training_metrics.json").read_text(encoding="utf-8"))
    assert final["batch_metrics"] == records()


def test_it_learnt_what_it_should():
    last = [record for record in records() if record["phase"] == "val" and record["epoch"] == 5]
    assert np.mean([record["psnr"] for record in last]) >= 26.5
    assert last[0]["ssim"] >= 0.70


@pytest.mark.parametrize("private", [b"/home/", b"/work", b"/tmp", b"hostname", b"127.0.0.1"])
def test_it_says_nothing_of_the_machine(private):
    assert not [path.name for path in RUN.iterdir() if private in path.read_bytes()]


def test_a_dashboard_can_be_drawn_again(tmp_path):
    dashboard(str(RUN), batch=300).save(tmp_path / "x.png")
    pixels = io.imread(tmp_path / "x.png")
    assert pixels.ndim == 3
    assert pixels.std() > 10


def test_its_sidecars_keep_enough_tiles_and_say_whose_they_are():
    found = run_samples(str(RUN), "val")
    assert len(found.samples()) == 16
    assert {sample.patient for sample in found.samples()} == {"ihc"}
    assert {batch.stains for batch in found.batches} == {"H-DAB"}
    assert list(found.layers()) == ["bam_32", "bam_48", "kan_48"]


def copied(tmp_path):
    for path in RUN.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_pruning_keeps_records_and_names_what_is_left(tmp_path):
    copied(tmp_path)
    for name in ("val_batch_000001.png", "train_batch_000100.npz", "epoch_0_metrics.json"):
        (tmp_path / name).write_bytes(b"x")
    make_run.prune(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in RUN.iterdir()}
    report = (tmp_path / "final_summary_report.md").read_text(encoding="utf-8")
    assert r"| arrays behind a dashboard | 3 | train\_batch\_000300.npz | val\_batch\_000032.npz |" in report


def test_the_report_is_what_would_be_written_now(tmp_path, capsys):
    make_run.main(["--output", str(copied(tmp_path))])
    assert "only its report is written anew" in capsys.readouterr().out
    made, shipped = (place / "final_summary_report.md" for place in (tmp_path, RUN))
    assert made.read_bytes() == shipped.read_bytes(), "run: python examples/dae_kan/make_run.py"
