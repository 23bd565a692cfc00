"""How often attention that has nothing to do with a feature is called associated: nominal against actual.

``python benchmarks/association_null.py [--rounds N] [--only TABLE]`` prints the tables of
docs/_association_null.md as Markdown. Every number is a share of rounds in per cent with its 95 % Wilson
interval. In the document ``nulls`` has 2,000 rounds, where a true 5 % is seen as 4.1–6.0, ``patients`` 1,000
and ``power`` 500.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.stats import pearsonr

from statkit.analysis.arrays import Floats
from statkit.pathology.association.correlation import crossed, matching, rank_units
from statkit.pathology.association.feature_association import LEVEL
from statkit.pathology.association.swap_null import exchanges, swap_test
from statkit.pathology.association.toroidal import shift_test

Row = dict[str, str]
SIDE: Final = 24
SIGMAS: Final = (0, 1, 2, 3)
SWAPPED: Final = 12
SHIFTED: Final = 5
PERMUTATIONS: Final = 999
BORDER: Final = 0.5
"""Deviation of the border that two maps share, against 1 of each: it alone correlates them at 0.2."""


def fields(count: int, sigma: float, rng: np.random.Generator, mode: str = "reflect") -> Floats:
    """Give Gaussian noise smoothed by ``sigma`` cells, each field of deviation 1, (count, 24, 24)."""
    noise = rng.standard_normal((count, SIDE, SIDE))
    smooth = gaussian_filter(noise, (0, sigma, sigma), mode=mode)
    return np.asarray(smooth / smooth.std(axis=(1, 2), keepdims=True))


def border() -> Floats:
    """Give what a padding ring does to every map alike: a rise towards the edge of deviation 1."""
    far = np.minimum(np.arange(SIDE), np.arange(SIDE)[::-1])
    ring = np.exp(-np.minimum(far[:, None], far) / 2.0)
    return np.asarray((ring - ring.mean()) / ring.std())


def naive(attention: Floats, feature: Floats) -> float:
    """Give the textbook p of Pearson's correlation over the cells of one image."""
    return float(pearsonr(attention[0].ravel(), feature[0].ravel()).pvalue)


def shifted(attention: Floats, feature: Floats) -> float:
    """Give the p of the toroidal-shift null."""
    return shift_test(rank_units(attention), rank_units(feature), (SIDE, SIDE)).p_value


def swapped(attention: Floats, feature: Floats, owners: Any = None, seed: int = 0) -> float:
    """Give the p of the image-swap null, 999 draws."""
    correlations = crossed(rank_units(attention), rank_units(feature))
    patients = np.arange(len(attention)) if owners is None else owners
    tested = swap_test(correlations, patients, permutations=PERMUTATIONS, seed=seed)
    return 1.0 if tested.p_value is None else tested.p_value


def nulls(rounds: int) -> list[Row]:
    """Independent fields: the three tests, without and with a border that all maps share."""
    ring = border()
    ways: dict[str, tuple[Callable[[Floats, Floats], float], int, str, float]] = {
        "naive Pearson, 1 image": (naive, 1, "reflect", 0.0),
        "toroidal, 1 image, periodic": (shifted, 1, "wrap", 0.0),
        "toroidal, 1 image": (shifted, 1, "reflect", 0.0),
        "toroidal, 5 images": (shifted, SHIFTED, "reflect", 0.0),
        "image-swap, 12 images": (swapped, SWAPPED, "reflect", 0.0),
        "toroidal, 1 image, shared border": (shifted, 1, "reflect", BORDER),
        "toroidal, 5 images, shared border": (shifted, SHIFTED, "reflect", BORDER),
        "image-swap, 12 images, shared border": (swapped, SWAPPED, "reflect", BORDER),
    }
    rows = []
    for sigma in SIGMAS:
        row = {"smoothing σ, cells": str(sigma)}
        for place, (name, (test, count, mode, bias)) in enumerate(ways.items()):
            rng = np.random.default_rng([1, sigma, place])

            def alarm(test: Any = test, count: int = count, mode: str = mode, bias: float = bias) -> bool:
                first, second = (fields(count, sigma, rng, mode) + bias * ring for _ in range(2))  # noqa: B023
                return bool(test(first, second) < LEVEL)

            row[name] = share(sum(alarm() for _ in range(rounds)), rounds)
        rows.append(row)
    return rows


def patients(rounds: int) -> list[Row]:
    """Several images of a patient, half their variance the same in all of them; σ = 2, shared border."""
    rows = []
    for count, each in ((10, 1), (20, 1), (40, 1), (3, 8), (4, 6), (5, 5), (6, 4), (8, 3), (10, 3), (20, 3)):
        rng = np.random.default_rng([2, count, each])
        owners = np.repeat(np.arange(count), each)
        images, scattered = np.arange(len(owners)), scatterings(owners, PERMUTATIONS, rng)
        alarms = dict.fromkeys(("unknown", "scattered", "narrow", "whole"), 0)
        ring = BORDER * border()
        for seed in range(rounds):
            first, second = (
                (fields(len(owners), 2, rng) + fields(count, 2, rng)[owners]) / math.sqrt(2) + ring
                for _ in range(2)
            )
            units = rank_units(first), rank_units(second)
            table, mean = crossed(*units), float(matching(*units).mean())
            whole = exchanges(owners, PERMUTATIONS, seed)
            alarms["unknown"] += swapped(first, second, images, seed) < LEVEL
            alarms["scattered"] += tail(table[images, scattered].mean(axis=1), mean) < LEVEL
            alarms["narrow"] += tail(table[images, whole].mean(axis=1), mean) < LEVEL
            alarms["whole"] += swapped(first, second, owners, seed) < LEVEL
        rows.append(
            {
                "patients × images": f"{count} × {each}",
                "patients not known": share(alarms["unknown"], rounds),
                "images scattered over other patients": share(alarms["scattered"], rounds),
                "whole patients, not widened": share(alarms["narrow"], rounds),
                "whole patients (statkit)": share(alarms["whole"], rounds),
            }
        )
    return rows


def power(rounds: int) -> list[Row]:
    """True associations: attention is r·feature + √(1 - r²)·noise, σ = 2."""
    rows = []
    for r in (0.05, 0.1, 0.2, 0.3):
        row = {"r": str(r)}
        for count in (10, 20, 40):
            rng = np.random.default_rng([3, round(100 * r), count])
            found = 0
            for seed in range(rounds):
                feature = fields(count, 2, rng)
                attention = r * feature + math.sqrt(1 - r * r) * fields(count, 2, rng)
                found += swapped(attention, feature, seed=seed) < LEVEL
            row[f"{count} images"] = share(found, rounds)
        rows.append(row)
    return rows


def scatterings(owners: Any, number: int, rng: np.random.Generator) -> Any:
    """Draw permutations that send every image, on its own, to one of another patient's, by random swaps."""
    images = len(owners)
    order = np.argsort(owners, kind="stable")
    partner = np.empty(images, dtype=np.intp)
    partner[order] = np.roll(order, int(np.bincount(owners).max()))
    drawn = []
    for _ in range(number):
        for i, j in rng.integers(images, size=(4 * images, 2)):
            if owners[partner[j]] != owners[i] and owners[partner[i]] != owners[j]:
                partner[i], partner[j] = partner[j], partner[i]
        drawn.append(partner.copy())
    return np.array(drawn)


def tail(draws: Floats, observed: float) -> float:
    """Give the two-sided p of a mean among draws as they are."""
    return float((1 + np.count_nonzero(np.abs(draws) >= abs(observed))) / (1 + len(draws)))


def share(hits: int, rounds: int) -> str:
    """Give a share in per cent with its 95 % Wilson interval."""
    z, rate = 1.959964, hits / rounds
    middle = (rate + z * z / (2 * rounds)) / (1 + z * z / rounds)
    half = z * math.sqrt(rate * (1 - rate) / rounds + z * z / (4 * rounds**2)) / (1 + z * z / rounds)
    return f"{100 * rate:.1f} ({100 * (middle - half):.1f}–{100 * (middle + half):.1f})"


def markdown(rows: Sequence[Row]) -> str:
    """Give rows as a Markdown table."""
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    lines += ["| " + " | ".join(row.values()) + " |" for row in rows]
    return "\n".join(lines)


def main(arguments: Iterable[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=2_000, help="simulated studies a number")
    parser.add_argument("--only", help="one table: the name of its function")
    options = parser.parse_args(None if arguments is None else list(arguments))
    for table in (nulls, patients, power):
        if options.only in (None, table.__name__):
            rows = table(options.rounds)
            print(f"{(table.__doc__ or '').splitlines()[0]}\n\n{markdown(rows)}\n", flush=True)


if __name__ == "__main__":
    main()
