import math

import numpy as np
import pytest
from scipy import stats

from statkit.analysis.plotted.curves import Rows
from statkit.analysis.plotted.means import group_curve
from statkit.analysis.smoothing import parse_smoothing
from statkit.errors import EmptySeriesError, UsageError


def member(name, values, steps=None, believed=None, xs=None):
    steps = list(range(100, 100 * len(values) + 1, 100)) if steps is None else steps
    return Rows(
        side="g",
        run=name,
        steps=steps,
        xs=steps if xs is None else xs,
        values=values,
        believed=[True] * len(values) if believed is None else believed,
        segments=[0] * len(values),
    )


TABLE = np.random.default_rng(0).normal(0.5, 0.1, (5, 12))
MEMBERS = [member(f"seed-{i}", row.tolist()) for i, row in enumerate(TABLE)]


def test_the_band_is_students_interval_of_the_mean():
    curve = group_curve("g", MEMBERS, "max")
    for step in range(12):
        column = TABLE[:, step]
        low, high = stats.t.interval(0.95, 4, loc=column.mean(), scale=stats.sem(column))
        assert (curve.means[step], curve.lows[step], curve.highs[step]) == pytest.approx(
            (column.mean(), low, high)
        )
    assert curve.n == 5
    best = int(np.argmax(TABLE.mean(axis=0)))
    assert (curve.best.step, curve.best.value) == (100 * (best + 1), pytest.approx(TABLE.mean(axis=0).max()))


@pytest.mark.parametrize(
    ("band", "low", "high"),
    [
        ("sd", TABLE.mean(0) - TABLE.std(0, ddof=1), TABLE.mean(0) + TABLE.std(0, ddof=1)),
        ("range", TABLE.min(0), TABLE.max(0)),
    ],
)
def test_other_bands(band, low, high):
    curve = group_curve("g", MEMBERS, "max", band=band)
    assert curve.lows.tolist() == pytest.approx(low.tolist())
    assert curve.highs.tolist() == pytest.approx(high.tolist())


def test_one_run_has_no_band():
    curve = group_curve("g", MEMBERS[:1], "max")
    assert np.isnan(curve.lows).all()
    assert curve.means.tolist() == pytest.approx(TABLE[0].tolist())


def test_only_steps_that_every_run_has_count():
    curve = group_curve("g", [member("a", [1.0, 2.0, 3.0]), member("b", [3.0, 4.0])], "max")
    assert curve.steps.tolist() == [100, 200]
    assert curve.means.tolist() == [2.0, 3.0]


def test_interpolation_takes_every_step_within():
    members = [member("a", [0.0, 10.0], steps=[0, 100]), member("b", [0.0, 5.0, 10.0], steps=[0, 50, 100])]
    curve = group_curve("g", members, "max", align="interp")
    assert curve.steps.tolist() == [0, 50, 100]
    assert curve.means.tolist() == [0.0, 5.0, 10.0]


def test_what_is_not_believed_and_what_is_not_finite_do_not_count():
    members = [
        member("a", [0.0, 2.0, 3.0], believed=[False, True, True]),
        member("b", [1.0, math.nan, 5.0]),
        member("c", [math.nan] * 3),
    ]
    curve = group_curve("g", members, "max")
    assert curve.steps.tolist() == [300]
    assert curve.means.tolist() == [4.0]
    assert (curve.runs, curve.left_out) == (("a", "b"), ("c",))


def test_places_are_the_mean_of_the_runs():
    members = [member("a", [1.0, 2.0], xs=[0.0, 10.0]), member("b", [1.0, 2.0], xs=[0.0, 20.0])]
    assert group_curve("g", members, "max").xs.tolist() == [0.0, 15.0]


def test_the_mean_is_smoothed_the_band_is_not():
    plain = group_curve("g", MEMBERS, "max")
    smooth = group_curve("g", MEMBERS, "max", smoothing=parse_smoothing("median:3"))
    assert smooth.lows.tolist() == plain.lows.tolist()
    assert smooth.smoothed[3] == pytest.approx(np.median(TABLE.mean(0)[2:5]))


def test_runs_that_share_no_step_say_what_to_do():
    members = [member("a", [1.0], steps=[100]), member("b", [1.0], steps=[150])]
    with pytest.raises(UsageError, match=r"share no step.*--align interp"):
        group_curve("g", members, "max")


def test_a_group_without_a_value_is_an_error():
    with pytest.raises(EmptySeriesError, match="no run of this group"):
        group_curve("g", [member("a", [math.nan])], "max")


def test_an_unknown_band_names_those_there_are():
    with pytest.raises(UsageError, match="ci, sd, range, none"):
        group_curve("g", MEMBERS, "max", band="iqr")
