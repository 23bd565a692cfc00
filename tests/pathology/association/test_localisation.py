import numpy as np
import pytest

from statkit.pathology.association.localisation import localise
from statkit.pathology.association.located import locate
from statkit.pathology.association.patients import Patients
from statkit.pathology.resampling import cluster_interval

RNG = np.random.default_rng(0)
PLANES = list(RNG.normal(size=(14, 6, 6)))
MASKS = list(RNG.random((14, 12, 12)) < 0.3)
OWNERS = Patients.of([at // 2 for at in range(14)], 14)


def test_a_row_is_the_mean_over_its_images():
    (row,) = localise("bam", PLANES, {"nuclei": MASKS}, OWNERS, tolerance=1.0)
    each = [locate(p, {"m": m}, tolerance=1.0)["m"] for p, m in zip(PLANES, MASKS, strict=True)]
    for name in ("area", "pointing_game", "pointing_chance", "energy", "lift", "roc_auc", "iou", "dice"):
        assert getattr(row, name) == pytest.approx(np.mean([getattr(image, name) for image in each]))
    assert row.lift_ci == cluster_interval(np.array([image.lift for image in each]), OWNERS.owners)
    assert (row.n_images, row.n_patients, row.insufficient, row.tolerance_px) == (14, 7, False, 1.0)


def test_images_that_say_nothing_are_counted_by_their_reason():
    planes = [None, PLANES[1] * np.nan, np.ones((6, 6)), *PLANES[3:]]
    masks = [*MASKS[:3], MASKS[3] & False, MASKS[4] | True, None, *MASKS[6:]]
    names = [0, 0, 0, 1, 1, 1, 2, 3, 3, 3, 4, 4, 5, 6]
    (row,) = localise("bam", planes, {"nuclei": masks}, Patients.of(names, 14))
    assert (row.n_missing, row.n_nonfinite, row.n_constant, row.n_empty, row.n_full) == (2, 1, 1, 1, 1)
    assert (row.n_images, row.n_patients, row.insufficient) == (8, 5, True)
    (kept,) = localise("bam", PLANES[6:], {"nuclei": MASKS[6:]}, Patients.of(names[6:], 8))
    assert row.iou == kept.iou
    assert row.iou_ci == kept.iou_ci


@pytest.mark.parametrize(("count", "insufficient"), [(9, True), (10, False)])
def test_ten_images_are_the_least(count, insufficient):
    (row,) = localise("bam", PLANES[:count], {"nuclei": MASKS[:count]}, Patients.of(None, count))
    assert (row.n_images, row.insufficient) == (count, insufficient)


def test_without_an_image_there_are_no_means():
    (row,) = localise("bam", [None], {"nuclei": [None]}, Patients.of(None, 1))
    assert row.n_images == 0
    assert row.lift is row.lift_ci is row.area is None
    assert row.insufficient


def test_a_table_row_has_both_ends_of_each_interval():
    (row,) = localise("bam", PLANES, {"nuclei": MASKS}, OWNERS)
    (told,) = row.rows()
    assert (told["iou_ci_low"], told["iou_ci_high"]) == row.iou_ci
    assert not any(isinstance(value, list | dict) for value in told.values())
    (none,) = localise("bam", [None], {"nuclei": [None]}, Patients.of(None, 1))
    assert none.rows()[0].keys() == told.keys()
