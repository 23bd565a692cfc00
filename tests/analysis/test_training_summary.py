import json
import math

import numpy as np
import pandas as pd
import pytest

from statkit.analysis.batch_columns import columns_of
from statkit.analysis.training_summary import training_summary
from statkit.writers import BatchMetricsWriter


def records(count=120, epochs=3, seed=0):
    rng = np.random.default_rng(seed)
    made, per_epoch = [], count // epochs
    for i in range(count):
        record = {
            "batch_idx": i % per_epoch,
            "phase": "train",
            "epoch": i // per_epoch,
            "global_step": i,
            "timestamp": 1.7e9 + i,
            "loss": float(1 / (i + 1) + rng.random() / 10),
            "ssim": float(i / count) if i % 20 == 0 else None,
            "training_time_ms": float(100 + rng.random()),
            "inference_time_ms": float(30 + rng.random()),
            "analysis_time_ms": 0.5,
            "batch_size": 8,
            "attention_bam_16_attention_entropy": float(rng.uniform(1, 4.1)) if i % 20 == 0 else None,
            "attention_bam_2_attention_entropy": float(rng.uniform(1, 4.1)) if i % 20 == 0 else None,
        }
        made.append(record)
        if i % per_epoch == per_epoch - 1:
            made += [
                {**record, "phase": "val", "batch_idx": k, "loss": 0.3 + k, "training_time_ms": None}
                for k in range(4)
            ]
    return made


@pytest.fixture(scope="module")
def frame():
    return pd.DataFrame(records())


@pytest.fixture(scope="module")
def told():
    return training_summary(columns_of(records()))


def test_sizes_are_counted_by_phase(told, frame):
    assert told.records == len(frame)
    assert [size.phase for size in told.phases] == ["train", "val"]
    for size in told.phases:
        part = frame[frame.phase == size.phase]
        assert (size.records, size.images, size.epochs) == (
            len(part),
            part.batch_size.sum(),
            part.epoch.nunique(),
        )
        assert (size.first_step, size.last_step) == (part.global_step.min(), part.global_step.max())
    assert told.seconds == frame.timestamp.max() - frame.timestamp.min()


def test_results_agree_with_pandas(told, frame):
    found = {(each.metric, each.phase): each for each in told.results}
    assert list(found) == [("loss", "train"), ("loss", "val"), ("ssim", "train")]
    for (metric, phase), each in found.items():
        values = frame[frame.phase == phase][metric].dropna()
        assert each.n == len(values)
        assert each.mean == pytest.approx(values.mean())
        assert each.deviation == pytest.approx(values.std())


def test_costs_are_not_results(told):
    assert {each.metric for each in told.costs} == {
        "training_time_ms",
        "inference_time_ms",
        "analysis_time_ms",
    }


def test_layers_come_in_natural_order_with_their_share_in_the_band(told, frame):
    assert [each.layer for each in told.attention if each.series.phase == "train"] == ["bam_2", "bam_16"]
    for each in told.attention:
        part = frame[frame.phase == each.series.phase][each.series.metric].dropna()
        assert each.in_band == pytest.approx(part.between(2, 4).mean())


def test_the_gap_is_that_of_the_last_epoch(told, frame):
    (loss,) = [gap for gap in told.gaps if gap.metric == "loss"]
    last = frame[frame.epoch == 2].groupby("phase").loss.mean()
    assert (loss.epoch, loss.train, loss.val) == (2, pytest.approx(last["train"]), pytest.approx(last["val"]))


def test_throughput_counts_images_not_batches(told, frame):
    train, val = told.throughput
    part = frame[frame.phase == "train"]
    assert train.images_per_second == pytest.approx(8 * len(part) / (part.training_time_ms.sum() / 1000))
    assert train.forward_ms_per_image == pytest.approx(part.inference_time_ms.sum() / (8 * len(part)))
    assert train.analysis_share == pytest.approx(0.5 * len(part) / part.training_time_ms.sum())
    assert val.images_per_second is None


def test_what_the_log_holds_gives_the_same_as_the_records(tmp_path):
    made = records()
    made[3]["loss"] = math.nan
    made[5] |= {"psnr": math.inf, "custom": {"a": 1, "b": [1, 2]}}
    with BatchMetricsWriter(tmp_path) as writer:
        for record in made:
            writer.append(record)
    lines = [json.loads(line) for line in (tmp_path / "batch_metrics.jsonl").read_text().splitlines()]
    assert training_summary(columns_of(lines)) == training_summary(
        columns_of([{**r, "non_finite": {}} for r in made])
    )


def test_metrics_that_were_never_finite_are_named():
    told = training_summary(columns_of([{"phase": "train", "loss": math.nan}] * 3))
    assert [(each.metric, each.phase, each.records) for each in told.never_finite] == [("loss", "train", 3)]
    assert told.results == ()


def test_values_against_the_definition_are_called_impossible():
    rows = [{"phase": "train", "attention_bam_attention_concentration_10": value} for value in (0.3, -8.9)]
    (each,) = training_summary(columns_of(rows)).attention
    assert each.word == "impossible"


def test_metrics_without_a_layer_repeat_those_of_the_first_and_are_left_out():
    rows = [{"phase": "train", "attention_bam_attention_gini": 0.3, "attention_gini": 0.3, "loss": 1.0}]
    assert [each.metric for each in training_summary(columns_of(rows)).results] == ["loss"]


def test_metrics_of_a_layer_that_the_catalogue_does_not_know_are_no_results():
    rows = [
        {"phase": "train", "attention_bam_attention_gini": 0.3, "attention_bam_own": 1.0, "attention_x": 2.0}
    ]
    assert [each.metric for each in training_summary(columns_of(rows)).results] == ["attention_x"]


def test_where_attention_lies_has_no_band():
    rows = [{"phase": "train", "attention_bam_attention_center_distance": 0.1}]
    (each,) = training_summary(columns_of(rows)).attention
    assert (each.layer, each.metric, each.word, each.in_band) == (
        "bam",
        "attention_center_distance",
        None,
        None,
    )


def test_records_without_phase_epoch_time_or_size_are_summarised_all_the_same():
    told = training_summary(columns_of([{"loss": 1.0}, {"loss": 0.5}]))
    assert (told.seconds, told.gaps) == (None, ())
    (size,) = told.phases
    assert (size.phase, size.images, size.epochs) == ("all", None, None)


def test_nothing_gives_nothing():
    assert training_summary(columns_of([])).records == 0
