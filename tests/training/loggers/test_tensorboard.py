"""Real event files, read back by TensorBoard's own reader."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from skimage import io
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from statkit.errors import MissingExtraError
from statkit.training.loggers import TensorBoardLogger


def read_back(directory):
    events = EventAccumulator(str(directory), size_guidance={"scalars": 0, "images": 0})
    events.Reload()
    return events


def points(events, tag):
    return [(event.step, event.value) for event in events.Scalars(tag)]


@pytest.fixture
def picture(tmp_path):
    """A PNG as wide as 5 and as high as 3 pixels."""
    path = tmp_path / "train_batch_000100.png"
    pixels = np.arange(45, dtype=np.uint8).reshape(3, 5, 3)
    io.imsave(path, pixels, check_contrast=False)
    return path, pixels


def test_batches_and_epochs_are_scalars_over_steps(tmp_path):
    logger = TensorBoardLogger(tmp_path / "board")
    for step in (1, 2, 3):
        logger.log_batch({"phase": "train", "global_step": step, "loss": 1 / step, "ssim": None})
    logger.log_batch({"phase": "val", "global_step": 3, "loss": 0.5, "ssim": 0.25})
    logger.log_epoch(4, {"total_batches": 4, "train": {"loss_mean": 0.75}})
    logger.finish()
    events = read_back(tmp_path / "board")
    assert points(events, "train/loss") == [(1, 1.0), (2, 0.5), (3, pytest.approx(1 / 3))]
    assert points(events, "val/ssim") == [(3, 0.25)]
    assert points(events, "epoch/train/loss_mean") == [(3, 0.75)]
    assert points(events, "epoch/epoch") == [(3, 4.0)]
    assert "train/ssim" not in events.Tags()["scalars"]


def test_a_dashboard_keeps_its_bytes(tmp_path, picture):
    path, pixels = picture
    logger = TensorBoardLogger(tmp_path / "board")
    logger.log_dashboard(path, {"phase": "train", "global_step": 100})
    logger.finish()
    (image,) = read_back(tmp_path / "board").Images("train/batch_visualization_100")
    assert (image.step, image.width, image.height) == (100, 5, 3)
    assert image.encoded_image_string == path.read_bytes()
    back = tmp_path / "back.png"
    back.write_bytes(image.encoded_image_string)
    assert np.array_equal(io.imread(back), pixels)


def test_a_record_without_numbers_writes_nothing(tmp_path):
    logger = TensorBoardLogger(tmp_path / "board")
    logger.log_batch({"phase": "train", "global_step": 1, "loss": None})
    logger.finish()
    assert read_back(tmp_path / "board").Tags()["scalars"] == []


def test_without_tensorboard_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.summary_pb2", None)
    with pytest.raises(MissingExtraError, match="pip install tensorboard"):
        TensorBoardLogger(tmp_path)
