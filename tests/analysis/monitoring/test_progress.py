"""How far a run has come."""

import pytest

from statkit.analysis.monitoring.progress import batches_of_epoch, planned, progress_of


def test_a_snapshot_says_all():
    record = {"step_max": 100_000, "epoch_step_current": 235, "epoch_step_total": 1000}
    found = progress_of(7500, 8, record, {}, 0.25)
    assert (found.step, found.total_steps, found.fraction) == (7500, 100_000, 0.075)
    assert (found.epoch, found.total_epochs, found.epoch_fraction) == (8, 100, 0.235)
    assert found.eta_s == 92_500 * 0.25
    assert found.epoch_eta_s == 765 * 0.25


def test_hyperparameters_say_what_records_do_not():
    found = progress_of(50, 1, {}, {"train.max_steps": 200, "optim.epochs": 4}, 2.0)
    assert (found.total_steps, found.total_epochs, found.eta_s) == (200, 4, 300.0)


def test_nothing_known_is_none():
    found = progress_of(None, None, {}, {}, 1.0)
    assert found.to_dict() == dict.fromkeys(found.to_dict())


def test_an_empty_update_is_no_epoch_and_more_steps_than_planned_are_all():
    found = progress_of(120, 1, {"step_max": 100, "epoch_step_total": 1, "epoch_step_current": 0}, {}, 1.0)
    assert found.epoch_fraction is None
    assert found.fraction == 1.0
    assert found.eta_s == 0.0


@pytest.mark.parametrize("value", [0, -5, 1.5, float("nan"), float("inf"), "100", True, None, [100]])
def test_what_is_no_plan_is_not_taken_for_one(value):
    assert planned({"steps": value}, ("steps",)) is None


def test_the_top_goes_before_what_is_nested_and_names_go_in_order():
    assert planned({"a.steps": 5, "steps": 7}, ("max_steps", "steps")) == 7
    assert planned({"a.max_steps": 5, "steps": 7}, ("max_steps", "steps")) == 7
    assert planned({"a.max_steps": 5.0}, ("max_steps", "steps")) == 5


def rows(*epochs):
    """Records of epochs, each a number of training batches and of validation batches."""
    made = [
        (epoch, phase, index)
        for epoch, counts in enumerate(epochs)
        for phase, count in zip(("train", "val"), counts, strict=True)
        for index in range(count)
    ]
    return [list(column) for column in zip(*made, strict=True)] or [[], [], []]


@pytest.mark.parametrize(
    ("epochs", "done"),
    [
        ([(10, 2), (4, 0)], (4, 10)),
        ([(10, 2), (10, 1)], (10, 10)),
        ([(3, 0), (10, 2), (1, 0)], (1, 10)),
        ([(10, 2)], None),
        ([(10, 2), (11, 0)], None),
        ([], None),
    ],
)
def test_batches_say_how_far_the_epoch_is_by_the_one_before(epochs, done):
    found = batches_of_epoch(*rows(*epochs))
    assert found == (
        {} if done is None else dict(zip(("epoch_step_current", "epoch_step_total"), done, strict=True))
    )


def test_the_epochs_planned_tell_the_steps():
    found = progress_of(15, 2, {"epoch_step_current": 5, "epoch_step_total": 10}, {"epochs": 6}, 0.5)
    assert (found.total_steps, found.fraction, found.eta_s) == (60, 0.25, 22.5)
