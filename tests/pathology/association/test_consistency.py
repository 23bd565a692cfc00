from itertools import combinations

import numpy as np
import pytest
from scipy.stats import spearmanr

from statkit.pathology.association.consistency import consistencies, mapped_back, spatial_consistency


def test_it_is_the_mean_over_pairs():
    maps = np.random.default_rng(0).normal(size=(5, 6, 4))
    each = [spearmanr(a.ravel(), b.ravel()).statistic for a, b in combinations(maps, 2)]
    assert spatial_consistency(maps) == pytest.approx(np.mean(each))


def test_what_cannot_be_compared_is_left_out():
    first, second = np.random.default_rng(1).normal(size=(2, 4, 4))
    broken = first * np.nan
    assert spatial_consistency([first, broken, None, np.ones((4, 4)), second]) == spatial_consistency(
        [first, second]
    )
    assert spatial_consistency([first, broken]) is None
    assert spatial_consistency([]) is None
    assert spatial_consistency([None, None]) is None


def test_the_same_order_is_one_and_a_reversed_one_minus_one():
    plane = np.random.default_rng(2).normal(size=(4, 4))
    assert spatial_consistency([plane, np.exp(plane), 3 * plane]) == pytest.approx(1)
    assert spatial_consistency([plane, -plane]) == pytest.approx(-1)


def test_maps_of_other_sizes_meet_on_the_smallest():
    plane = np.random.default_rng(3).normal(size=(4, 4))
    assert spatial_consistency([plane, np.kron(plane, np.ones((3, 2)))]) == pytest.approx(1)


def test_turned_maps_come_back():
    plane = np.arange(12.0).reshape(3, 4)
    turns = [(quarters, mirrored) for quarters in range(4) for mirrored in (False, True)]
    turned = [np.rot90(np.fliplr(plane) if mirrored else plane, quarters) for quarters, mirrored in turns]
    assert len({each.tobytes() + bytes(each.shape) for each in turned}) == 8
    for back in mapped_back(turned, turns):
        np.testing.assert_array_equal(back, plane)
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        mapped_back(turned, turns[1:])


def test_layers_are_averaged_over_tiles():
    tiles = np.random.default_rng(4).normal(size=(3, 4, 5, 5))
    rows = consistencies({"bam": [*tiles, [tiles[0, 0]]], "none": []})
    assert [(row.layer, row.n_tiles) for row in rows] == [("bam", 3), ("none", 0)]
    assert rows[0].value == pytest.approx(np.mean([spatial_consistency(tile) for tile in tiles]))
    assert rows[1].value is None
