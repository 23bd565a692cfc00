"""The activity of layers, now and over the steps."""

import math

import numpy as np
import pytest

from statkit.analysis.monitoring.layers import activity, layer_cards, peak_of, trunk_of

PREFIX = "layer_activity_map."


@pytest.mark.parametrize(
    ("layer", "trunk"),
    [("Backward 1", "backward"), ("Forward_Block_03", "forward"), ("Final Fusion", "final"),
     ("Layer1", "other"), ("backward fuse", "backward")],
)  # fmt: skip
def test_trunks(layer, trunk):
    assert trunk_of(layer) == trunk


def test_layers_stand_by_trunk_and_in_natural_order():
    names = [
        "Final Fusion",
        "Forward 10",
        "Forward 2",
        "Layer1",
        "Backward 2",
        "Backward 10",
        "Backward Fuse",
    ]
    found = layer_cards({PREFIX + name: 0.1 for name in names} | {"loss": 3.0})
    assert [card.layer for card in found] == [
        "Backward 2", "Backward 10", "Backward Fuse", "Forward 2", "Forward 10", "Layer1", "Final Fusion",
    ]  # fmt: skip


def test_the_peak_is_the_most_active_layer():
    cards = layer_cards(
        {PREFIX + "Forward 1": 0.3, PREFIX + "Forward 2": 0.7, PREFIX + "Forward 3": math.nan}
    )
    assert peak_of(cards, {"layer_activity_peak_value": 9.0}).to_dict() == {
        "layer": "Forward 2",
        "value": 0.7,
    }
    assert peak_of((), {"layer_activity_peak_value": 9.0}).to_dict() == {"layer": None, "value": 9.0}
    assert peak_of((), {}) is None


def test_neighbours_share_a_column_by_their_greatest():
    rng = np.random.default_rng(5)
    steps = list(range(0, 1003 * 10, 10))
    table = {PREFIX + f"Forward {n}": rng.uniform(0, 1, 1003).round(3).tolist() for n in range(3)}
    table[PREFIX + "Forward 1"][700] = 8.5
    table[PREFIX + "Forward 2"][5] = None
    found = activity(steps, table | {"loss": [1.0] * 1003}, most=400)
    assert found.bins == 3
    assert found.values.shape == (335, 3)
    for column, start in enumerate(range(0, 1003, 3)):
        rows = range(start, min(start + 3, 1003))
        assert found.steps[column] == steps[rows[-1]]
        for place, card in enumerate(found.layers):
            values = [table[PREFIX + card.layer][row] for row in rows]
            assert found.values[column, place] == max(value for value in values if value is not None)
    assert [card.value for card in found.layers] == [table[PREFIX + f"Forward {n}"][-1] for n in range(3)]


def test_few_snapshots_are_as_they_are():
    found = activity([1, 2], {PREFIX + "Forward 1": [0.25, math.nan], PREFIX + "Final": [0.5, 1.5]})
    assert found.bins == 1
    assert found.unit == "raw"
    assert found.values[0].tolist() == [0.25, 0.5]
    assert math.isnan(found.values[1, 0])


def test_units_are_not_mixed():
    found = activity(
        [1, 2, 3], {PREFIX + "Forward 1": [55.0, 0.25, 0.5], PREFIX + "Forward 2": [100, 0.5, 0.75]}
    )
    assert (found.unit, found.mixed, found.steps) == ("raw", True, (2, 3))


@pytest.mark.parametrize(
    ("steps", "fields"), [([], {}), ([1], {"loss": [0.5]}), ([1], {PREFIX + "A": [None]})]
)
def test_without_layers_it_is_empty(steps, fields):
    found = activity(steps, fields)
    assert (found.layers, found.steps, found.values.size) == ((), (), 0)
