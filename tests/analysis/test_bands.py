import math

import pytest

from statkit.analysis.bands import BANDS, IMPOSSIBLE
from statkit.schema import ATTENTION


def test_every_metric_with_a_band_in_the_catalogue_has_one_here():
    assert {name: m.good for name, m in ATTENTION.items() if m.good} == {
        name: (band.low, band.high) for name, band in BANDS.items()
    }


@pytest.mark.parametrize(
    ("metric", "value", "word"),
    [
        ("attention_entropy", 1.99, "concentrated"),
        ("attention_entropy", 2.0, "balanced"),
        ("attention_entropy", 4.0, "balanced"),
        ("attention_entropy", 4.1, "diffuse"),
        ("attention_entropy", math.log(64), "diffuse"),
        ("attention_entropy", math.log(64) + 0.01, IMPOSSIBLE),
        ("attention_concentration_10", 0.1, "diffuse"),
        ("attention_concentration_10", 0.61, "concentrated"),
        ("attention_concentration_10", -8.9, IMPOSSIBLE),
        ("attention_concentration_10", 51.5, IMPOSSIBLE),
        ("attention_sparsity", 0.5, "balanced"),
        ("num_attention_peaks", 0.4, "under one"),
        ("num_attention_peaks", 3, "one to five"),
        ("num_attention_peaks", 1e6, "over five"),
        ("num_attention_peaks", -1, IMPOSSIBLE),
        ("attention_sparsity", math.nan, "unknown"),
    ],
)
def test_a_value_has_the_word_of_its_side(metric, value, word):
    assert BANDS[metric].word(value) == word
