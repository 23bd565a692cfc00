"""Cards of the last record."""

import math

import pytest

from statkit.analysis.monitoring.cards import (
    adaptive_of,
    attention_cards,
    loss_cards,
    number,
    rate_of,
    resources_of,
)
from statkit.analysis.monitoring.titles import TITLES, titles_of
from statkit.schema import CATALOGUE, lookup

SEED = {
    "learning_rate_value": 3.456e-05, "lr_phase_name": "cosine", "total_loss_value": 0.0234,
    "l1_loss_value": 0.0156, "ms_loss_value": 0.0045, "gradient_loss_value": 0.0023,
    "perceptual_loss_value": 0.001, "l1_weight_current": 0.6, "ms_weight_current": 0.2,
    "gradient_weight_current": 0.2, "perceptual_weight_current": 0.123, "gradient_clip_val": 1.5,
    "adaptive_mode": "Stable", "adaptive_is_cooldown": False, "adaptive_cooldown_remaining": 0,
    "adaptive_plateau_counter": 42, "adaptive_lr_boost_available": False, "adaptive_perceptual_trend": 0.0015,
    "validation_loss_value": 0.0145, "iteration_duration": 0.234, "vram_usage_gb": 8.45,
    "adam_momentum_avg": 0.9123,
}  # fmt: skip


def test_losses_come_with_their_weights():
    found = [(card.metric, card.value, card.weight) for card in loss_cards(SEED, None, lookup)]
    assert found == [
        ("total_loss_value", 0.0234, None),
        ("l1_loss_value", 0.0156, 0.6),
        ("ms_loss_value", 0.0045, 0.2),
        ("gradient_loss_value", 0.0023, 0.2),
        ("perceptual_loss_value", 0.001, 0.123),
        ("validation_loss_value", 0.0145, None),
    ]


def test_other_spellings_are_the_same_cards():
    old = loss_cards({"total_loss": 1.0, "val_loss": 2.0}, None, lookup)
    assert [(card.metric, card.title) for card in old] == [
        ("total_loss", "Total loss"),
        ("val_loss", "Validation loss"),
    ]
    nested = loss_cards({"losses.l1": 1.0, "weights.l1": 0.5}, None, lookup)
    assert [(card.metric, card.weight) for card in nested] == [("losses.l1", 0.5)]


def test_a_batch_record_has_loss_and_quality_with_its_good_range():
    found = loss_cards({"loss": math.nan, "ssim": 0.9, "batch_idx": 3}, "val", lookup)
    assert [(card.metric, card.value, card.phase, card.good) for card in found] == [
        ("loss", None, "val", None),
        ("ssim", 0.9, "val", (0.8, 1.0)),
    ]


def test_the_state_of_the_controller():
    found = adaptive_of(SEED)
    assert found.to_dict() == {
        "mode": "Stable", "cooldown": False, "cooldown_remaining": 0, "plateau": 42,
        "plateau_level": "normal",
        "boost_available": False, "perceptual_trend": 0.0015, "clip": 1.5,
    }  # fmt: skip
    assert adaptive_of({"loss": 1.0}) is None


@pytest.mark.parametrize(
    ("plateau", "level"), [(150, "normal"), (150.5, "raised"), (300, "raised"), (301, "warning"), ("x", None)]
)
def test_the_marks_on_the_plateau_counter(plateau, level):
    assert adaptive_of({"adaptive_plateau_counter": plateau}).plateau_level == level


def test_rate_and_resources():
    assert rate_of(SEED) == (3.456e-05, "cosine")
    assert rate_of({"learning_rate": 0.1, "lr_phase_name": 7}) == (0.1, None)
    assert resources_of(SEED).to_dict() == {"step_s": 0.234, "memory_gib": 8.45, "adam_momentum": 0.9123}


@pytest.mark.parametrize("value", [math.nan, math.inf, None, "0.5", True, [1]])
def test_what_is_no_finite_number_is_none(value):
    assert number(value) is None


@pytest.mark.parametrize(
    ("value", "word"), [(1.9, "concentrated"), (2.0, "balanced"), (4.0, "balanced"), (4.1, "diffuse"),
                        (math.nan, "unknown"), (9.0, "impossible")],
)  # fmt: skip
def test_attention_metrics_come_with_their_band(value, word):
    record = {"attention_bam_16_attention_entropy": value, "attention_bam_16_mean_attention": 0.4}
    (card,) = attention_cards(record, "train")
    assert (card.layer, card.low, card.high, card.word) == ("bam_16", 2.0, 4.0, word)


def test_titles():
    assert titles_of("quality_ki_value") == ("KI quality", "KI-Qualität")
    assert titles_of("ki_quality") == titles_of("quality_ki_value")
    assert titles_of("my_metric") == ("my_metric", "my_metric")
    assert titles_of("layer_activity_map.Final Fusion") == (
        "Activity of Final Fusion",
        "Aktivität von Final Fusion",
    )
    assert titles_of("attention_bam_16_attention_entropy") == ("bam_16: entropy", "bam_16: Entropie")
    assert TITLES.keys() <= CATALOGUE.keys()
