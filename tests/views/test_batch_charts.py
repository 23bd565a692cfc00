import math

import pytest

from statkit.analysis.progress import progress
from statkit.views import batch_charts


def found(**columns):
    count = len(next(iter(columns.values())))
    return progress({"step": list(range(count)), "phase": ["train", "val"] * (count // 2), **columns})


def test_a_line_a_phase_the_training_first():
    chart = batch_charts.quality(found(ssim=[0.1, 0.2, 0.3, 0.4]), "ssim")
    assert [line.name for line in chart.lines] == ["train", "val"]
    assert chart.level == 0.8
    assert chart.lines[1].curve.means.tolist() == [0.2, 0.4]


def test_a_line_a_layer_in_natural_order_of_one_phase():
    names = ("bam_10", "bam_2")
    made = found(**{f"attention_{name}_attention_entropy": [3.0, 2.0] for name in names})
    chart = batch_charts.attention(made, "attention_entropy", "val")
    assert [line.name for line in chart.lines] == ["bam_2", "bam_10"]
    assert chart.band == (2.0, 4.0)
    assert all(line.curve.means.tolist() == [2.0] for line in chart.lines)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([3.0] * 2, "shaded: 2 to 4, balanced"),
        ([math.nan] * 2, "no finite value in the records"),
        ([-8.9, 51.5] * 2, "-8.9 to -8.9: outside what the definition allows"),
    ],
)
def test_what_a_band_is_or_why_values_cannot_be(values, words):
    made = found(attention_bam_attention_entropy=values)
    assert batch_charts.attention_about(made, "attention_entropy", "train") == words
    assert batch_charts.attention_about(made, "attention_sparsity", "train") == "not in the records"


def test_both_spellings_of_memory_are_one_chart():
    for name in ("memory_mb", "memory_usage_mb"):
        assert len(batch_charts.memory(found(**{name: [1.0, 2.0]})).lines) == 2


def test_times_are_of_one_phase():
    made = found(training_time_ms=[90.0, None], inference_time_ms=[30.0, 20.0])
    assert [line.name for line in batch_charts.times(made, "val").lines] == ["forward"]
    assert [line.name for line in batch_charts.times(made, "train").lines] == ["step", "forward"]
