import pytest

from statkit import schema


def test_every_entry_bears_its_own_name_and_a_known_direction():
    for name, metric in (schema.CATALOGUE | schema.ATTENTION).items():
        assert metric.name == name
        assert metric.direction in (None, "max", "min")
        assert metric.good is None or metric.good[0] < metric.good[1]


@pytest.mark.parametrize(
    ("name", "direction", "unit"),
    [
        ("quality_ki_value", "max", "fraction"),
        ("validation_loss_value", "min", None),
        ("loss", "min", None),
        ("ssim", "max", None),
        ("ki_psnr", "max", "dB"),
        ("losses.total", "min", None),
        ("memory_usage_mb", "min", "MiB"),
        ("attention_bam_384_attention_entropy", None, "nats"),
        ("attention_entropy", None, "nats"),
        ("layer_activity_map.Final Fusion", None, None),
        ("adaptive_plateau_counter", None, "count"),
    ],
)
def test_the_catalogue(name, direction, unit):
    metric = schema.lookup(name)
    assert (metric.name, metric.direction, metric.unit) == (name, direction, unit)


@pytest.mark.parametrize("name", ["my_loss", "val_accuracy", "quality", "LOSS", "loss "])
def test_a_direction_is_never_guessed_from_a_name(name):
    assert schema.lookup(name).direction is None


def test_defaults_are_in_the_catalogue_with_a_direction():
    for defaults in (schema.DEFAULT_BEST, schema.DEFAULT_TREND):
        for names in defaults.values():
            assert all(schema.CATALOGUE[name].direction for name in names)


def test_lists_of_special_fields_name_known_ones():
    for name in (
        *schema.VALIDATION_FIELDS,
        *schema.LOSS_FIELDS,
        *schema.QUALITY_FIELDS,
        *schema.DERIVED_FIELDS,
    ):
        assert name in schema.CATALOGUE


@pytest.mark.parametrize("metric", sorted(schema.ATTENTION))
@pytest.mark.parametrize("layer", ["bam_16", "mean", "encoder.attention", "a_attention_entropy"])
def test_attention_keys_split_into_layer_and_metric(metric, layer):
    assert schema.split_attention(f"attention_{layer}_{metric}") == (layer, metric)


@pytest.mark.parametrize(
    "name", ["attention_layers", "attention_entropy", "attention_", "loss", "attention__x"]
)
def test_other_keys_do_not(name):
    assert schema.split_attention(name) is None


@pytest.mark.parametrize("statistic", ["mean", "std", "min", "max"])
def test_summary_keys_split_at_the_longest_metric(statistic):
    for metric in (
        "loss",
        "ssim",
        "peak_separation_mean",
        "attention_bam_16_peak_intensity_mean",
        "mean_attention",
    ):
        assert schema.split_summary_key(f"{metric}_{statistic}") == (metric, statistic)
    assert schema.split_summary_key(f"mine_{statistic}") is None


@pytest.mark.parametrize(
    "key", ["peak_separation_mean", "attention_bam_16_peak_intensity_mean", "loss", "total_batches"]
)
def test_a_metric_is_no_summary(key):
    assert schema.split_summary_key(key) is None
