import io

import numpy as np
import pytest
from PIL import Image

from statkit.analysis.plotted.layers import layer_grids
from statkit.views import heat_map, pixels
from statkit.views.picture import rendered

BOX = (34, 148, 454, 370)
RAMP = ((0, 0, 255), (255, 0, 0))


def grids(layers, steps):
    return layer_grids("", "", np.asarray(steps, dtype=float), [0] * len(steps), layers)


def picture(found):
    data = rendered(lambda sheet: heat_map.draw(sheet, BOX, found, RAMP))
    with Image.open(io.BytesIO(data)) as read:
        return np.asarray(read).astype(int)


def test_the_greatest_is_red_and_stands_where_its_layer_and_step_are():
    found = grids({"Forward 1": [0.5, 0.0], "Backward 1": [0.0, 1.0]}, [100, 200])
    inside = picture(found)[166:480, 146:410]
    high, wide = inside.shape[:2]
    corners = {
        (row, column): tuple(inside[round(high * (0.25 + 0.5 * row)), round(wide * (0.25 + 0.5 * column))])
        for row in (0, 1)
        for column in (0, 1)
    }
    assert corners == {(0, 0): (0, 0, 255), (0, 1): (255, 0, 0), (1, 0): (128, 0, 128), (1, 1): (0, 0, 255)}


def test_a_step_fills_the_width_that_is_nearest_to_it():
    found = grids({"Layer 1": [0.0, 0.5, 1.0]}, [0, 100, 1000])
    row = picture(found)[300, 146:412]
    blue = np.count_nonzero((row == (0, 0, 255)).all(axis=1))
    red = np.count_nonzero((row == (255, 0, 0)).all(axis=1))
    assert blue == pytest.approx(0.05 * len(row), abs=3)
    assert red == pytest.approx(0.45 * len(row), abs=3)


def test_what_is_missing_is_grey():
    found = grids({"Layer 1": [0.5, None], "Layer 2": [0.5, 0.75]}, [1, 2])
    assert tuple(picture(found)[200, 390]) == pixels.MISSING


def test_units_are_two_maps_and_said():
    found = grids({"Layer 1": [50, 0.5], "Layer 2": [100, 0.7]}, [1, 2])
    assert "two units" in heat_map.about(found)
    assert heat_map.about(()) == "no snapshot holds a layer's activity"
    assert (picture(())[300, 200] == 0xF2).all()


@pytest.mark.parametrize("count", [1, 40, 400])
def test_names_stay_in_their_column(count):
    found = grids({f"Layer {n} " + "x" * 300: [0.1 * n % 1, 0.5] for n in range(count)}, [500, 1_500_000])
    made = picture(found)
    assert (made[:, :32] == 255).all()
    assert (made[:, 490:] == 255).all()
    assert (made[:146] == 255).all()
    assert (made[530:] == 255).all()
