"""Real offline runs of W&B, read back record by record; no account, and no network is asked for."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from skimage import io

from statkit.errors import MissingExtraError
from statkit.training.loggers import wandb as module

LOGIN = ("WANDB_MODE", "WANDB_API_KEY", "WANDB_IDENTITY_TOKEN_FILE", "WANDB_BASE_URL")

TRAINING = """
import sys
from pathlib import Path
from statkit.training.loggers import WandbLogger

root = Path(sys.argv[1])
logger = WandbLogger("tissue", name="seed-0", directory=root, config={"seed": 7})
assert logger.run.settings.mode == "offline", logger.run.settings.mode
for step in (1, 2):
    logger.log_batch({"phase": "train", "global_step": step, "loss": 1 / step, "ssim": None})
logger.log_batch({"phase": "val", "global_step": 2, "loss": 0.75})
logger.log_dashboard(root / "train_batch_000002.png", {"phase": "train", "global_step": 2})
logger.log_epoch(0, {"total_batches": 3, "train": {"loss_mean": 0.75}})
logger.finish()
"""


@pytest.fixture
def nobody(monkeypatch, tmp_path):
    """A user without login or settings."""
    for name in LOGIN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    return tmp_path / "netrc"


def records(root: Path):
    """Read a .wandb file: protobuf messages in a LevelDB log, whose 32 KiB blocks hold parts of them.

    A part: CRC (4 bytes), length (2), kind (1: whole, 2: first, 3: middle, 4: last), then its bytes.
    """
    from wandb.proto.wandb_internal_pb2 import Record

    (path,) = root.glob("wandb/offline-run-*/run-*.wandb")
    data, at, whole, found = path.read_bytes(), 7, b"", []  # after the file's own head
    while at + 7 <= len(data):
        if 32768 - at % 32768 < 7:
            at += 32768 - at % 32768
            continue
        length, kind = struct.unpack_from("<HB", data, at + 4)
        whole += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):
            found.append(Record.FromString(whole))
            whole = b""
    return found


def history(found):
    rows = []
    for record in found:
        if record.WhichOneof("record_type") == "history":
            items = record.history.item
            row = {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in items}
            rows.append({key: value for key, value in row.items() if not key.startswith("_")})
    return rows


def test_an_offline_run_holds_the_keys_of_the_original_program(nobody, tmp_path):
    """In a process of its own: W&B starts a service that ends with it."""
    io.imsave(tmp_path / "train_batch_000002.png", np.zeros((4, 6, 3), np.uint8), check_contrast=False)
    done = subprocess.run(
        [sys.executable, "-c", TRAINING, str(tmp_path)], capture_output=True, encoding="utf-8", timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = records(tmp_path)
    rows = history(found)
    assert rows[:3] == [
        {"train/loss": 1.0, "train/global_step": 1},
        {"train/loss": 0.5, "train/global_step": 2},
        {"val/loss": 0.75, "val/global_step": 2},
    ]
    picture = rows[3]
    assert picture.pop("train/global_step") == 2
    assert rows[4] == {"epoch/total_batches": 3, "epoch/train/loss_mean": 0.75, "epoch/epoch": 0}
    (run,) = [record.run for record in found if record.WhichOneof("record_type") == "run"][:1]
    assert (run.project, run.display_name) == ("tissue", "seed-0")
    assert {item.key: item.value_json for item in run.config.update}["seed"] == "7"
    steps = {r.metric.name or r.metric.glob_name: r.metric.step_metric for r in found if r.HasField("metric")}
    assert steps["train/*"] == "train/global_step"
    (stored,) = tmp_path.glob("wandb/offline-run-*/files/media/images/train/*.png")
    assert stored.read_bytes() == (tmp_path / "train_batch_000002.png").read_bytes()


class Run:
    """A run in the shape of W&B's, that writes down what it is told."""

    def __init__(self):
        self.rows, self.metrics, self.finished = [], {}, False

    def log(self, values):
        self.rows.append(values)

    def define_metric(self, name, step_metric=None, hidden=None):
        self.metrics[name] = step_metric

    def finish(self):
        self.finished = True


def test_a_run_of_ones_own_is_logged_to_and_left_open():
    run = Run()
    logger = module.WandbLogger(run=run)
    logger.log_batch({"phase": "val", "global_step": 9, "loss": 0.5})
    logger.log_batch({"phase": "val", "global_step": 10, "loss": None})
    logger.finish()
    assert logger.run is run
    assert run.rows == [{"val/loss": 0.5, "val/global_step": 9}]
    assert run.metrics["epoch/*"] == "epoch/epoch"
    assert not run.finished


def test_without_a_login_the_mode_is_offline(nobody):
    assert module.default_mode() == "offline"


@pytest.mark.parametrize("name", ["WANDB_MODE", "WANDB_API_KEY", "WANDB_IDENTITY_TOKEN_FILE"])
def test_a_mode_or_a_key_leaves_it_to_wandb(nobody, monkeypatch, name):
    monkeypatch.setenv(name, "disabled")
    assert module.default_mode() is None


def test_a_login_in_netrc_counts_for_its_server_alone(nobody, monkeypatch):
    nobody.write_text("machine api.wandb.ai\n  login user\n  password secret\n")
    os.chmod(nobody, 0o600)
    assert module.default_mode() is None
    monkeypatch.setenv("WANDB_BASE_URL", "https://tracker.example.org")
    assert module.default_mode() == "offline"


def test_a_damaged_netrc_is_no_login(nobody):
    nobody.write_text("machine\n")
    assert module.default_mode() == "offline"


def test_without_wandb_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(MissingExtraError, match="pip install wandb"):
        module.WandbLogger()
