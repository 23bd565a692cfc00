from statkit.training.epochs import Epochs


def openings(walk, told=False):
    epochs = Epochs()
    if told:
        epochs.start(0)
    return [epochs.sees(phase, index) for phase, index in walk]


def test_an_index_that_falls_to_zero_opens_an_epoch():
    walk = [("train", 0), ("train", 1), ("val", 0), ("val", 1), ("train", 0), ("train", 1), ("train", 0)]
    assert openings(walk) == [False, False, False, False, True, False, True]


def test_who_is_told_guesses_no_more():
    assert openings([("train", 0), ("train", 1), ("train", 0)], told=True) == [False] * 3


def test_indices_that_say_nothing_open_nothing():
    assert not any(openings([("train", 0)] * 3 + [("train", None), ("train", "x"), ("train", True)]))
