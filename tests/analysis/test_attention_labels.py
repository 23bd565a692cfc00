import numpy as np
import pytest

from statkit.analysis.attention import attention_metrics, attention_metrics_of_batch, labelled
from statkit.analysis.bands import BANDS_SOURCE


@pytest.mark.parametrize(
    ("metric", "value", "word"),
    [
        ("attention_entropy", 1.99, "concentrated"),
        ("attention_entropy", 2.0, "balanced"),
        ("attention_entropy", 4.0, "balanced"),
        ("attention_entropy", 4.09, "diffuse"),
        ("attention_concentration_10", 0.19, "diffuse"),
        ("attention_concentration_10", 0.2, "focused"),
        ("attention_concentration_10", 0.6, "focused"),
        ("attention_concentration_10", 0.61, "concentrated"),
        ("attention_sparsity", 0.1, "uniform"),
        ("attention_sparsity", 0.5, "balanced"),
        ("attention_sparsity", 0.71, "sparse"),
        ("num_attention_peaks", 0, "under one"),
        ("num_attention_peaks", 0.5, "under one"),
        ("num_attention_peaks", 1, "one to five"),
        ("num_attention_peaks", 5, "one to five"),
        ("num_attention_peaks", 5.5, "over five"),
    ],
)
def test_words(metric, value, word):
    assert labelled({metric: value}) == {metric: word}


@pytest.mark.parametrize("metric", ["attention_center_distance", "attention_radial_mean", "loss", "nonsense"])
def test_what_has_no_band_has_no_word(metric):
    assert labelled({metric: 0.3}) == {}


@pytest.mark.parametrize("value", [None, float("nan")])
def test_what_is_not_there_has_no_word(value):
    assert labelled({"attention_entropy": value}) == {}


def test_words_of_a_map():
    assert labelled(attention_metrics(np.ones((8, 8)))) == {
        "attention_entropy": "diffuse",
        "attention_concentration_10": "diffuse",
        "attention_sparsity": "uniform",
        "num_attention_peaks": "under one",
    }


def test_without_peaks_there_is_no_word_for_them():
    assert "num_attention_peaks" not in labelled(attention_metrics_of_batch(np.eye(8)[None], peaks=False))


@pytest.mark.parametrize("a", [[[1.0]], [[np.nan, 1.0]]])
def test_one_cell_or_nothing_measured_has_no_words(a):
    assert labelled(attention_metrics(a)) == {}


def test_the_bands_say_where_they_come_from():
    assert BANDS_SOURCE == "project heuristic, not validated"
