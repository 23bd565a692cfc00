import numpy as np
import pytest

from statkit.analysis.bootstrap import block_length
from statkit.analysis.local_line import LocalLine
from statkit.analysis.ranking import rank
from statkit.analysis.smoothed_ranking import Level, _resampled
from statkit.errors import UsageError

N = 60
STEPS = [500 * k for k in range(N)]
CURVE = 30 * (1 - np.exp(-np.arange(N) / 12))


def series(seed):
    return (CURVE + np.random.default_rng(seed).standard_normal(N)).tolist()


@pytest.mark.parametrize("sign", [1, -1])
def test_smoothed_takes_the_top_of_the_smooth(sign):
    values = [sign * v for v in series(1)]
    smooth = sign * LocalLine.of(N).smooth(np.array(values))
    answer = rank(STEPS, values, direction="max" if sign == 1 else "min", pick="smoothed", top=3)
    assert [place.row for place in answer.places] == np.argsort(-smooth)[:3].tolist()
    first = answer.places[0]
    assert first.value == values[first.row]
    assert first.smoothed == pytest.approx(sign * smooth.max())


def test_smoothed_takes_the_smoothing_it_is_given():
    values = [0.0, 10.0, 0.0, 4.0, 5.0, 4.5, 5.5, 5.0]
    answer = rank(range(8), values, direction="max", pick="smoothed", smooth="median:3")
    # medians of three: 0 0 4 4 4.5 5 5 5
    assert (answer.places[0].step, answer.places[0].ties, answer.places[0].smoothed) == (5, (6, 7), 5.0)


def test_one_se_is_the_earliest_within_one_residual_deviation():
    values = series(2)
    line = LocalLine.of(N)
    smooth, sd = line.smooth(np.array(values)), line.residual_sd(np.array(values))
    expected = next(row for row in range(N) if smooth[row] >= smooth.max() - sd)
    answer = rank(STEPS, values, direction="max", pick="one-se")
    assert answer.places[0].row == expected
    assert answer.places[0].row < rank(STEPS, values, direction="max", pick="smoothed").places[0].row
    assert "one residual standard deviation" in answer.notes[0]


def test_rows_follow_the_input_not_the_step_order():
    values = series(3)
    backwards = rank(STEPS[::-1], values[::-1], direction="max", pick="smoothed").places[0]
    forwards = rank(STEPS, values, direction="max", pick="smoothed").places[0]
    assert (backwards.step, backwards.row) == (forwards.step, N - 1 - forwards.row)


def test_excluded_rows_do_not_reach_the_smooth():
    values = series(4)
    values[30] = 1e6
    excluded = [row == 30 for row in range(N)]
    kept = [row for row in range(N) if row != 30]
    answer = rank(STEPS, values, direction="max", pick="smoothed", excluded=excluded).places[0]
    alone = rank(
        [STEPS[r] for r in kept], [values[r] for r in kept], direction="max", pick="smoothed"
    ).places[0]
    assert (answer.step, answer.smoothed) == (alone.step, alone.smoothed)


@pytest.mark.parametrize("pick", ["value", "smoothed", "one-se"])
def test_ci_is_an_interval_with_its_caveat_and_repeats_itself(pick):
    answer = rank(STEPS, series(5), direction="max", pick=pick, ci=True, top=2)
    first, second = answer.places
    assert first.ci[0] < first.ci[1]
    assert first.optimism > 0
    assert second.ci is None
    assert "inconsistent" in answer.notes[-1]
    assert answer == rank(STEPS, series(5), direction="max", pick=pick, ci=True, top=2)


def test_the_pick_by_value_with_ci_is_the_pick_by_value():
    plain, with_ci = (rank(STEPS, series(6), direction="max", ci=ci).places[0] for ci in (False, True))
    assert (plain.row, plain.value, plain.rank) == (with_ci.row, with_ci.value, with_ci.rank)


def test_minimising_mirrors_maximising():
    up = rank(STEPS, series(7), direction="max", ci=True).places[0]
    down = rank(STEPS, [-v for v in series(7)], direction="min", ci=True).places[0]
    assert down.ci == pytest.approx((-up.ci[1], -up.ci[0]))
    assert down.optimism == pytest.approx(up.optimism)


def test_optimism_of_pure_noise_is_the_expected_maximum():
    """The mean of the largest of 60 standard normals is 2.319 (Harter 1961: 2.31928)."""
    rng = np.random.default_rng(8)
    told = [
        rank(STEPS, rng.standard_normal(N).tolist(), direction="max", ci=True).places[0].optimism
        for _ in range(40)
    ]
    assert np.mean(told) == pytest.approx(2.319, abs=0.25)


def test_the_interval_allows_for_the_picking():
    """On pure noise the level at the top of the smooth is below what the smooth says there."""
    rng = np.random.default_rng(11)
    places = [
        rank(STEPS, rng.standard_normal(N).tolist(), direction="max", pick="smoothed", ci=True).places[0]
        for _ in range(30)
    ]
    assert np.mean([sum(place.ci) / 2 - place.smoothed for place in places]) < -0.1
    assert np.mean([place.ci[0] <= 0 <= place.ci[1] for place in places]) >= 0.8


@pytest.mark.parametrize(("repeat", "block"), [(1, 1), (6, block_length(N))])
def test_resampled_residuals_keep_their_size(repeat, block):
    """One by one for white residuals, in blocks widened by 1/√(1 - block/n) where neighbours repeat."""
    values = np.tile(np.repeat([1.0, -1.0], repeat), N // (2 * repeat))
    level = Level(values, np.zeros(N), 2.0, lambda many: many)
    spread = np.sqrt(np.mean(_resampled(level, 0) ** 2))
    assert spread == pytest.approx(2.0 / np.sqrt(1 - block / N), rel=0.01)


def test_few_points_have_no_interval():
    answer = rank([1, 2, 3], [1.0, 2.0, 3.0], direction="max", pick="smoothed", ci=True)
    assert answer.places[0].ci is None
    assert answer.notes == ("3 points: fewer than the 8 an interval needs",)
    assert rank([1], [1.0], direction="max", pick="smoothed").places[0].smoothed == 1.0


def test_a_constant_series_is_all_ties():
    answer = rank(range(10), [2.0] * 10, direction="max", pick="smoothed", smooth="median:3", top=3)
    assert [place.rank for place in answer.places] == [1, 1, 1]
    assert len(answer.places[0].ties) == 9


def test_unknown_smoothing():
    with pytest.raises(UsageError, match="Possible"):
        rank(STEPS, series(9), direction="max", pick="smoothed", smooth="loess:2")


@pytest.mark.slow
@pytest.mark.parametrize("pick", ["value", "smoothed", "one-se"])
def test_the_interval_holds_the_level_most_of_the_time(pick):
    held = 0
    for seed in range(300):
        place = rank(STEPS, series(seed), direction="max", pick=pick, ci=True).places[0]
        held += place.ci[0] <= CURVE[place.row] <= place.ci[1]
    assert held / 300 >= 0.88
