import pytest

from statkit.training import timing
from statkit.training.timing import StepTimer


class Clock:
    """Stands for time.perf_counter and for the device's clock."""

    def __init__(self):
        self.now = 100.0

    def perf_counter(self):
        return self.now

    mark = perf_counter


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timing, "time", clock)
    return clock


@pytest.fixture
def timer(clock):
    return StepTimer(lambda: clock)


def batch(timer, clock, phase="train", own=0.0, load=1.0, forward=0.25, rest=0.5):
    clock.now += load
    timer.forward_starts(phase == "train")
    clock.now += forward
    timer.forward_ends()
    clock.now += rest
    found = timer.step(phase, own), timer.marks()
    clock.now += 10.0  # the analysis itself
    timer.analysis_ends()
    return found


def test_a_step_runs_from_analysis_to_analysis_without_what_it_took(timer, clock):
    assert batch(timer, clock)[0] == pytest.approx(750)  # the first: from its forward on
    assert batch(timer, clock)[0] == pytest.approx(1750)
    assert batch(timer, clock, own=0.05)[0] == pytest.approx(1700)


def test_a_forward_has_its_own_marks(timer, clock):
    _, (first, last) = batch(timer, clock)
    assert last - first == pytest.approx(0.25)
    assert timer.marks() is None


def test_a_change_of_phase_breaks_the_row(timer, clock):
    batch(timer, clock)
    clock.now += 60
    assert batch(timer, clock, "val")[0] == pytest.approx(750)
    assert batch(timer, clock, "val")[0] == pytest.approx(1750)
    clock.now += 60
    assert batch(timer, clock)[0] == pytest.approx(750)


def test_a_validation_that_is_not_analysed_breaks_the_row(timer, clock):
    batch(timer, clock)
    clock.now += 5
    timer.forward_starts(False)
    timer.forward_ends()
    clock.now += 60
    assert batch(timer, clock)[0] == pytest.approx(750)


def test_an_interruption_breaks_the_row(timer, clock):
    batch(timer, clock)
    timer.interrupt()
    clock.now += 60
    assert batch(timer, clock)[0] == pytest.approx(750)


def test_without_hooks_there_is_a_step_but_no_forward(timer, clock):
    assert timer.step("train", 0.0) is None
    timer.analysis_ends()
    clock.now += 2.0
    assert timer.step("train", 0.0) == pytest.approx(2000)
    assert timer.marks() is None


def test_several_forwards_of_a_step_belong_to_it_and_the_last_is_timed(timer, clock):
    batch(timer, clock)
    for length in (0.5, 0.75):
        timer.forward_starts(True)
        clock.now += length
        timer.forward_ends()
    first, last = timer.marks()
    assert last - first == pytest.approx(0.75)
    assert timer.step("train", 0.0) == pytest.approx(1250)
