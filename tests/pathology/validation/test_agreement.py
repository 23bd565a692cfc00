"""Raters of one image: each against the consensus of the others, and α where some skipped an image."""

import krippendorff
import numpy as np
import pytest

from statkit.pathology.validation.agreement import agreement, human_agreement, pooled_alpha
from statkit.pathology.validation.consensus import staple
from statkit.pathology.validation.measuring import Measure
from statkit.pathology.validation.overlap import overlap
from statkit.pathology.validation.raters import cohen_kappa, fleiss_kappa
from statkit.pathology.validation.thresholding import Threshold

MEASURE = Measure(threshold=Threshold(), tolerance=2.0, unit="px", consensus="staple")


def test_cohen_for_two_fleiss_for_more(case):
    two, three = case(0, ("anna", "ben")), case(1, ("anna", "ben", "cho"))
    found = agreement(two, "Tumor")
    masks = list(two.masks("Tumor").values())
    assert found.cohen_kappa == cohen_kappa(*masks)
    assert found.pairwise_dice == overlap(*masks).dice
    assert found.fleiss_kappa is None
    more = agreement(three, "Tumor")
    assert more.cohen_kappa is None
    assert more.fleiss_kappa == fleiss_kappa(np.stack(list(three.masks("Tumor").values())))
    assert agreement(case(0), "Tumor") is None


def test_raters_who_all_drew_nothing_leave_dice_null(case):
    blank = np.zeros((32, 32), bool)
    drawn = {"anna": {"Tumor": blank}, "ben": {"Tumor": blank}, "cho": {"Tumor": ~blank}}
    found = agreement(case(0, annotations=drawn), "Tumor")
    assert (found.pairwise_dice, found.dice_null) == (0.0, 1)


def test_each_rater_meets_the_consensus_of_the_others(case):
    image = case(0, ("anna", "ben", "cho"))
    masks = image.masks("Tumor")
    found = {row.rater: row for row in human_agreement(image, "Tumor", MEASURE)}
    assert set(found) == {"anna", "ben", "cho"}
    for rater, row in found.items():
        others = staple(np.stack([mask for name, mask in masks.items() if name != rater])).mask
        expected = overlap(masks[rater], others)
        assert (row.dice, row.precision, row.recall) == (expected.dice, expected.precision, expected.recall)
        assert row.others == 2
    assert any(row.precision != row.recall for row in found.values())


def test_of_two_raters_each_is_the_others_consensus(case):
    image = case(0, ("anna", "ben"))
    first, second = human_agreement(image, "Tumor", MEASURE)
    assert first.dice == second.dice == agreement(image, "Tumor").pairwise_dice


def test_pooled_alpha_takes_raters_who_skipped_an_image(case):
    images = [case(0, ("anna", "ben", "cho")), case(1, ("anna", "ben")), case(2, ("cho",))]
    table = np.full((3, 3 * 32 * 32), np.nan)
    for place, image in enumerate(images):
        for rater, mask in image.masks("Tumor").items():
            table["abc".index(rater[0]), place * 1024 : (place + 1) * 1024] = mask.ravel()
    expected = krippendorff.alpha(table, level_of_measurement="nominal")
    assert pooled_alpha(images, "Tumor") == pytest.approx(expected, abs=1e-12)
    assert pooled_alpha(images[2:], "Tumor") is None
