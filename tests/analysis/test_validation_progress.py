import math

import numpy as np
import pytest

from statkit.analysis.validation_progress import field_of, validation_progress
from statkit.records import Columns


def columns(**fields):
    count = len(next(iter(fields.values())))
    return Columns({"series": ["validation"] * count, "step": [500 * (i + 1) for i in range(count)]}, fields)


@pytest.mark.parametrize("names", [("quality_ki_value", "quality_lr_value"), ("ki_quality", "lr_quality")])
def test_curves_have_one_name_in_both_schemas(names):
    found = validation_progress(columns(**{names[0]: [0.5, 0.6, 0.55], names[1]: [0.4] * 3}), {})
    np.testing.assert_array_equal(found.curves["ki"].steps, [500, 1000, 1500])
    np.testing.assert_array_equal(found.curves["ki"].means, [0.5, 0.6, 0.55])
    np.testing.assert_array_equal(found.curves["lr"].means, [0.4] * 3)
    assert found.best == (1000, 0.6)
    assert (found.snapshots, found.first_step, found.last_step) == (3, 500, 1500)


def test_a_quality_that_is_not_believed_is_neither_drawn_nor_best():
    found = validation_progress(
        columns(quality_ki_value=[1.0, 0.5, 0.6]), {"quality_ki_value": [False, True, True]}
    )
    assert found.best == (1500, 0.6)
    assert found.doubted == 1
    np.testing.assert_array_equal(found.curves["ki"].steps, [1000, 1500])


def test_the_best_is_the_first_of_the_greatest_by_a_plain_loop():
    values = [0.3, math.nan, 0.7, None, 0.7, math.inf, 0.1]
    best = None
    for place, value in enumerate(values):
        if value is not None and math.isfinite(value) and (best is None or value > best[1]):
            best = (500 * (place + 1), value)
    assert validation_progress(columns(quality_ki_value=values), {}).best == best


def test_phases_follow_one_another():
    found = validation_progress(
        columns(learning_rate_value=[1.0] * 4, lr_phase_name=["warmup", "warmup", "cosine", "cosine"]), {}
    )
    assert [(span.name, span.start, span.end) for span in found.phases] == [
        ("warmup", 500, 1500),
        ("cosine", 1500, 2000),
    ]


def test_the_latest_value_is_the_last_that_is_not_missing():
    found = validation_progress(columns(total_loss_value=[3.0, 2.0, None], epoch_num=[1, 2, 3]), {})
    assert found.latest_of("total") == 2.0
    assert found.latest["epoch_num"] == 3
    assert found.latest_of("ki") is None


def test_text_in_a_column_of_numbers_is_left_out():
    found = validation_progress(columns(total_loss_value=[3.0, "x", 1.0]), {})
    np.testing.assert_array_equal(found.curves["total"].means, [3.0, 1.0])


def test_layers_of_two_units_are_two_grids_and_nothing_is_nothing():
    table = {
        "layer_activity_map.Backward 10": [50, 0.5],
        "layer_activity_map.Backward 2": [100, 0.25],
        "layer_activity_map.Final Fusion": [20, 0.75],
    }
    grids = validation_progress(columns(**table), {}).grids
    assert [grid.unit for grid in grids] == ["percent", "raw"]
    assert grids[0].layers == ("Backward 2", "Backward 10", "Final Fusion")
    assert validation_progress(columns(total_loss_value=[1.0]), {}).grids == ()


def test_the_field_of_a_curve_is_the_first_that_holds_a_number():
    found = columns(quality_ki_value=[None, None], ki_quality=[0.5, 0.6])
    assert field_of(found, "ki") == "ki_quality"
    assert field_of(found, "rate") is None
