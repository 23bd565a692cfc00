import numpy as np
import pytest

from statkit.analysis.curves import WITHIN_THIS_RUN, curve_difference, time_to_target
from statkit.analysis.groups import ScoredRun


def run(steps, values):
    return ScoredRun("r", None, "r", np.array(steps), np.array(values, float), 0.0, len(steps))


def against(candidate, baseline, align="exact", direction="max"):
    return curve_difference(candidate, baseline, direction=direction, align=align, resamples=500, seed=0)


def test_differences_are_candidate_minus_baseline_at_shared_steps():
    curves = against(run([100, 200, 400], [1, 3, 5]), run([100, 300, 400], [2, 2, 2]))
    assert curves.label == WITHIN_THIS_RUN == "within this run only"
    assert curves.differences == ((100, -1.0), (400, 3.0))
    assert curves.mean_difference == 1.0
    assert curves.area == 300.0  # (−1 + 3)/2 over 300 steps
    assert curves.ci is None


def test_alignment_is_used():
    curves = against(run([100, 200, 400], [1, 3, 5]), run([100, 300, 400], [2, 2, 2]), "interp")
    assert curves.differences == ((100, -1.0), (200, 1.0), (300, 2.0), (400, 3.0))


def test_curves_that_never_meet():
    curves = against(run([1, 2], [1, 1]), run([3, 4], [1, 1]))
    assert curves.differences == ()
    assert curves.mean_difference is curves.area is curves.ci is None


def test_interval_holds_the_mean_and_shrinks_to_it_without_noise():
    steps = np.arange(40)
    noise = np.random.default_rng(0).normal(0, 0.1, 40)
    curves = against(run(steps, 1 + noise), run(steps, np.zeros(40)))
    low, high = curves.ci
    assert low < curves.mean_difference < high
    assert high - low < 0.2
    assert curves.block_length == 7
    still = against(run(steps, np.ones(40)), run(steps, np.zeros(40)))
    assert still.ci == (pytest.approx(1.0), pytest.approx(1.0))


@pytest.mark.parametrize("direction", ["max", "min"])
def test_time_to_the_best_value_both_reach(direction):
    flip = 1 if direction == "max" else -1
    quick = run([10, 20, 30], flip * np.array([0.4, 0.7, 0.9]))
    slow = run([10, 20, 30, 40], flip * np.array([0.1, 0.3, 0.6, 0.65]))
    reached = time_to_target(quick, slow, direction)
    assert reached.target == flip * 0.65
    assert (reached.candidate, reached.baseline) == (20, 40)
