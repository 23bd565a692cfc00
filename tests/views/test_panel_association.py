import math

import pytest

from statkit.views.panel_association import LINE, height, measured
from statkit.views.panels import Panels, drawn


def test_the_shortest_key_that_ends_with_a_measure_wins():
    record = {
        "attention_bam_32_nuclear_attention_overlap": 0.5,
        "nuclear_attention_overlap": 0.25,
        "attention_bam_32_tissue_attention_correlation": -0.86,
        "spatial_consistency": "high",
        "loss": 1.0,
    }
    found = [(measure.title, value) for measure, value in measured(record)]
    assert found == [("overlap with nuclei", 0.25), ("correlation with tissue", -0.86)]


def test_it_takes_room_only_where_something_was_measured():
    assert height({"loss": 1.0}) == 0
    assert height({"spatial_consistency": 0.5}) == 2 * LINE + 6


@pytest.mark.parametrize("value", [0.3, -1.0, 7.5, math.nan, math.inf, 10**400])
def test_a_record_with_pathology_shows_it_and_any_number_is_drawn(value):
    plain = Panels(phase="train", number=1, record={"loss": 1.0})
    told = Panels(phase="train", number=1, record={"loss": 1.0, "tissue_attention_correlation": value})
    assert drawn(plain) != drawn(told)


def test_the_layer_that_the_values_are_of_is_named():
    record = {"tissue_attention_correlation": 0.3}
    named = Panels(phase="train", number=1, record=record | {"pathology_layer": "bam_32"})
    assert drawn(named) != drawn(Panels(phase="train", number=1, record=record))
    odd = Panels(phase="train", number=1, record=record | {"pathology_layer": "x" * 500})
    assert len(drawn(odd)) > 1000
