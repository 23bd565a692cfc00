import math

from statkit.analysis.clinical.batch_record import described, tissue_values

RECORD = {
    "loss": 1.0,
    "pathology_layer": "bam_32",
    "tissue_attention_correlation": -0.8,
    "nuclear_attention_overlap": None,
    "attention_bam_32_tissue_attention_correlation": -0.8,
    "attention_bam_48_tissue_attention_correlation": 0.25,
    "custom/tissue_attention_correlation": 0.1,
    "attention_bam_32_attention_entropy": 4.0,
}


def test_values_of_every_layer_are_taken_and_those_of_others_left():
    assert tissue_values(RECORD) == {
        "pathology_layer": "bam_32",
        "tissue_attention_correlation": -0.8,
        "nuclear_attention_overlap": None,
        "attention_bam_32_tissue_attention_correlation": -0.8,
        "attention_bam_48_tissue_attention_correlation": 0.25,
    }
    assert tissue_values({"loss": 1.0}) == {}


def test_only_the_plain_values_describe_a_batch_and_none_is_a_test():
    (found,) = described("val_batch_000031", 8, 3, RECORD)
    assert found.what == "val_batch_000031, bam_32: tissue_attention_correlation"
    assert (found.value, found.tiles, found.patients, found.null, found.p_adjusted) == (
        -0.8,
        8,
        3,
        "none",
        None,
    )
    assert (
        described("b", 1, None, {"spatial_consistency": math.nan})[0].what
        == "b, attention: spatial_consistency"
    )
