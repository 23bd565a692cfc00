"""Runs of a few steps: the files and lines they leave, and that the same settings give the same numbers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from dae_kan import train
from dae_kan.settings import Settings
from dae_kan.training import Training

SCRIPT = Path(__file__).parents[2] / "examples" / "dae_kan" / "train.py"

#: What differs between two runs of the same settings.
CLOCKS = {"timestamp", "training_time_ms", "inference_time_ms", "analysis_time_ms", "memory_mb"}


def command(*arguments):
    return [sys.executable, str(SCRIPT), "--no-cuda", *map(str, arguments)]


def environment(home):
    """A user without a W&B login or settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    return {**kept, "PYTHONIOENCODING": "utf-8", "HOME": str(home), "NETRC": str(home / "netrc")}


def records(directory):
    lines = (directory / "batch_metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def numbers(directory):
    return [
        {key: value for key, value in record.items() if key not in CLOCKS} for record in records(directory)
    ]


def settings(directory, **chosen):
    usual = {"cuda": False, "wandb": False, "steps": 3, "tiles_per_epoch": 8, "batch_size": 4}
    return Settings(output=directory, **(usual | chosen))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Five steps as a user starts them, with two dashboards of the training, logged to both trackers."""
    home = tmp_path_factory.mktemp("run")
    directory = home / "auto_analysis_short"
    arguments = ["--steps", 5, "--analysis-freq", 2, "--seed", 1, "--tensorboard", "--output", directory]
    done = subprocess.run(
        command(*arguments), capture_output=True, encoding="utf-8", env=environment(home), timeout=300
    )
    assert done.returncode == 0, done.stderr
    return directory, done.stdout


@pytest.fixture
def one_thread():
    """Give back the threads that a training in this process takes away."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def test_the_directory_is_as_in_the_original_program(run):
    found = {path.name for path in run[0].iterdir() if path.is_file()}
    pictures = {"train_batch_000002", "train_batch_000004", *(f"val_batch_{n:06d}" for n in range(1, 6))}
    assert found == {
        "batch_metrics.jsonl",
        "epoch_0_metrics.json",
        "final_training_metrics.json",
        "final_summary_report.md",
        "runtime_config.json",
        *(f"{name}.png" for name in pictures),
        *(f"{name}.npz" for name in pictures),
    }
    assert [path.name.split(".")[0] for path in (run[0] / "active_run").iterdir()] == ["events"]


def test_every_batch_has_its_record(run):
    found = records(run[0])
    train_records = [record for record in found if record["phase"] == "train"]
    assert [record["batch_idx"] for record in train_records] == list(range(5))
    assert [record["batch_idx"] for record in found if record["phase"] == "val"] == list(range(6))
    assert [record["global_step"] for record in train_records] == [1, 2, 3, 4, 5]
    assert all(record["batch_size"] == 8 for record in found)
    assert [record["ssim"] is not None for record in train_records] == [False, True, False, True, False]


def test_it_says_how_good_it_got(run):
    assert "Training 5 steps of 8 tiles on cpu" in run[1]
    assert "Noisy test tiles:   PSNR 20.46 dB, SSIM 0.356" in run[1]
    assert "After the training: PSNR " in run[1]


def test_the_configuration_says_what_was_done(run):
    config = json.loads((run[0] / "runtime_config.json").read_text(encoding="utf-8"))
    assert (config["seed"], config["steps"], config["epochs"], config["batch_size"]) == (1, 5, 1, 8)
    assert str(run[0]) not in json.dumps(config)


def test_the_board_holds_the_records(run):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run[0] / "active_run"), size_guidance={"scalars": 0, "images": 0})
    events.Reload()
    losses = [record["loss"] for record in records(run[0]) if record["phase"] == "train"]
    assert [event.value for event in events.Scalars("train/loss")] == pytest.approx(losses)
    assert {"train/batch_visualization_2", "val/batch_visualization_5"} <= set(events.Tags()["images"])
    assert "epoch/train/loss_mean" in events.Tags()["scalars"]


def test_the_tracker_has_an_offline_run_with_the_dashboards_beside(run):
    (offline,) = (run[0].parent / "wandb").glob("offline-run-*")
    (log,) = offline.glob("run-*.wandb")
    data = log.read_bytes()
    assert all(name in data for name in (b"histopath-kan-auto", b"train/loss", b"val/ssim", b"epoch/epoch"))
    pictures = sorted(path.name.split("_")[2] for path in offline.rglob("batch_visualization_*.png"))
    assert pictures == ["1", "2", "2", "3", "4", "4", "5"]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_numbers_whoever_cuts_the_tiles(tmp_path, one_thread):
    results = []
    for name, workers in (("a", 0), ("b", 1)):
        training = Training(settings(tmp_path / name, steps=2, num_workers=workers, seed=4))
        quality = training.run()
        results.append((numbers(tmp_path / name), quality, training.model.state_dict()))
    (one, quality, weights), (two, quality_too, weights_too) = results
    assert one == two
    assert quality == quality_too
    assert all(torch.equal(weights[name], weights_too[name]) for name in weights)


@pytest.mark.slow
def test_steps_decide_and_the_last_epoch_may_be_short(tmp_path, one_thread):
    training = Training(settings(tmp_path, steps=3))
    training.run()
    found = [record for record in records(tmp_path) if record["phase"] == "train"]
    assert [(record["epoch"], record["batch_idx"]) for record in found] == [(0, 0), (0, 1), (1, 0)]
    assert training.epochs == 2
    assert sorted(path.name for path in tmp_path.glob("epoch_*")) == [
        "epoch_0_metrics.json",
        "epoch_1_metrics.json",
    ]


def test_without_steps_the_epochs_decide(tmp_path, one_thread):
    training = Training(settings(tmp_path, steps=None, epochs=2, tiles_per_epoch=9, batch_size=4))
    assert (training.steps, training.epochs) == (6, 2)
    training.analyzer.cleanup()


def test_trackers_are_opened_where_they_are_installed(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "wandb", None)
    assert train.loggers(settings(tmp_path, wandb=True)) == ()
    assert "Not logged to W&B: wandb is not installed" in capsys.readouterr().out
    (board,) = train.loggers(settings(tmp_path, tensorboard=True))
    board.finish()
    assert len(list((tmp_path / "active_run").iterdir())) == 1


@pytest.mark.slow
def test_a_killed_training_leaves_what_a_report_can_be_made_of(tmp_path):
    directory = tmp_path / "killed"
    training = subprocess.Popen(
        command("--no-wandb", "--steps", 100_000, "--output", directory),
        stdout=subprocess.DEVNULL,
        env=environment(tmp_path),
    )
    try:
        deadline = time.monotonic() + 240
        log = directory / "batch_metrics.jsonl"
        while not (log.exists() and len(log.read_bytes().splitlines()) >= 25):
            assert training.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        training.send_signal(signal.SIGKILL)
        training.wait()
    assert not (directory / "final_training_metrics.json").exists()
    kept = len(log.read_bytes().split(b"\n")) - 1
    statkit = [sys.executable, "-m", "statkit"]
    shown = subprocess.run(
        [*statkit, "show", str(directory), "--json"], capture_output=True, encoding="utf-8", timeout=120
    )
    (found,) = json.loads(shown.stdout)["runs"]
    assert found["series"][0]["rows"] == kept >= 25
    report = subprocess.run(
        [*statkit, "report", str(directory), "-o", str(tmp_path / "report.md")],
        capture_output=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    assert report.returncode == 0, report.stderr
    assert f"| train | {kept}" in (tmp_path / "report.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_after_three_hundred_steps_it_denoises_the_test_part(tmp_path, one_thread):
    """The seeds 0, 1, 2 and 11 ended between 28.3 and 29.0 dB, and between 0.78 and 0.80."""
    training = Training(Settings(output=tmp_path, cuda=False, seed=11, analysis_freq=300))
    quality = training.run()
    assert training.steps == 300
    assert quality.ssim >= 0.70
    assert quality.psnr >= 26.5
