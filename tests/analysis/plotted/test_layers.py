import math
import random

import numpy as np
import pytest

from statkit.analysis.plotted.layers import LayerFigure, are_percent, layer_grids, ordered


def test_layers_stand_as_the_data_flow():
    names = "Final Fusion,Forward Fuse,Forward 10,Forward 2,Backward Fuse,Backward 10,Backward 2,Backward 1"
    expected = (
        "Backward 1,Backward 2,Backward 10,Backward Fuse,Forward 2,Forward 10,Forward Fuse,Final Fusion"
    )
    given = names.split(",")
    random.Random(0).shuffle(given)
    found, starts = ordered(dict.fromkeys(given))
    assert found == expected.split(",")
    assert starts == (4, 7)


def test_older_names_and_others_are_ordered_too():
    found, _ = ordered(dict.fromkeys(["Layer10", "Layer2", "Forward_Block_01", "Backward_Block_02"]))
    assert found == ["Backward_Block_02", "Forward_Block_01", "Layer2", "Layer10"]


def test_percent_and_raw_are_told_apart():
    table = np.array([[100.0, 3.0, 0.4, 1.0], [20.0, 1.0, 0.2, 0.0]])
    assert are_percent(table).tolist() == [True, True, False, False]


def test_whole_numbers_before_anything_telling_follow_what_comes():
    table = np.array([[1.0, 100.0], [0.0, 3.0]])
    assert are_percent(table).tolist() == [True, True]
    assert are_percent(np.array([[1.0, 0.0]])).tolist() == [False, False]


def test_the_two_units_are_never_in_one_grid():
    layers = {"Backward 1": [100, 50, 0.3, 0.5], "Final Fusion": [10, 100, 0.9, None]}
    grids = layer_grids("r", "r", np.array([1.0, 2.0, 3.0, 4.0]), [0, 0, 1, 1], layers)
    assert [grid.unit for grid in grids] == ["percent", "raw"]
    assert grids[0].values.tolist() == [[100, 50], [10, 100]]
    assert grids[1].values.tolist() == pytest.approx(np.array([[0.3, 0.5], [0.9, math.nan]]), nan_ok=True)
    assert grids[1].segments.tolist() == [1, 1]
    assert LayerFigure(x_label="step", panels=grids).mixed == ["r"]


def test_one_unit_is_one_grid():
    (grid,) = layer_grids("r", "r", np.array([1.0, 2.0]), [0, 0], {"a": [0.1, 0.2]})
    assert LayerFigure(x_label="step", panels=(grid,)).mixed == []


def test_more_columns_than_a_picture_has_are_averaged():
    rng = np.random.default_rng(1)
    values = rng.random(103)
    values[7] = math.nan
    xs = np.arange(103.0)
    (grid,) = layer_grids("r", "r", xs, [0] * 103, {"a": values.tolist(), "b": [0.5] * 103}, most=10)
    assert grid.averaged == 11
    assert len(grid.xs) == 10
    for column in range(10):
        part = slice(11 * column, min(11 * column + 11, 103))
        assert grid.values[0, column] == pytest.approx(np.nanmean(values[part]))
        assert grid.xs[column] == pytest.approx(xs[part].mean())


def test_no_column_reaches_over_a_rewind():
    layers = {"a": [0.1, 0.2, 0.3, 0.5, 0.7]}
    (grid,) = layer_grids("r", "r", np.array([1.0, 2, 3, 2, 3]), [0, 0, 0, 1, 1], layers, most=3)
    assert grid.values.tolist() == [pytest.approx([0.15, 0.3, 0.6])]
    assert grid.segments.tolist() == [0, 0, 1]


def test_a_snapshot_without_any_activity_has_no_column():
    (grid,) = layer_grids("r", "r", np.array([1.0, 2.0]), [0, 0], {"a": [0.5, None], "b": [0.1, math.inf]})
    assert grid.xs.tolist() == [1.0]
