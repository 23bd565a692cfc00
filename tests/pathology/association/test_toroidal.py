import numpy as np
import pytest
from scipy.stats import spearmanr

from statkit.pathology.association.correlation import rank_units
from statkit.pathology.association.toroidal import shift_test, shifted_correlations


def by_rolling(first, second):
    _, height, width = first.shape
    return np.array(
        [
            [
                np.mean(
                    [
                        spearmanr(a.ravel(), np.roll(b, (y, x), (0, 1)).ravel()).statistic
                        for a, b in zip(first, second, strict=True)
                    ]
                )
                for x in range(width)
            ]
            for y in range(height)
        ]
    )


@pytest.mark.parametrize("shape", [(6, 6), (5, 7), (4, 3), (1, 6)])
def test_every_shift_is_a_roll(shape):
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, *shape)), rng.integers(0, 4, size=(2, *shape)).astype(float)
    means = by_rolling(first, second)
    units = rank_units(first), rank_units(second)
    np.testing.assert_allclose(shifted_correlations(*units, shape), means, atol=1e-12)
    tested = shift_test(*units, shape)
    assert tested.p_value == np.mean(np.abs(means) >= abs(means[0, 0]) - 1e-9)
    assert tested.shifts == shape[0] * shape[1]
    assert tested.shifted_mean == pytest.approx((means.sum() - means[0, 0]) / (means.size - 1))


def test_the_smallest_p_is_one_shift():
    plane = np.random.default_rng(1).normal(size=(1, 24, 24))
    assert shift_test(rank_units(plane), rank_units(plane), (24, 24)).p_value == 1 / 576


def test_shifts_that_change_nothing_count():
    stripes = np.tile([0.0, 1.0], (1, 4, 2))
    assert shift_test(rank_units(stripes), rank_units(stripes), (4, 4)).p_value == 1
