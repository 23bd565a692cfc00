import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from statkit.analysis.noise_floor import noise_floor
from statkit.errors import EmptySeriesError, UsageError

SCORES = [0.61, 0.64, 0.6, 0.66, 0.63]


def test_spread_and_its_interval():
    floor = noise_floor(SCORES)
    sd = np.std(SCORES, ddof=1)
    assert (floor.n, floor.mean, floor.sd) == (5, pytest.approx(np.mean(SCORES)), pytest.approx(sd))
    limits = sd * np.sqrt(4 / stats.chi2.ppf([0.975, 0.025], 4))
    assert floor.sd_ci == pytest.approx(tuple(limits))
    assert floor.range == (0.6, 0.66)
    assert floor.single_run_difference == pytest.approx(stats.t.ppf(0.975, 4) * sd * math.sqrt(2))
    assert floor.minimum_detectable == pytest.approx(
        sd * TTestIndPower().solve_power(nobs1=5, alpha=0.05, power=0.8), rel=1e-5
    )


def test_runs_needed():
    floor = noise_floor(SCORES, differences=[-0.01])
    assert [need.difference for need in floor.runs_needed] == pytest.approx(
        [0.01, floor.sd / 2, floor.sd, 2 * floor.sd]
    )
    # half, one and two standard deviations: Cohen 1988
    assert [need.runs_per_side for need in floor.runs_needed[1:]] == [64, 17, 6]
    asked = floor.runs_needed[0]
    exact = TTestIndPower().solve_power(effect_size=0.01 / floor.sd, alpha=0.05, power=0.8)
    assert asked.runs_per_side == math.ceil(exact)
    upper = TTestIndPower().solve_power(effect_size=0.01 / floor.sd_ci[1], alpha=0.05, power=0.8)
    assert asked.runs_per_side_at_upper_sd == math.ceil(upper)
    assert asked.in_sd == pytest.approx(0.01 / floor.sd)


def test_two_further_runs_differ_by_less_in_nineteen_of_twenty():
    rng = np.random.default_rng(0)
    beyond = [
        abs(np.diff(rng.normal(size=2))[0]) > noise_floor(rng.normal(size=5), in_sd=()).single_run_difference
        for _ in range(4_000)
    ]
    assert np.mean(beyond) == pytest.approx(0.05, abs=0.012)


def test_one_run_has_no_spread():
    floor = noise_floor([0.6, math.nan])
    assert (floor.n, floor.sd, floor.sd_ci, floor.runs_needed) == (1, None, None, ())
    assert "one run has no spread" in floor.note


def test_copies_have_no_spread_to_plan_with():
    floor = noise_floor([0.6] * 4, differences=[0.01])
    assert floor.sd == 0
    assert floor.minimum_detectable is None
    assert floor.runs_needed == ()
    assert "same score" in floor.note


def test_what_cannot_be_measured():
    with pytest.raises(EmptySeriesError):
        noise_floor([math.nan])
    with pytest.raises(UsageError, match="cannot be planned"):
        noise_floor(SCORES, differences=[0.0])
