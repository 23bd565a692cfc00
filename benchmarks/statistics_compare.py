"""Error rates and coverage of the statistics of groups, by simulation.

Every function returns rows; `main` prints them as Markdown tables::

    python benchmarks/statistics_compare.py            # the tables of docs/statistics.md, minutes
    python benchmarks/statistics_compare.py --quick    # a tenth of the replicates
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray
from simulated.tables import Table, print_tables

from statkit.analysis.bootstrap import (
    block_length,
    moving_block_interval,
    moving_block_means,
    percentile_interval,
)
from statkit.analysis.comparison import compare
from statkit.analysis.distributions import student_quantile
from statkit.analysis.gating import gate
from statkit.analysis.groups import Group, Series
from statkit.analysis.permutation import permutation_test

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, ...]], Floats]

SHAPES: dict[str, Draw] = {
    "normal": lambda rng, size: rng.standard_normal(size),
    "skewed (log-normal, σ = 1)": lambda rng, size: rng.lognormal(0, 1, size) - np.exp(0.5),
    "heavy tails (t, 3 df)": lambda rng, size: rng.standard_t(3, size),
}
"""Distributions of a run's score, each with mean 0."""

SIDES = ((3, 3, 1.0), (5, 5, 1.0), (10, 10, 1.0), (3, 10, 1.0), (5, 5, 3.0), (10, 3, 3.0))
"""Candidate runs, baseline runs, and how many times as wide the baseline's spread is."""

_BOOTSTRAP = 1_000
_NORMAL = NormalDist()


def interval_coverage(replicates: int = 4_000, seed: int = 0) -> list[dict[str, Any]]:
    """Share of 95 % intervals of a difference of means that hold the true one, and their median width."""
    rows = []
    for name, draw in SHAPES.items():
        for n, m, wider in SIDES:
            rng = np.random.default_rng([seed, n, m])
            first, second = draw(rng, (replicates, n)), wider * draw(rng, (replicates, m))
            intervals = {
                "percentile": lambda x, y, r: _bootstrap_intervals(x, y, r)["percentile"],
                "BCa": lambda x, y, r: _bootstrap_intervals(x, y, r)["bca"],
                "bootstrap-t": lambda x, y, r: _bootstrap_intervals(x, y, r)["t"],
                "Welch t": _welch_intervals,
            }
            held = {way: _coverage(make, first, second, seed) for way, make in intervals.items()}
            some = min(replicates, 1_000)
            rows.append(
                {
                    "scores": name,
                    "runs": f"{n} / {m}" + (f", spread 1 : {wider:g}" if wider != 1 else ""),
                    **{way: f"{share:.1%}" for way, (share, _) in held.items()},
                    "permutation, inverted": f"{_permutation_coverage(first[:some], second[:some]):.1%}",
                    "width of bootstrap-t": f"{held['bootstrap-t'][1] / held['Welch t'][1]:.2f}",
                    "width of percentile": f"{held['percentile'][1] / held['Welch t'][1]:.2f}",
                }
            )
    return rows


def _coverage(
    make: Callable[[Floats, Floats, np.random.Generator], tuple[Floats, Floats]],
    first: Floats,
    second: Floats,
    seed: int,
) -> tuple[float, float]:
    rng = np.random.default_rng([seed, 99])
    parts = [
        make(x, y, rng)
        for x, y in zip(
            np.array_split(first, max(1, len(first) // 250)),
            np.array_split(second, max(1, len(first) // 250)),
            strict=True,
        )
    ]
    low, high = (np.concatenate(ends) for ends in zip(*parts, strict=True))
    return float(np.mean((low <= 0) & (high >= 0))), float(np.median(high - low))


def _welch_intervals(first: Floats, second: Floats, _: np.random.Generator) -> tuple[Floats, Floats]:
    n, m = first.shape[1], second.shape[1]
    a, b = first.var(axis=1, ddof=1) / n, second.var(axis=1, ddof=1) / m
    df = (a + b) ** 2 / (a**2 / (n - 1) + b**2 / (m - 1))
    half = np.array([student_quantile(0.975, round(d, 3)) for d in df.tolist()]) * np.sqrt(a + b)
    middle = first.mean(axis=1) - second.mean(axis=1)
    return middle - half, middle + half


def _bootstrap_intervals(
    first: Floats, second: Floats, rng: np.random.Generator
) -> dict[str, tuple[Floats, Floats]]:
    """Percentile, BCa (Efron 1987) and bootstrap-t (Hall 1988) intervals, one a row."""
    means, errors = [], []
    for scores in (first, second):
        rows, n = scores.shape
        taken = np.take_along_axis(
            np.broadcast_to(scores[:, None, :], (rows, _BOOTSTRAP, n)),
            rng.integers(0, n, size=(rows, _BOOTSTRAP, n)),
            axis=2,
        )
        means.append(taken.mean(axis=2))
        errors.append(taken.var(axis=2, ddof=1) / n)
    draws = means[0] - means[1]
    middle = first.mean(axis=1) - second.mean(axis=1)
    return {
        "percentile": tuple(np.quantile(draws, [0.025, 0.975], axis=1)),
        "bca": _bca(draws, middle, first, second),
        "t": _studentised(draws, middle, np.sqrt(errors[0] + errors[1]), first, second),
    }  # type: ignore[return-value]


def _bca(draws: Floats, middle: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    below = (np.mean(draws < middle[:, None], axis=1) + np.mean(draws <= middle[:, None], axis=1)) / 2
    bias = np.array([_NORMAL.inv_cdf(share) for share in np.clip(below, 1e-4, 1 - 1e-4).tolist()])
    pulls = np.concatenate(
        [
            (first - first.mean(axis=1, keepdims=True)) / first.shape[1],
            -(second - second.mean(axis=1, keepdims=True)) / second.shape[1],
        ],
        axis=1,
    )
    acceleration = (pulls**3).sum(axis=1) / (6 * (pulls**2).sum(axis=1) ** 1.5)
    ends = []
    for z in (_NORMAL.inv_cdf(0.025), _NORMAL.inv_cdf(0.975)):
        shifted = bias + (bias + z) / (1 - acceleration * (bias + z))
        share = np.array([_NORMAL.cdf(value) for value in shifted.tolist()])
        place = np.clip((share * _BOOTSTRAP).astype(int), 0, _BOOTSTRAP - 1)
        ends.append(np.take_along_axis(np.sort(draws, axis=1), place[:, None], axis=1)[:, 0])
    return ends[0], ends[1]


def _studentised(
    draws: Floats, middle: Floats, errors: Floats, first: Floats, second: Floats
) -> tuple[Floats, Floats]:
    """Resamples without any spread have no t; they are left out."""
    own = np.sqrt(first.var(axis=1, ddof=1) / first.shape[1] + second.var(axis=1, ddof=1) / second.shape[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(errors > 1e-12, (draws - middle[:, None]) / errors, np.nan)
    low, high = np.nanquantile(ratios, [0.025, 0.975], axis=1)
    return middle - high * own, middle - low * own


def _permutation_coverage(first: Floats, second: Floats) -> float:
    """Share of replicates whose true difference, 0, the permutation test does not reject at 5 %."""
    kept = [permutation_test(x, y).p_value > 0.05 for x, y in zip(first[:1000], second[:1000], strict=True)]
    return float(np.mean(kept))


def group_coverage(replicates: int = 4_000, seed: int = 1) -> list[dict[str, Any]]:
    """Share of 95 % intervals of one group's mean and interquartile mean that hold the true one."""
    rows = []
    for name, draw in SHAPES.items():
        truth = _true_iqm(draw)
        for n in (3, 5, 10, 20):
            rng = np.random.default_rng([seed, n])
            scores = np.sort(draw(rng, (replicates, n)), axis=1)
            half = student_quantile(0.975, n - 1) * scores.std(axis=1, ddof=1) / np.sqrt(n)
            held_mean = np.mean(np.abs(scores.mean(axis=1)) <= half)
            cut = n // 4
            hits = 0
            for own in np.array_split(scores, max(1, replicates // 250)):
                taken = np.sort(rng.integers(0, n, size=(len(own), _BOOTSTRAP, n)), axis=2)
                picked = np.take_along_axis(own[:, None, :], taken, axis=2)
                low, high = np.quantile(picked[:, :, cut : n - cut].mean(axis=2), [0.025, 0.975], axis=1)
                hits += int(np.count_nonzero((low <= truth) & (high >= truth)))
            rows.append(
                {
                    "scores": name,
                    "runs": n,
                    "`ci`: mean, Student t": f"{held_mean:.1%}",
                    "`iqm_ci`: IQM, percentile bootstrap": f"{hits / replicates:.1%}",
                }
            )
    return rows


def _true_iqm(draw: Draw) -> float:
    many = np.sort(draw(np.random.default_rng(12345), (4_000_000,)))
    return float(many[1_000_000:3_000_000].mean())


def verdict_rates(replicates: int = 2_000, seed: int = 2) -> list[dict[str, Any]]:
    """How often `compare` says better or worse, for true differences of 0, 1 and 2 deviations."""
    rows = []
    for name, draw in SHAPES.items():
        for n, m, wider in SIDES:
            told: dict[str, str] = {}
            for gap in (0.0, 1.0, 2.0):
                rng = np.random.default_rng([seed, n, m, int(gap)])
                scale = _deviation(draw)
                verdicts = [
                    _verdict(gap * scale + draw(rng, (n,)), wider * draw(rng, (m,)))
                    for _ in range(replicates)
                ]
                better, worse = verdicts.count("better") / replicates, verdicts.count("worse") / replicates
                if gap == 0:
                    told["true 0: better"], told["worse"] = f"{better:.1%}", f"{worse:.1%}"
                else:
                    told[f"true {gap:g} sd: better"] = f"{better:.0%}"
            rows.append(
                {
                    "scores": name,
                    "runs": f"{n} / {m}" + (f", spread 1 : {wider:g}" if wider != 1 else ""),
                    **told,
                }
            )
    return rows


def _deviation(draw: Draw) -> float:
    return float(draw(np.random.default_rng(7), (200_000,)).std())


def _verdict(candidate: Floats, baseline: Floats) -> str:
    groups = [_group("baseline", baseline), _group("candidate", candidate)]
    return compare(groups, metric="score", direction="max", at="last", resamples=100).comparisons[0].verdict


def _group(name: str, scores: Floats) -> Group:
    return Group(name, [Series(f"{name}-{i}", [1], [score]) for i, score in enumerate(scores.tolist())])


def gate_rates(replicates: int = 4_000, seed: int = 3) -> list[dict[str, Any]]:
    """Verdicts of `gate` for a margin of so many deviations, and a true loss of 0, 1 and 2 margins."""
    rows = []
    for k, m in ((1, 5), (1, 10), (2, 5), (3, 3), (5, 5), (10, 10)):
        for margin in (1.0, 2.0, 4.0):
            told = {}
            for margins_lost in (0, 1, 2):
                rng = np.random.default_rng([seed, k, m, int(margin), margins_lost])
                verdicts = [
                    gate(
                        10 - margins_lost * margin + rng.standard_normal(k),
                        10 + rng.standard_normal(m),
                        metric="score",
                        direction="max",
                        margin=f"-{margin}",
                    ).verdict
                    for _ in range(replicates)
                ]
                told[f"loss of {margins_lost} margins"] = " / ".join(
                    f"{verdicts.count(v) / replicates:.0%}" if v != "too-little-evidence" else "–"
                    for v in ("pass", "regression")
                )
            rows.append({"candidates / baselines": f"{k} / {m}", "margin in sd": margin, **told})
    return rows


def block_coverage(replicates: int = 2_000, seed: int = 4) -> list[dict[str, Any]]:
    """Share of 95 % moving-block intervals that hold the mean of AR(1) noise (plain: n^(1/3), unwidened)."""
    rows = []
    for n in (8, 16, 50, 200):
        told = {}
        for phi in (0.0, 0.3, 0.6, 0.8):
            rng = np.random.default_rng([seed, n, int(10 * phi)])
            plain = ours = 0
            for _ in range(replicates):
                series = _ar1(rng, n, phi)
                short = math.ceil(round(math.cbrt(n), 9))
                plain += _holds_zero(percentile_interval(moving_block_means(series, short, 500, rng)))
                ours += _holds_zero(moving_block_interval(series, resamples=500, rng=rng))
            told[f"φ = {phi:g}"] = f"{ours / replicates:.1%} ({plain / replicates:.1%})"
        rows.append({"validations": n, "block": block_length(n), **told})
    return rows


def _ar1(rng: np.random.Generator, n: int, phi: float) -> Floats:
    noise = rng.standard_normal(n)
    series = np.empty(n)
    series[0] = noise[0] / np.sqrt(1 - phi**2)
    for i in range(1, n):
        series[i] = phi * series[i - 1] + noise[i]
    return series


def _holds_zero(interval: tuple[float, float] | None) -> bool:
    return interval is not None and interval[0] <= 0 <= interval[1]


def speed(repeats: int = 5) -> list[dict[str, Any]]:
    """CPU time of `compare` beside scipy's permutation test and bootstrap on the same scores."""
    from scipy import stats

    rng = np.random.default_rng(5)
    steps = np.arange(1, 201) * 500
    groups = [
        Group(
            name, [Series(f"{name}-{i}", steps, rng.normal(0.6 + shift, 0.01, 200), key=i) for i in range(10)]
        )
        for name, shift in (("baseline", 0.0), ("candidate", 0.005))
    ]
    result = compare(groups, metric="score", direction="max")
    baseline, candidate = (np.array(group.values) for group in result.groups)

    def gap(x: Floats, y: Floats, axis: int) -> Floats:
        return np.asarray(x.mean(axis=axis) - y.mean(axis=axis))

    def peers() -> None:
        stats.permutation_test((candidate, baseline), gap, n_resamples=200_000, vectorized=True, rng=1)
        stats.bootstrap((candidate, baseline), gap, n_resamples=10_000, method="percentile", rng=1)

    ours = _cpu(lambda: compare(groups, metric="score", direction="max"), repeats)
    theirs = _cpu(peers, repeats)
    return [
        {
            "2 × 10 runs × 200 validations, 10,000 resamples": "statkit compare, everything in its result",
            "CPU seconds": f"{ours:.3f}",
            "ratio": "1",
        },
        {
            "2 × 10 runs × 200 validations, 10,000 resamples": "scipy: the exact test and one bootstrap",
            "CPU seconds": f"{theirs:.3f}",
            "ratio": f"{theirs / ours:.1f}",
        },
    ]


def _cpu(work: Callable[[], object], repeats: int) -> float:
    """Median CPU seconds of one call."""
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return sorted(taken)[len(taken) // 2]


def main(arguments: Iterable[str] | None = None) -> None:
    tables: dict[str, tuple[Table, int]] = {
        "interval_coverage": (interval_coverage, 4_000),
        "group_coverage": (group_coverage, 4_000),
        "verdict_rates": (verdict_rates, 2_000),
        "gate_rates": (gate_rates, 4_000),
        "block_coverage": (block_coverage, 2_000),
        "speed": (speed, 50),
    }
    print_tables(__doc__, tables, arguments)


if __name__ == "__main__":
    main()
