import math

import pytest

from statkit.analysis.plotted.places import batch_epochs, elapsed, snapshot_epochs, time_unit


def test_a_snapshot_stands_at_the_epochs_done():
    found = snapshot_epochs([1, 1, 2, None], [400, 800, 200, 1], [800, 800, 800, 2])
    assert found.tolist() == pytest.approx([0.5, 1.0, 1.25, math.nan], nan_ok=True)


def test_a_snapshot_that_does_not_say_how_far_counts_its_epoch_as_done():
    assert snapshot_epochs([3, 3], [None, 5], [10, 0]).tolist() == [3.0, 3.0]


@pytest.mark.parametrize("first", [0, 1])
def test_batches_share_their_epoch_evenly(first):
    indices = [first + i for i in range(4)] * 2
    found = batch_epochs([0] * 4 + [1] * 4, indices, "train")
    assert found.tolist() == [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0]


def test_validation_stands_at_the_end_of_its_epoch():
    assert batch_epochs([0, 0, 1], [0, 1, 0], "val").tolist() == [1.0, 1.0, 2.0]


def test_a_sanity_check_has_no_epoch():
    assert math.isnan(batch_epochs([None, 0], [0, 0], "train")[0])


def test_elapsed_counts_from_the_first_record():
    assert elapsed([110.0, None], 100.0).tolist() == pytest.approx([10.0, math.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("seconds", "unit"), [(90, "s"), (600, "min"), (10_000, "h"), (3 * 86_400, "days"), (0, "s")]
)
def test_the_unit_fits_the_span(seconds, unit):
    assert time_unit(seconds)[1] == unit
