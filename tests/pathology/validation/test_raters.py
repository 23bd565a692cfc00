"""Agreement of raters: against statsmodels, krippendorff, scikit-learn, and published numbers."""

import krippendorff
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, f1_score

from statkit.errors import UsageError
from statkit.pathology.validation.raters import (
    Coincidences,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    pairwise_dice,
)

NAN = np.nan

#: Krippendorff 2011, *Computing Krippendorff's alpha-reliability*, section C: nominal α = 0.743.
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
)

#: Fleiss 1971 as Wikipedia works it: ten items, fourteen raters, five values, κ = 0.210.
WORKED = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]


def masks(count, seed=0, shape=(12, 15)):
    rng = np.random.default_rng(seed)
    truth = rng.random(shape) < 0.3
    return np.stack([truth ^ (rng.random(shape) < 0.05 + 0.05 * k) for k in range(count)])


def test_cohen_is_the_one_of_scikit_learn():
    first, second = masks(2)
    assert cohen_kappa(first, second) == pytest.approx(cohen_kappa_score(first.ravel(), second.ravel()))
    assert cohen_kappa(first * 0, first * 0) is None


def test_fleiss_as_published():
    ratings = np.array([[value for value, n in enumerate(row) for _ in range(n)] for row in WORKED]).T
    assert fleiss_kappa(ratings) == pytest.approx(0.210, abs=5e-4)


@pytest.mark.slow
@pytest.mark.parametrize("count", [3, 5])
def test_fleiss_is_the_one_of_statsmodels(count):
    from statsmodels.stats.inter_rater import aggregate_raters
    from statsmodels.stats.inter_rater import fleiss_kappa as theirs

    ratings = masks(count)
    table, _ = aggregate_raters(ratings.reshape(count, -1).T.astype(int))
    assert fleiss_kappa(ratings) == pytest.approx(theirs(table), abs=1e-12)


def test_fleiss_needs_every_rating_and_two_values():
    assert fleiss_kappa(np.ones((3, 4, 4), bool)) is None
    with pytest.raises(UsageError, match="Krippendorff"):
        fleiss_kappa(PUBLISHED)


def test_krippendorff_as_published():
    assert krippendorff_alpha(PUBLISHED) == pytest.approx(0.743, abs=5e-4)


@pytest.mark.parametrize("missing", [0.0, 0.2, 0.6])
def test_krippendorff_is_the_one_of_the_package(missing):
    rng = np.random.default_rng(3)
    ratings = rng.integers(0, 3, (4, 60)).astype(float)
    ratings[1] = np.where(rng.random(60) < 0.6, ratings[0], ratings[1])
    ratings[rng.random(ratings.shape) < missing] = np.nan
    expected = krippendorff.alpha(ratings, level_of_measurement="nominal")
    assert krippendorff_alpha(ratings) == pytest.approx(expected, abs=1e-12)
    assert krippendorff_alpha(ratings.reshape(4, 6, 10)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("ratings", [np.ones((3, 5), bool), [[1, NAN], [NAN, 2]], np.full((2, 3), NAN)])
def test_krippendorff_where_nothing_disagrees_or_nothing_is_rated_twice(ratings):
    assert krippendorff_alpha(ratings) is None


def test_coincidences_of_parts_add_up():
    ratings = masks(3).reshape(3, -1).astype(float)
    ratings[2, :70] = np.nan  # the third rater skipped these
    parts = Coincidences.of(ratings[:2, :70]) + Coincidences.of(ratings[:, 70:])
    assert parts.alpha() == pytest.approx(
        krippendorff.alpha(ratings, level_of_measurement="nominal"), abs=1e-12
    )


def test_pairwise_dice_is_f1_of_every_pair_in_order():
    stack = masks(3)
    stack[2] = False
    flat = stack.reshape(3, -1)
    assert pairwise_dice(stack) == pytest.approx((f1_score(flat[0], flat[1]), 0.0, 0.0))
    assert pairwise_dice(stack[[2, 2]]) == (None,)


@pytest.mark.parametrize("agreement", [fleiss_kappa, krippendorff_alpha, pairwise_dice])
def test_one_rater_agrees_with_nobody(agreement):
    with pytest.raises(UsageError, match="two raters"):
        agreement(masks(1))


def test_ratings_of_no_item_are_refused():
    with pytest.raises(UsageError, match="an item"):
        krippendorff_alpha(np.zeros((2, 0)))


@pytest.mark.parametrize("measure", [fleiss_kappa, krippendorff_alpha])
def test_ratings_that_are_words_are_refused(measure):
    with pytest.raises(UsageError, match="ratings are numbers"):
        measure([["Tumor"], ["Stroma"]])
