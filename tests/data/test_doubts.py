import pytest

from statkit.data import doubts
from statkit.records import Columns


def columns(**fields):
    count = len(next(iter(fields.values())))
    return Columns({"series": ["validation"] * count, "step": [500 * (n + 1) for n in range(count)]}, fields)


@pytest.mark.parametrize(
    ("quality", "loss", "bad"),
    [
        (0.0, 0.0, True),
        (0, None, True),
        (0.0, 0.5, False),
        (0.5, 0.0, False),
        (None, 0.0, True),
        (None, None, False),
        (0.6, 0.01, False),
        (float("nan"), 0.0, False),
    ],
)
@pytest.mark.parametrize("names", [("quality_ki_value", "validation_loss_value"), ("ki_quality", "val_loss")])
def test_zeros_before_a_validation(names, quality, loss, bad):
    table = columns(**{names[0]: [quality], names[1]: [loss]})
    assert doubts.unbelievable(table, names[0]) == [bad]
    assert doubts.unbelievable(table, names[1]) == [bad]
    assert doubts.unbelievable(table, "quality_gap_closed") == [bad]


def test_other_fields_are_believed():
    table = columns(quality_ki_value=[0.0], validation_loss_value=[0.0], iteration_duration=[0.0])
    assert doubts.unbelievable(table, "iteration_duration") == [False]
    assert doubts.support("iteration_duration") == ()


def test_one_missing_field_alone_is_judged_by_the_other():
    assert doubts.unbelievable(columns(quality_ki_value=[0.0, 0.5]), "quality_ki_value") == [True, False]
    assert doubts.unbelievable(columns(validation_loss_value=[0.0, 0.5]), "validation_loss_value") == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("loss", "total", "seconds", "bad"), [(0.0, 1, 0.1, True), (0.0, 1, 0.2, False), (0.5, 1, 0.1, False)]
)
def test_empty_updates(loss, total, seconds, bad):
    table = columns(total_loss_value=[loss], epoch_step_total=[total], iteration_duration=[seconds])
    assert doubts.unbelievable(table, "l1_loss_value") == [bad]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"quality_ki_value": [0.0], "validation_loss_value": [0.0]}, "no-validation-yet"),
        ({"quality_ki_value": [1.0]}, "non-finite"),
        ({"quality_ki_value": [62.1]}, "unit-suspect"),
        ({"layer_activity_map.A": [80, 0.5]}, "unit-suspect"),
    ],
)
def test_notices(fields, code):
    assert [notice.code for notice in doubts.notices(columns(**fields), "run")] == [code]


def test_sound_runs_raise_no_doubt():
    table = columns(quality_ki_value=[0.5, 0.6], validation_loss_value=[0.1, 0.2])
    table.fields["layer_activity_map.A"] = [80, 100]
    assert doubts.notices(table, "run") == []
    assert doubts.notices(Columns(), "run") == []
