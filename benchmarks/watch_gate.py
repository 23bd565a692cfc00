"""How often ``statkit watch --alert gate:…`` rings for nothing, and how soon it rings for something.

``python benchmarks/watch_gate.py [--runs N]`` prints the table of docs/watch.md. Qualities rise on a
saturating exponential; runs differ by chance at the end by a standard deviation of 0.004, and each value by
AR(1) noise (coefficient 0.5) of 0.003. The gate judges the best value so far, after each of 40 validations.
"""

from __future__ import annotations

import argparse

import numpy as np

from statkit.analysis.alerts.checks import STEADY
from statkit.analysis.alerts.checks import gate as alert
from statkit.analysis.gating import Gate, gate

LENGTH = 40
BETWEEN = 0.004
WITHIN = 0.003


def best_so_far(rng: np.random.Generator, runs: int, shift: float = 0.0) -> np.ndarray:
    """Draw the best value after each validation, shape (runs, LENGTH)."""
    level = 0.2 + shift + rng.normal(0, BETWEEN, (runs, 1))
    curve = 0.45 + level * (1 - np.exp(-np.arange(1, LENGTH + 1) / 8))
    noise = rng.normal(0, WITHIN, (runs, LENGTH))
    for step in range(1, LENGTH):
        noise[:, step] += 0.5 * noise[:, step - 1]
    return np.maximum.accumulate(curve + noise, axis=1)


def first_alert(gates: list[Gate]) -> int | None:
    """Give the validation, counted from 1, at which the alert rings; None where it never does."""
    for end in range(1, LENGTH + 1):
        if alert((step, gates[step - 1]) for step in range(end, 0, -1)) is not None:
            return end
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500, help="simulated candidates a row")
    wanted = parser.parse_args().runs
    rng = np.random.default_rng(7)
    print("| baselines | margin | true difference | one verdict | rings at any time | first at validation |")
    print("|---|---|---|---|---|---|")
    for baselines in (5, 10):
        for margin in ("0", "-0.004"):
            for shift in (0.0, -0.02, -0.04):
                found, single = [], 0
                for _ in range(wanted):
                    base, own = best_so_far(rng, baselines), best_so_far(rng, 1, shift)
                    at = range(LENGTH)
                    gates = [
                        gate(own[:, k], base[:, k], metric="q", direction="max", margin=margin) for k in at
                    ]
                    found.append(first_alert(gates))
                    single += any(each.verdict == "regression" for each in gates)
                rung = [each for each in found if each is not None]
                median = f"{np.median(rung):g}" if rung else "–"
                shares = f"{single / wanted:.1%} | {len(rung) / wanted:.1%}"
                print(f"| {baselines} | {margin} | {shift:g} | {shares} | {median} |")
    print(f"\n{wanted} candidates a row; {STEADY} verdicts in a row ring.")


if __name__ == "__main__":
    main()
