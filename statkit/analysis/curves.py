"""One run against one run: what two curves can say without any second run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from statkit.analysis.alignment import Align, common_steps, values_at
from statkit.analysis.bootstrap import LEAST_FOR_BLOCKS, block_length, generator, moving_block_interval
from statkit.analysis.groups import ScoredRun
from statkit.analysis.result import Result
from statkit.analysis.scores import area
from statkit.schema import Direction

WITHIN_THIS_RUN: Final = "within this run only"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeToTarget:
    """The first step at which each run is as good as the weaker of the two ever gets.

    Attributes
    ----------
    target : float
        The best value that both runs reach, in the metric's unit.
    baseline, candidate : int or float
        Steps.
    """

    target: float
    baseline: float
    candidate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveDifference(Result):
    """Two curves on common steps.

    Attributes
    ----------
    label : str
        ``within this run only``: nothing here speaks of another run of the same settings.
    align : str
        How the two were brought onto common steps.
    differences : tuple of (step, float)
        Candidate − baseline at each common step.
    mean_difference : float or None
        Mean of the differences; None without a common step.
    ci : tuple of float or None
        95 % moving-block-bootstrap interval of that mean; None with fewer than eight common steps.
    block_length : int or None
        Neighbouring steps per block.
    area : float or None
        Signed area between the curves, in the metric's unit times steps; None with one common step.
    time_to_target : TimeToTarget
        Who was there first.
    """

    label: str
    align: str
    differences: tuple[tuple[float, float], ...]
    mean_difference: float | None
    ci: tuple[float, float] | None
    block_length: int | None
    area: float | None
    time_to_target: TimeToTarget


def curve_difference(
    candidate: ScoredRun,
    baseline: ScoredRun,
    *,
    direction: Direction,
    align: Align,
    resamples: int,
    seed: int,
) -> CurveDifference:
    """Compare two runs step by step.

    Parameters
    ----------
    candidate, baseline : ScoredRun
        Each with one finite value or more.
    direction : {"max", "min"}
        Which value is better.
    align : {"exact", "interp", "locf"}
        How they come onto common steps.
    resamples, seed : int
        Of the moving-block bootstrap (Künsch 1989), which takes the differences for stationary: a
        gap that opens as training goes on makes its interval too narrow.
    """
    steps = common_steps([baseline.steps, candidate.steps], align)
    gaps = values_at(candidate.steps, candidate.values, steps, align) - values_at(
        baseline.steps, baseline.values, steps, align
    )
    return CurveDifference(
        label=WITHIN_THIS_RUN,
        align=align,
        differences=tuple(zip(steps.tolist(), gaps.tolist(), strict=True)),
        mean_difference=float(gaps.mean()) if len(gaps) else None,
        ci=moving_block_interval(gaps, resamples=resamples, rng=generator(seed, 3)),
        block_length=block_length(len(gaps)) if len(gaps) >= LEAST_FOR_BLOCKS else None,
        area=area(steps, gaps) if len(gaps) > 1 else None,
        time_to_target=time_to_target(candidate, baseline, direction),
    )


def time_to_target(candidate: ScoredRun, baseline: ScoredRun, direction: Direction) -> TimeToTarget:
    """Give the step at which each run first reaches the best value that both reach."""
    bests = [
        float(run.values.max() if direction == "max" else run.values.min()) for run in (candidate, baseline)
    ]
    target = min(bests) if direction == "max" else max(bests)

    def reached(run: ScoredRun) -> float:
        there = run.values >= target if direction == "max" else run.values <= target
        step: float = run.steps[int(np.argmax(there))].item()
        return step

    return TimeToTarget(target=target, baseline=reached(baseline), candidate=reached(candidate))
