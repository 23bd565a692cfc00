"""Loggers: the names under which numbers go out, and the guard around them."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest

from statkit.training.loggers import Logger, Loggers, TensorBoardLogger, WandbLogger
from statkit.training.loggers.base import dashboard_key, epoch_scalars, scalars

RECORD = {
    "batch_idx": 3,
    "phase": "val",
    "epoch": 1,
    "global_step": 120,
    "timestamp": 1.5,
    "loss": 0.25,
    "ssim": None,
    "psnr": math.inf,
    "mse": math.nan,
    "mode": "eval",
    "warm_up": True,
    "attention_layers": ["bam_32"],
    "attention_bam_32_num_attention_peaks": 3,
    "custom": {"focus": 0.5, "more": {"depth": 2}},
    "custom/flat": 4.0,
    "non_finite": {"psnr": "Infinity"},
}


class Notes:
    """A logger that writes down what it is told."""

    def __init__(self):
        self.said = []

    def log_batch(self, record):
        self.said.append(("batch", record))

    def log_dashboard(self, path, record):
        self.said.append(("dashboard", path, record))

    def log_epoch(self, epoch, summary):
        self.said.append(("epoch", epoch, summary))

    def finish(self):
        self.said.append(("finish",))


class Broken:
    """A logger whose server is gone."""

    def __init__(self, error=ConnectionError):
        self.error = error
        self.calls = 0

    def _fail(self, *_):
        self.calls += 1
        raise self.error("no route\nto host")

    log_batch = log_dashboard = log_epoch = finish = _fail


def call_all(loggers):
    loggers.log_batch({"loss": 1.0})
    loggers.log_batch({"loss": 0.5})
    loggers.log_dashboard(Path("train_batch_000100.png"), {"loss": 0.5})
    loggers.log_epoch(0, {"total_batches": 2})
    loggers.finish()


def test_numbers_go_out_under_phase_and_key_and_nothing_else_does():
    assert scalars(RECORD) == {
        "val/loss": 0.25,
        "val/attention_bam_32_num_attention_peaks": 3,
        "val/custom.focus": 0.5,
        "val/custom.more.depth": 2,
        "val/custom/flat": 4.0,
    }


def test_a_record_without_phase_is_of_training():
    assert scalars({"loss": 1}) == {"train/loss": 1}


def test_an_epoch_names_its_phases():
    summary = {"total_batches": 7, "latest_batch": None, "train": {"loss_mean": 0.5, "loss_std": None}}
    assert epoch_scalars(summary) == {"epoch/total_batches": 7, "epoch/train/loss_mean": 0.5}


def test_a_metric_with_a_dot_keeps_it():
    assert epoch_scalars({"train": {"custom.focus_mean": 1.0}}) == {"epoch/train/custom.focus_mean": 1.0}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("train_batch_000100.png", "train/batch_visualization_100"),
        ("val_batch_1234567.png", "val/batch_visualization_1234567"),
        ("picture.png", "val/batch_visualization_3"),
    ],
)
def test_a_dashboard_is_named_as_in_the_original_program(name, key):
    assert dashboard_key(Path("somewhere") / name, RECORD) == key


def test_every_logger_is_told_in_order():
    first, second = Notes(), Notes()
    call_all(Loggers([first, second]))
    assert first.said == second.said
    assert [call[0] for call in first.said] == ["batch", "batch", "dashboard", "epoch", "finish"]


def test_a_broken_logger_is_said_once_and_hurts_no_other():
    lines, broken, notes = [], Broken(), Notes()
    call_all(Loggers([broken, notes], lines.append))
    assert len(notes.said) == broken.calls == 5
    (line,) = lines
    assert "Broken" in line
    assert "ConnectionError" in line
    assert "batch_metrics.jsonl" in line
    assert "\n" not in line


def test_another_kind_of_failure_is_said_too():
    lines, broken = [], Broken()
    loggers = Loggers([broken], lines.append)
    loggers.finish()
    broken.error = ValueError
    loggers.finish()
    assert [kind in line for kind, line in zip(("ConnectionError", "ValueError"), lines, strict=True)] == [
        True
    ] * 2


def test_two_broken_loggers_are_told_apart():
    lines = []
    Loggers([Broken(), Broken()], lines.append).finish()
    assert len(lines) == 2


def test_ctrl_c_goes_through():
    with pytest.raises(KeyboardInterrupt):
        Loggers([Broken(KeyboardInterrupt)]).finish()


def test_no_tracker_is_loaded_before_one_is_made():
    script = (
        "import sys, statkit.training.callbacks, statkit.training.loggers\n"
        "import statkit.training.loggers.lightning\n"
        "print(sorted({'torch', 'wandb', 'tensorboard', 'lightning', 'numpy', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("kind", [Notes, TensorBoardLogger, WandbLogger])
def test_they_have_the_shape_of_a_logger(kind):
    assert issubclass(kind, Logger)
