import numpy as np
import pytest

from statkit.analysis.batch_history import batch_history, counts
from statkit.records import Columns

PHASES = ["val", "train", "train", "val", "train"]


@pytest.fixture
def columns():
    keys = {"series": ["batch"] * 5, "step": [0, 1, 2, 2, 3], "phase": PHASES, "batch_index": [0, 0, 1, 1, 2]}
    fields = {
        "loss": [5.0, 4.0, 3.0, 2.0, 1.0],
        "ssim": [None, 0.2, "x", 0.4, 0.5],
        "attention_bam_attention_entropy": [1.0, 2.0, 3.0, 4.0, 5.0],
        "attention_bam_mean_attention": [9.0] * 5,
        "other": [0.0] * 5,
    }
    return Columns(keys, fields)


def test_the_training_comes_first(columns):
    assert counts(columns) == {"train": 3, "val": 2}
    assert list(counts(columns)) == ["train", "val"]


def test_only_what_came_before_counts(columns):
    found = batch_history(columns, "val", 2, ["loss", "ssim", "absent"], ["attention_entropy"])
    assert (found.phase, found.number) == ("val", 2)
    assert (found.record.step, found.record.values["loss"]) == (2, 2.0)
    curves = {(curve.metric, curve.phase): curve.means.tolist() for curve in found.progress.curves}
    assert curves == {
        ("loss", "val"): [5.0, 2.0],
        ("loss", "train"): [4.0, 3.0],
        ("ssim", "train"): [0.2],
        ("ssim", "val"): [0.4],
        ("attention_bam_attention_entropy", "val"): [1.0, 4.0],
        ("attention_bam_attention_entropy", "train"): [2.0, 3.0],
    }
    assert all(np.isfinite(curve.steps).all() for curve in found.progress.curves)


@pytest.mark.parametrize("number", [0, 4])
def test_a_number_that_there_is_not_is_an_indexerror(columns, number):
    with pytest.raises(IndexError):
        batch_history(columns, "train", number, ["loss"], [])
