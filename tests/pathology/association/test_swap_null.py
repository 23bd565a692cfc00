from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from statkit.pathology.association.swap_null import derangements, exchanges, swap_test


def all_derangements(count):
    return [p for p in permutations(range(count)) if all(p[i] != i for i in range(count))]


@pytest.mark.parametrize("count", range(2, 8))
def test_derangements_are_counted(count):
    assert derangements(count) == len(all_derangements(count))


def test_one_image_a_patient_is_a_uniform_derangement():
    drawn = exchanges(np.arange(4), 9_000, 3)
    counts = Counter(map(tuple, drawn.tolist()))
    assert set(counts) == set(all_derangements(4))
    assert min(counts.values()) > 850
    assert max(counts.values()) < 1150


@hypothesis_settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=2, max_size=14).filter(lambda owners: len(set(owners)) > 1))
def test_attention_always_meets_one_other_patient(given_owners):
    owners = np.unique(given_owners, return_inverse=True)[1]
    for row in exchanges(owners, 40, 1):
        partners = {patient: set(owners[row[owners == patient]]) for patient in set(owners)}
        assert all(len(met) == 1 and patient not in met for patient, met in partners.items())
        assert len({next(iter(met)) for met in partners.values()}) == len(partners)
        for patient in set(owners):
            images = Counter(row[owners == patient].tolist())
            assert max(images.values()) - min(images.values()) <= 1
            (partner,) = partners[patient]
            assert len(images) == min(np.sum(owners == patient), np.sum(owners == partner))


def test_images_of_a_patient_meet_every_image_of_the_partner():
    drawn = exchanges(np.array([0, 1, 0, 1, 1]), 500, 0)
    assert set(drawn[:, 0]) == {1, 3, 4}
    assert set(drawn[:, 3]) == {0, 2}


def test_p_counts_draws_as_far_from_zero():
    rng = np.random.default_rng(5)
    table = rng.normal(scale=0.2, size=(12, 12)) + 0.05
    np.fill_diagonal(table, 0.14)
    tested = swap_test(table, np.arange(12), permutations=499, seed=7)
    drawn = exchanges(np.arange(12), 499, 7)
    means = [np.mean([table[i, row[i]] for i in range(12)]) for row in drawn]
    middle, wider = np.mean(means), (12 / 10) ** 0.5
    hits = sum(abs(middle + wider * (mean - middle)) >= abs(np.trace(table) / 12) for mean in means)
    assert hits != sum(abs(mean) >= abs(np.trace(table) / 12) for mean in means)
    assert tested.p_value == (1 + hits) / 500
    assert tested.swapped_mean == pytest.approx(np.mean(means))


def test_sampled_p_is_near_the_enumerated_one():
    table = np.random.default_rng(6).normal(size=(8, 8))
    every = np.array([np.mean([table[i, row[i]] for i in range(8)]) for row in all_derangements(8)])
    every = every.mean() + (8 / 6) ** 0.5 * (every - every.mean())
    exact = np.mean(np.abs(every) >= abs(np.trace(table) / 8))
    assert 0.05 < exact < 0.95
    assert swap_test(table, np.arange(8)).p_value == pytest.approx(exact, abs=0.015)


def test_a_strong_association_reaches_the_smallest_p_on_either_side():
    rng = np.random.default_rng(8)
    table = rng.normal(scale=0.05, size=(12, 12)) + 0.9 * np.eye(12)
    assert swap_test(table, np.arange(12)).p_value == swap_test(-table, np.arange(12)).p_value == 1e-4


def test_the_seed_is_all_that_matters():
    table = np.random.default_rng(9).normal(size=(15, 15))
    owners = np.arange(15) // 2
    first, again, other = (swap_test(table, owners, permutations=999, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.p_value != other.p_value


def test_names_of_patients_do_not_matter():
    table = np.random.default_rng(10).normal(size=(9, 9))
    owners = np.arange(9) // 3
    assert swap_test(table, owners, permutations=99) == swap_test(table, owners * 70 + 5, permutations=99)


def test_few_patients_cannot_reach_a_small_p():
    table = np.eye(12) + np.random.default_rng(0).normal(scale=0.01, size=(12, 12))
    for count in (2, 3, 4, 5):
        tested = swap_test(table, np.arange(12) % count)
        assert tested.p_value == tested.attainable == 1 / (1 + len(all_derangements(count)))


@pytest.mark.parametrize(("images", "said"), [(12, "1 patient:"), (0, "0 patients:")])
def test_without_a_second_patient_there_is_no_p(images, said):
    tested = swap_test(np.zeros((images, images)), np.zeros(images, dtype=int))
    assert tested.p_value is None
    assert tested.swapped_mean is None
    assert tested.reason.startswith(said)


def test_what_all_images_share_is_not_an_association():
    table = np.full((20, 20), 0.6) + np.random.default_rng(2).normal(scale=0.01, size=(20, 20))
    tested = swap_test(table, np.arange(20))
    assert tested.p_value > 0.05
    assert tested.swapped_mean == pytest.approx(0.6, abs=0.01)


def test_equal_images_are_all_as_far():
    assert swap_test(np.full((11, 11), 0.1 + 0.2), np.arange(11)).p_value == 1
