"""Runs of the shapes that trainings leave, and the real command in a process of its own."""

import json
import math
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Finished:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def statkit(tmp_path: Path) -> Callable[..., Finished]:
    def call(*arguments: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> Finished:
        done = subprocess.run(
            [sys.executable, "-m", "statkit", *map(str, arguments)],
            cwd=cwd or tmp_path,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **(env or {})},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Finished(done.returncode, done.stdout, done.stderr)

    return call


def snapshot(step: int, quality: float, **more: Any) -> dict[str, Any]:
    return {
        "step_current": step,
        "epoch_num": 1 + step // 2000,
        "learning_rate_value": 1e-4,
        "lr_phase_name": "cosine",
        "total_loss_value": 0.1 / step**0.5,
        "adaptive_is_cooldown": False,
        "quality_lr_value": 0.45,
        "quality_ki_value": quality,
        "quality_improvement_value": quality - 0.45,
        "validation_loss_value": 0.05 / step**0.3,
        "layer_activity_map": {"Backward 1": 0.5, "Backward 10": 0.7, "Backward 2": 0.6, "Final Fusion": 0.9},
        "last_update_time": 1.7e9 + step,
        **more,
    }


def write_snapshots(learn: Path, seed: int, gain: float = 0.0, count: int = 12, every: int = 500) -> Path:
    rng = random.Random(seed)
    learn.mkdir(parents=True, exist_ok=True)
    for k in range(1, count + 1):
        quality = 0.45 + 0.2 * (1 - math.exp(-k / 4)) + gain + rng.gauss(0, 0.004)
        (learn / f"Statistik_{k * every}.json").write_text(json.dumps(snapshot(k * every, quality), indent=2))
    (learn / "runtime_config.json").write_text(json.dumps({"seed": seed, "variant": "b" if gain else "a"}))
    return learn


@pytest.fixture
def learn(tmp_path: Path) -> Path:
    return write_snapshots(tmp_path / "run" / "Learn", seed=1)


@pytest.fixture
def groups(tmp_path: Path) -> Path:
    for seed in range(5):
        write_snapshots(tmp_path / f"base-{seed}" / "Learn", seed)
        write_snapshots(tmp_path / f"new-{seed}" / "Learn", seed + 10, gain=0.05)
    return tmp_path


@pytest.fixture
def batches(tmp_path: Path) -> Path:
    rng = random.Random(3)
    rows = [
        {"batch_idx": i, "phase": "val", "loss": 0.4, "timestamp": 1.7e9 + i, "ssim": 0.0} for i in range(2)
    ]
    for i in range(60):
        loss = 0.5 * math.exp(-i / 20) + rng.random() / 50
        rows.append(
            {"batch_idx": i, "phase": "train", "loss": loss, "timestamp": 1.7e9 + 10 + i, "ssim": 1 - loss}
            | {"attention_bam_384_attention_entropy": math.nan}
        )
    directory = tmp_path / "auto_analysis_blue-sky-1"
    directory.mkdir()
    document = {"batch_metrics": rows, "summary": {}, "metadata": {"device": "cpu"}}
    (directory / "metrics_20260101_000000.json").write_text(json.dumps(document))
    return directory
