"""How often the statistics of one series are right: nominal against actual, by simulation.

``python benchmarks/statistics_trend.py [REPLICATES]`` prints the tables of docs/statistics.md as Markdown.
Every number is a share of replicates in per cent unless its column says otherwise. With 2,000 replicates,
as in the document, false alarms rest on 6,000 series a row (standard error of a 5 % share: 0.3), power and
coverage on 1,000, the rest on 400.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from statkit.analysis import mann_kendall
from statkit.analysis.arrays import Floats
from statkit.analysis.ranking import rank
from statkit.analysis.spikes import spike_rows
from statkit.analysis.trends import trend

Row = dict[str, Any]
LENGTHS = (20, 40, 100, 200)
PHIS = (0.0, 0.3, 0.6)


def noise(phi: float, n: int, rng: np.random.Generator) -> Floats:
    """Give AR(1) noise of standard deviation 1, stationary from its first value."""
    drawn = rng.standard_normal(n) * math.sqrt(1 - phi * phi)
    drawn[0] /= math.sqrt(1 - phi * phi)
    for row in range(1, n):
        drawn[row] += phi * drawn[row - 1]
    return drawn


def saturating(n: int, scale: float, gain: float = 30.0) -> Floats:
    """Give a learning curve 1 - exp(-t/scale), rising by ``gain`` from its first point to its last."""
    curve = 1 - np.exp(-np.arange(n) / scale)
    return gain * curve / curve[-1]


def cubic_p(values: Floats) -> float:
    """Give the p of the variant: phi of a cubic's residuals, (n·phi + 4)/(n - 8), normal reference.

    NaN below 15 points.
    """
    n = len(values)
    if n < 15:
        return math.nan
    position = np.linspace(-1, 1, n)
    residuals = values - np.polyval(np.polyfit(position, values, 3), position)
    raw = float(residuals[1:] @ residuals[:-1] / (residuals @ residuals))
    phi = float(np.clip((n * raw + 4) / (n - 8), 0, 0.95))
    variance = n * (n - 1) * (2 * n + 5) / 18 * (1 + phi) / (1 - phi)
    score = mann_kendall.score(np.arange(n, dtype=float), values)
    return math.erfc(max(abs(score) - 1, 0) / math.sqrt(2 * variance))


def significance(make: Callable[[np.random.Generator], Floats], replicates: int, seed: int) -> Row:
    """Give how often each variant calls a made-up series a trend at 5 %."""
    rng = np.random.default_rng(seed)
    hits = dict.fromkeys(("plain", "Hamed-Rao", "cubic", "statkit"), 0)
    for _ in range(replicates):
        values = make(rng)
        answer = trend(range(len(values)), values, direction="max")
        hits["plain"] += _below(answer.plain_p)
        hits["Hamed-Rao"] += _below(answer.hamed_rao_p)
        hits["cubic"] += _below(cubic_p(values))
        hits["statkit"] += _below(answer.p_value)
    shares = {name: 100 * count / replicates for name, count in hits.items()}
    return shares if len(values) >= 15 else shares | {"cubic": math.nan}


def false_alarms(replicates: int, lengths: Iterable[int] = (8, 10, 12, *LENGTHS)) -> list[Row]:
    """Give how often noise without a trend is called one; nominal 5 %."""
    return [
        {"n": n, "phi": phi}
        | significance(lambda rng, n=n, phi=phi: noise(phi, n, rng), replicates, 1000 * n + round(10 * phi))  # type: ignore[misc]
        for n in lengths
        for phi in PHIS
    ]


def power(replicates: int, n: int = 40) -> list[Row]:
    """Give how often a saturating curve that gains 30 noise deviations is called a trend; wanted 95 %."""
    return [
        {"n": n, "time constant": scale, "phi": phi}
        | significance(
            lambda rng, scale=scale, phi=phi: saturating(n, scale) + noise(phi, n, rng),  # type: ignore[misc]
            replicates,
            int(1000 * scale + 10 * phi),
        )
        for scale in (3, 5, 8, 13, 25)
        for phi in PHIS
    ]


def coverage(replicates: int) -> list[Row]:
    """Give how often the slope's interval holds the true slope of a line in AR(1) noise; nominal 95 %."""
    rows = []
    for n in LENGTHS:
        for phi in PHIS:
            rng = np.random.default_rng(n + round(10 * phi))
            held = 0
            for _ in range(replicates):
                ramp = 0.1 * np.arange(n)
                low, high = trend(range(n), ramp + noise(phi, n, rng), direction="max").slope_ci or (0, 0)
                held += low <= 100 <= high
            rows.append({"n": n, "phi": phi, "coverage": 100 * held / replicates})
    return rows


def plateau_delays(replicates: int, patience: int = 10) -> list[Row]:
    """Give when a plateau is seen, validation by validation, after a ramp of 30 points ends.

    Delay is in validations after the ramp's end; ``within 1.5 N`` its share; ``too early`` the share of
    runs called flat somewhere on the ramp; ``off by`` the median distance of ``plateau_since`` from the end.
    """
    rows = []
    for rise in (0.3, 0.5, 1.0):
        for phi in (0.0, 0.3):
            rng = np.random.default_rng(round(100 * rise + 10 * phi))
            seen = [_first_plateau(rise, phi, patience, rng) for _ in range(replicates)]
            delays = np.array([delay for delay, _ in seen])
            apart = [abs(off) for delay, off in seen if delay >= 0 and math.isfinite(delay)]
            rows.append(
                {
                    "rise per validation": rise,
                    "phi": phi,
                    "median delay": float(np.median(delays)),
                    "within 1.5 N": 100 * float(np.mean((delays <= 1.5 * patience) & (delays >= 0))),
                    "too early": 100 * float(np.mean(delays < 0)),
                    "off by": float(np.median(apart)) if apart else math.nan,
                }
            )
    return rows


def _first_plateau(rise: float, phi: float, patience: int, rng: np.random.Generator) -> tuple[float, float]:
    top = 30
    curve = rise * np.minimum(np.arange(top + 3 * patience), top)
    values = curve + noise(phi, len(curve), rng)
    for n in range(patience + 5, len(values) + 1):
        since = trend(range(n), values[:n], direction="max", patience=patience).plateau_since
        if since is not None:
            return n - 1 - top, float(since) - top
    return math.inf, math.nan


def ramps(replicates: int) -> list[Row]:
    """Give the plateaus and change points found on smooth curves that have none."""
    try:
        import ruptures
    except ImportError:
        ruptures = None
    curves = {
        "line, 0.3 sd per validation": lambda n: 0.3 * np.arange(n),
        "line, 1 sd per validation": lambda n: 1.0 * np.arange(n),
        "square root, gain 30 sd": lambda n: 30 * np.sqrt(np.arange(n) / n),
    }
    rows = []
    for name, curve in curves.items():
        rng = np.random.default_rng(len(name))
        found, cuts = 0, []
        for _ in range(replicates):
            values = curve(100) + rng.standard_normal(100)
            found += trend(range(100), values, direction="max").plateau_since is not None
            if ruptures is not None and len(cuts) < 50:
                model = ruptures.Pelt(model="l2", min_size=3).fit(values)
                cuts.append(len(model.predict(pen=2 * math.log(100))) - 1)
        row: Row = {"curve, 100 validations": name, "plateau found": 100 * found / replicates}
        row["PELT change points, median"] = float(np.median(cuts)) if cuts else "not installed"
        rows.append(row)
    return rows


def spike_rates(replicates: int) -> list[Row]:
    """Give spikes wrongly named in 1,000 points, and the share found of single ones 8, 10 and 15 sd high."""
    rows = []
    for phi in (0.0, 0.6):
        rng = np.random.default_rng(round(10 * phi))
        wrong, right = 0, dict.fromkeys((8, 10, 15), 0)
        for _ in range(replicates):
            values = saturating(100, 20) + noise(phi, 100, rng)
            wrong += len(spike_rows(values))
            at = int(rng.integers(5, 95))
            for height in right:
                spiked = values.copy()
                spiked[at] += height
                right[height] += at in spike_rows(spiked)
        found = {f"found, {height} sd": 100 * count / replicates for height, count in right.items()}
        rows.append({"phi": phi, "false in 1,000 points": 10 * wrong / replicates} | found)
    return rows


def winners(replicates: int) -> list[Row]:
    """Give what ``best --ci`` is worth on a saturating curve: coverage of the level, and the optimism."""
    rows = []
    for pick in ("value", "smoothed", "one-se"):
        for n, phi in ((20, 0.0), (40, 0.0), (100, 0.0), (100, 0.6)):
            rng = np.random.default_rng([n, round(10 * phi)])
            curve = saturating(n, n / 5)
            held, told, true = 0, [], []
            for _ in range(replicates):
                values = curve + noise(phi, n, rng)
                place = rank(range(n), values.tolist(), direction="max", pick=pick, ci=True).places[0]
                low, high = place.ci or (math.nan, math.nan)
                held += low <= curve[place.row] <= high
                told.append(place.optimism)
                level = rank(range(n), values.tolist(), direction="max", pick="smoothed").places[0]
                shown, row = (place.value, place.row) if pick == "value" else (level.smoothed, level.row)
                true.append(float(shown or 0) - curve[row])
            rows.append(
                {
                    "pick": pick,
                    "n": n,
                    "phi": phi,
                    "interval holds the level": 100 * held / replicates,
                    "optimism told, noise sd": float(np.mean(told)),
                    "optimism true": float(np.mean(true)),
                }
            )
    return rows


def _below(p: float | None) -> bool:
    return p is not None and p < 0.05


def markdown(rows: list[Row]) -> str:
    """Lay rows out as a Markdown table."""
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    for row in rows:
        cells = (f"{v:.1f}" if isinstance(v, float) and k != "phi" else str(v) for k, v in row.items())
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Print every table."""
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    few = max(replicates // 5, 20)
    tables = {
        "False alarms on AR(1) noise, nominal 5 %": false_alarms(3 * replicates),
        "Saturating curve, gain 30 noise sd over 40 validations, called improving": power(replicates // 2),
        "Coverage of the slope's interval, nominal 95 %": coverage(replicates // 2),
        "Plateau after a ramp, N = 10": plateau_delays(few),
        "Smooth curves without a plateau": ramps(few),
        "Spikes": spike_rates(few),
        "best --ci on a saturating curve, gain 30 noise sd": winners(few),
    }
    for title, rows in tables.items():
        print(f"\n### {title}\n\n{markdown(rows)}", flush=True)


if __name__ == "__main__":
    main()
