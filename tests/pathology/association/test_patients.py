import numpy as np
import pytest
from scipy.stats import bootstrap

from statkit.errors import UsageError
from statkit.pathology.association.patients import Patients, cluster_interval


def by_hand(values, owners, resamples, seed):
    """Patients drawn one by one, then the images of each."""
    rng = np.random.default_rng(seed)
    images = [values[owners == patient] for patient in np.unique(owners)]
    means = []
    for _ in range(resamples):
        drawn = [images[patient] for patient in rng.integers(len(images), size=len(images))]
        means.append(np.concatenate([rng.choice(each, len(each)) for each in drawn]).mean())
    return np.quantile(means, [0.025, 0.975])


@pytest.mark.parametrize("owners", [np.arange(30) // 5, np.repeat(np.arange(5), [1, 2, 4, 8, 15])])
def test_it_is_the_dumb_loop(owners):
    rng = np.random.default_rng(1)
    values = rng.normal(size=30) * 0.3 + rng.normal(size=owners.max() + 1)[owners]
    ours = cluster_interval(values, owners, resamples=20_000)
    np.testing.assert_allclose(ours, by_hand(values, owners, 3_000, 2), atol=0.06)


def test_one_image_a_patient_is_the_plain_bootstrap():
    values = np.random.default_rng(3).normal(scale=0.2, size=40)
    theirs = bootstrap((values,), np.mean, n_resamples=40_000, method="percentile", rng=4).confidence_interval
    np.testing.assert_allclose(cluster_interval(values, np.arange(40), resamples=40_000), theirs, atol=5e-3)


def test_images_that_repeat_their_patient_add_nothing():
    each = np.random.default_rng(5).normal(size=8)
    wide = cluster_interval(np.repeat(each, 10), np.arange(80) // 10, resamples=20_000)
    np.testing.assert_allclose(wide, cluster_interval(each, np.arange(8), resamples=20_000), atol=0.04)
    low, high = cluster_interval(np.repeat(each, 10), np.arange(80), resamples=2_000)
    assert high - low < (wide[1] - wide[0]) / 2


def test_one_patient_has_no_interval():
    assert cluster_interval(np.arange(5.0), np.zeros(5, dtype=int)) is None
    assert cluster_interval(np.zeros(0), np.zeros(0, dtype=int)) is None


def test_the_seed_is_all_that_matters():
    values, owners = np.random.default_rng(6).normal(size=20), np.arange(20) // 2
    assert cluster_interval(values, owners, seed=1) == cluster_interval(values, owners * 9 + 3, seed=1)
    assert cluster_interval(values, owners, seed=1) != cluster_interval(values, owners, seed=2)


def test_unknown_patients_count_each():
    patients = Patients.of(["a", None, "b", None, "a"], 5)
    assert patients.unknown == 2
    assert patients.count() == 4
    assert patients.count(np.array([True, False, False, False, True])) == 1
    assert Patients.of(None, 3).count() == Patients.of(None, 3).unknown == 3
    assert Patients.of([1, "1", 2], 3).count() == 2
    assert Patients.of([None, "0"], 2).count() == 2


def test_one_name_an_image():
    with pytest.raises(UsageError, match="2 patients for 3 images"):
        Patients.of(["a", "b"], 3)
