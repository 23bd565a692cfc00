import numpy as np
import pytest

from statkit.pathology.association.pointing import energy_in_mask, pointing_game

MASK = np.zeros((10, 12), dtype=bool)
MASK[2:5, 3:6] = True


def reach_by_hand(mask, tolerance):
    inside = np.argwhere(mask)
    return np.array(
        [
            [any(np.hypot(*(np.array([y, x]) - place)) <= tolerance for place in inside) for x in range(12)]
            for y in range(10)
        ]
    )


@pytest.mark.parametrize("tolerance", [0.0, 1.0, 1.5, 3.0])
def test_a_hit_is_the_highest_pixel_within_the_tolerance(tolerance):
    reach = reach_by_hand(MASK, tolerance)
    for y, x in [(3, 4), (2, 3), (1, 3), (1, 2), (7, 4), (9, 11)]:
        plane = np.random.default_rng(y).random((10, 12))
        plane[y, x] = 2
        told = pointing_game(plane, MASK, tolerance)
        assert told.hit == reach[y, x]
        assert told.chance == pytest.approx(reach.mean())


def test_equally_high_pixels_share_the_round():
    plane = np.zeros((10, 12))
    plane[2, 3] = plane[0, 0] = plane[9, 9] = 1
    assert pointing_game(plane, MASK).hit == pytest.approx(1 / 3)


def test_energy_is_the_mass_above_the_minimum():
    plane = np.random.default_rng(0).normal(size=(10, 12)) - 3
    weights = plane - plane.min()
    told = energy_in_mask(plane, MASK)
    assert told.share == pytest.approx(np.average(MASK, weights=weights))
    assert told.lift == pytest.approx(told.share * 120 / 9)
    moved = energy_in_mask(5 * plane + 2, MASK)
    assert moved.share == pytest.approx(told.share)


def test_all_inside_and_all_outside():
    assert energy_in_mask(MASK.astype(float), MASK).share == pytest.approx(1)
    assert energy_in_mask(MASK.astype(float), MASK).lift == pytest.approx(120 / 9)
    assert energy_in_mask(-MASK.astype(float), MASK).lift == 0
