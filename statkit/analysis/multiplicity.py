"""Several tests at once: Holm's step-down and Benjamini & Hochberg's step-up adjustment."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values so that the chance of any false alarm among them stays at the level.

    Parameters
    ----------
    p_values : sequence of float
        In [0, 1], any order.

    Returns
    -------
    list of float
        In the order given: the k-th smallest (from 0) times (m − k), made monotone, at most 1
        (Holm 1979). Holds under any dependence between the tests.
    """
    adjusted = [0.0] * len(p_values)
    reached = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        reached = max(reached, min(1.0, p_values[index] * (len(p_values) - rank)))
        adjusted[index] = reached
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values so that the expected share of false alarms among all alarms stays at the level.

    Parameters
    ----------
    p_values : sequence of float
        In [0, 1], any order.

    Returns
    -------
    list of float
        In the order given: the k-th smallest (from 1) times m / k, made monotone from the largest down
        (Benjamini & Hochberg 1995). Holds for independent tests and under positive dependence.
    """
    adjusted = [0.0] * len(p_values)
    reached = 1.0
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    for rank, index in reversed(list(enumerate(order, start=1))):
        reached = min(reached, p_values[index] * len(p_values) / rank)
        adjusted[index] = reached
    return adjusted
