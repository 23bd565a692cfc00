import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.stats import pearsonr, spearmanr

from statkit.pathology.association.correlation import crossed
from statkit.pathology.association.feature_association import Draws, feature_association
from statkit.pathology.association.patients import Patients
from statkit.pathology.association.side import Side
from statkit.pathology.association.swap_null import swap_test
from statkit.pathology.association.toroidal import shift_test
from statkit.pathology.resampling import cluster_interval

DRAWS = Draws(permutations=999, resamples=500, seed=3)


def smooth(count, seed, side=12):
    noise = np.random.default_rng(seed).normal(size=(count, side, side))
    return gaussian_filter(noise, (0, 1.5, 1.5))


def measured(attention, feature, patients=None, draws=DRAWS):
    sides = [Side.of(list(maps), (12, 12)) for maps in (attention, feature)]
    owners = Patients.of(patients, len(attention))
    return feature_association(*sides, owners, kind="attention", names=("bam", "hematoxylin"), draws=draws)


def test_r_is_the_mean_over_images_and_p_the_swap():
    first, second = smooth(12, 0), smooth(12, 1)
    row = measured(first, second)
    ranked = [spearmanr(a.ravel(), b.ravel()).statistic for a, b in zip(first, second, strict=True)]
    linear = [pearsonr(a.ravel(), b.ravel()).statistic for a, b in zip(first, second, strict=True)]
    assert row.r == pytest.approx(np.mean(ranked))
    assert row.pearson == pytest.approx(np.mean(linear))
    assert row.ci == pytest.approx(cluster_interval(np.array(ranked), np.arange(12), resamples=500, seed=3))
    table = np.array([[spearmanr(a.ravel(), b.ravel()).statistic for b in second] for a in first])
    tested = swap_test(table, np.arange(12), permutations=999, seed=3)
    assert (row.null, row.p, row.p_adjusted) == ("image-swap", tested.p_value, None)
    assert row.r_null == pytest.approx(tested.swapped_mean)
    assert (row.verdict, row.reason) == ("not shown", None)


def test_what_goes_together_is_associated_and_turned_over_too():
    feature = smooth(12, 2)
    attention = feature + smooth(12, 3)
    for sign in (1, -1):
        row = measured(sign * attention, feature)
        assert row.verdict == "associated"
        assert row.p == 1 / 1000
        assert np.sign(row.r) == sign


def test_few_images_are_shifted_and_never_enough():
    feature = smooth(9, 4)
    row = measured(feature, feature)
    assert row.null == "toroidal shift (approximate)"
    assert row.p == 1 / 144
    assert (row.verdict, row.reason) == ("insufficient", "9 images; 10 are the least")
    assert measured(smooth(10, 4), smooth(10, 5)).null == "image-swap"
    sides = [Side.of(list(maps), (12, 12)) for maps in (feature, smooth(9, 5))]
    row = measured(feature, smooth(9, 5))
    assert row.p == shift_test(sides[0].ranks, sides[1].ranks, (12, 12)).p_value


def test_one_patient_has_neither_p_nor_interval():
    feature = smooth(12, 6)
    row = measured(feature, feature, ["a"] * 12)
    assert (row.null, row.p, row.ci, row.verdict) == ("image-swap", None, None, "insufficient")
    assert row.reason.startswith("1 patient: ")


def test_few_patients_are_never_enough():
    feature = smooth(12, 6)
    row = measured(feature, feature, [at % 4 for at in range(12)])
    assert (row.p, row.verdict, row.reason) == (0.1, "insufficient", "4 patients; 5 are the least")
    assert measured(feature, feature, [at % 5 for at in range(12)]).verdict == "associated"


def test_patients_are_swapped_whole():
    rng = np.random.default_rng(7)
    owners = np.arange(24) // 3
    first, second = (smooth(8, seed)[owners] + 0.2 * rng.normal(size=(24, 12, 12)) for seed in (8, 9))
    row = measured(first, second, owners.tolist())
    sides = [Side.of(list(maps), (12, 12)) for maps in (first, second)]
    table = crossed(sides[0].ranks, sides[1].ranks)
    assert row.p == swap_test(table, owners, observed=row.r, permutations=999, seed=3).p_value
    assert row.p != measured(first, second).p
    assert row.n_patients == 8


def test_images_left_out_are_counted_once_and_change_nothing():
    attention, feature = list(smooth(16, 10)), list(smooth(16, 11))
    patients = [0, 0, 0, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 6, 7, 7]
    attention[0] = np.full((12, 12), 0.1)
    attention[1] = attention[1] * np.nan
    attention[2] = feature[3] = None
    feature[0] = feature[0] * np.nan
    feature[1] = np.zeros((12, 12))
    row = measured(attention, feature, patients)
    assert (row.n_images, row.n_patients) == (12, 6)
    assert (row.n_missing, row.n_nonfinite, row.n_constant) == (2, 2, 0)
    kept = measured(attention[4:], feature[4:], patients[4:])
    assert (row.r, row.ci, row.p, row.pearson) == (kept.r, kept.ci, kept.p, kept.pearson)


def test_without_an_image_there_is_nothing():
    row = measured([None, np.ones((12, 12))], smooth(2, 0))
    assert (row.n_images, row.n_missing, row.n_constant) == (0, 1, 1)
    assert row.r is row.ci is row.pearson is row.null is row.p is row.r_null is None
    assert (row.verdict, row.reason) == ("insufficient", "0 images; 10 are the least")


def test_the_verdict_follows_the_adjusted_p():
    feature = smooth(12, 2)
    row = measured(feature, feature)
    assert row.adjusted(0.2).verdict == "not shown"
    assert row.adjusted(0.2).p_adjusted == 0.2
    assert measured(feature[:9], feature[:9]).adjusted(0.001).verdict == "insufficient"


def test_a_table_row_has_both_ends_of_the_interval():
    row = measured(smooth(12, 0), smooth(12, 1))
    (told,) = row.rows()
    assert (told["ci_low"], told["ci_high"]) == row.ci
    assert "grid" not in told
    assert row.to_dict()["grid"] == [12, 12]
