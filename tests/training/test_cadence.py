import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.errors import UsageError
from statkit.training.cadence import Cadence


def numbers(turns, what):
    return [turn.number for turn in turns if getattr(turn, what)]


def test_training_batches_are_counted_over_epochs():
    cadence = Cadence()
    turns = []
    for _epoch in range(3):
        cadence.start_epoch()
        turns += [cadence.turn("train") for _ in range(70)]
    assert numbers(turns, "detailed") == list(range(20, 211, 20))
    assert numbers(turns, "dashboard") == [100, 200]


def test_the_first_validation_batches_of_each_epoch_get_everything():
    cadence = Cadence()
    turns = []
    for _epoch in range(2):
        cadence.start_epoch()
        turns += [cadence.turn("val") for _ in range(8)]
    assert numbers(turns, "dashboard") == [1, 2, 3, 4, 5, 9, 10, 11, 12, 13]
    assert numbers(turns, "detailed") == numbers(turns, "dashboard")


def test_phases_do_not_count_for_each_other():
    cadence = Cadence(analysis_freq=2)
    assert cadence.turn("train").number == 1
    assert cadence.turn("val").number == 1
    assert cadence.turn("train").dashboard


@given(
    st.integers(0, 7), st.integers(0, 7), st.integers(0, 4), st.lists(st.sampled_from(["train", "val", None]))
)
def test_peek_tells_what_turn_will_give(dashboards, details, first, walk):
    cadence = Cadence(dashboards, details, first)
    train, in_epoch = 0, 0
    for phase in walk:
        if phase is None:
            cadence.start_epoch()
            in_epoch = 0
            continue
        told = cadence.peek(phase)
        turn = cadence.turn(phase)
        assert told == turn
        if phase == "train":
            train += 1
            assert turn.dashboard == (dashboards > 0 and train % dashboards == 0)
            assert turn.detailed == (turn.dashboard or (details > 0 and train % details == 0))
        else:
            in_epoch += 1
            assert turn.dashboard == turn.detailed == (in_epoch <= first)


@pytest.mark.parametrize("bad", [-1, 1.5, "20", None])
def test_what_is_no_frequency_is_refused(bad):
    with pytest.raises(UsageError, match="detailed_freq is"):
        Cadence(detailed_freq=bad)
