"""Whatever fails in the analysis, the training goes on, and hears of it once."""

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from statkit.training import engine, quality
from statkit.training.timing import StepTimer

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("where", "name"),
    [
        (quality, "mse_and_psnr"),
        (quality, "ssim"),
        (engine, "measured"),
        (StepTimer, "forward_starts"),
        (StepTimer, "step"),
    ],
)
def test_a_part_that_fails_is_said_once(training, analyzer_for, lines, monkeypatch, where, name):
    def fail(*arguments, **options):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(where, name, fail)
    run = training(lambda model: analyzer_for(model, detailed_freq=1)).steps(4)
    assert len(run.records) == 4
    assert len([line for line in lines if "RuntimeError: out of memory" in line]) == 1
    before = run.model.forwards
    run.steps(1)
    assert run.model.forwards == before + 1


def test_one_part_that_fails_leaves_the_others(training, analyzer_for, monkeypatch):
    monkeypatch.setattr(quality, "ssim", lambda *a, **o: 1 / 0)
    run = training(lambda model: analyzer_for(model, detailed_freq=1)).steps(1)
    record = run.records[0]
    assert record["ssim"] is None
    assert record["mse"] > 0
    assert "attention_bam_6_attention_entropy" in record


def test_ctrl_c_is_not_swallowed(training, analyzer_for, monkeypatch):
    run = training(analyzer_for)

    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(quality, "mse_and_psnr", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run.steps(1)


def test_a_directory_that_cannot_be_made_costs_lines_not_the_training(
    training, analyzer_for, tmp_path, lines
):
    (tmp_path / "file").write_text("in the way")
    run = training(lambda model: analyzer_for(model, save_dir=tmp_path / "file" / "run", analysis_freq=2))
    run.steps(5).validate(2)
    run.analyzer.finish()
    assert len(run.records) == 7
    assert run.records[-1]["mse"] > 0
    assert 1 <= len(lines) < 8


def test_a_full_disk_costs_lines_not_the_training(tmp_path):
    script = """
import resource, signal, sys
sys.path.insert(0, sys.argv[2])
import torch
from statkit.training import AutomaticAnalyzer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
torch.set_num_threads(1)
model = torch.nn.Conv2d(3, 3, 3, padding=1)
said = []
analyzer = AutomaticAnalyzer(model, save_dir=sys.argv[1], data_range=1.0, analysis_freq=5, echo=said.append)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
for batch in range(20):
    images = torch.rand(2, 3, 16, 16)
    analyzer.analyze_batch(batch, images, model(images), 0.5)
analyzer.cleanup()
sys.stderr.write("\\n".join(said))
print("trained on", len(said) < 15)
"""
    found = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "run"), str(ROOT)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert found.stdout == "trained on True\n", found.stderr


KILLED = """
import os, signal, sys, time
sys.path.insert(0, sys.argv[2])
import torch
from statkit.training import AutomaticAnalyzer
torch.set_num_threads(1)
model = torch.nn.Conv2d(3, 3, 3, padding=1)
quiet = lambda line: None
analyzer = AutomaticAnalyzer(model, save_dir=sys.argv[1], data_range=1.0, analysis_freq=10, echo=quiet)
for batch in range(1000):
    images = torch.rand(2, 3, 16, 16)
    analyzer.analyze_batch(batch, images, model(images), 0.5)
    print(batch, flush=True)
    if batch == 34:
        while not os.path.exists(os.path.join(sys.argv[1], "train_batch_000020.npz")):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_training_keeps_its_records_and_can_be_reported(tmp_path):
    found = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "run"), str(ROOT)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert found.returncode == -signal.SIGKILL
    told = len(found.stdout.split())
    log = (tmp_path / "run" / "batch_metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["batch_idx"] for line in log] == list(range(told))
    from statkit.api.reporting import report

    assert "| train | 35 |" in str(report(str(tmp_path / "run")))


LEFT = KILLED.replace("os.kill(os.getpid(), signal.SIGKILL)", "raise SystemExit(3)")


@pytest.mark.slow
def test_a_training_that_leaves_without_finishing_still_gets_its_pictures(tmp_path):
    found = subprocess.run(
        [sys.executable, "-c", LEFT, str(tmp_path / "run"), str(ROOT)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (found.returncode, found.stderr) == (3, "")
    assert (tmp_path / "run" / "train_batch_000010.png").exists()
    assert not (tmp_path / "run" / "final_training_metrics.json").exists()


def _children():
    return set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())


def test_nothing_is_left_running(training, analyzer_for):
    before = _children()  # what other tests of this process started: a tracker of shared resources
    run = training(lambda model: analyzer_for(model, analysis_freq=1)).steps(2)
    worker = run.analyzer._engine.recording._worker
    run.analyzer.cleanup()
    assert worker._thread is None
    assert _children() <= before
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime > 0
    assert torch.is_grad_enabled()
