"""The level under the noise: a straight line fitted around every point.

Local linear regression with tricube weights (Cleveland 1979, JASA 74:829) over the order of the points.
A line, unlike a mean, does not lag at the ends of the series, where the best step of a run often is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statkit.analysis.arrays import Floats


@dataclass(frozen=True, slots=True, eq=False)
class LocalLine:
    """The smoother for series of one length.

    Attributes
    ----------
    n : int
        Points in a series.
    reach : int
        How many neighbours on either side have weight.
    """

    n: int
    reach: int

    @classmethod
    def of(cls, n: int) -> LocalLine:
        """Give the smoother that reaches a tenth of the points to either side, and 2 at least."""
        return cls(n, max(2, round(n / 10)))

    def smooth(self, values: Floats) -> Floats:
        """Smooth one series, shape (n,), or many at once, shape (m, n); returns the same shape."""
        weights, tilted = self._weights()
        s0, s1, s2 = self._moments()
        t0, t1 = self._around(values, weights), self._around(values, tilted)
        return np.asarray((s2 * t0 - s1 * t1) / (s0 * s2 - s1 * s1))

    def degrees_of_freedom(self) -> float:
        """Give the trace of the smoother: how many parameters the smooth is worth."""
        s0, s1, s2 = self._moments()
        return float((s2 / (s0 * s2 - s1 * s1)).sum())  # the tricube weight of the point itself is 1

    def residual_sd(self, values: Floats) -> float:
        """Give the standard deviation of one series around its smooth, for its degrees of freedom."""
        residuals = values - self.smooth(values)
        left = max(self.n - self.degrees_of_freedom(), 1.0)
        return float(np.sqrt(residuals @ residuals / left))

    def _weights(self) -> tuple[Floats, Floats]:
        distance = np.arange(-self.reach, self.reach + 1, dtype=np.float64)
        weights = (1 - np.abs(distance / (self.reach + 1)) ** 3) ** 3
        return weights, weights * distance

    def _moments(self) -> tuple[Floats, Floats, Floats]:
        """Sum weight, weight·distance and weight·distance² over the neighbours that exist."""
        weights, tilted = self._weights()
        ones = np.ones(self.n)
        distance = np.arange(-self.reach, self.reach + 1)
        squared = self._around(ones, tilted * distance)
        return self._around(ones, weights), self._around(ones, tilted), squared

    def _around(self, values: Floats, weights: Floats) -> Floats:
        """Sum weights[d]·values[i + d] for every i, values beyond the ends counting 0."""
        padding = [(0, 0)] * (values.ndim - 1) + [(self.reach, self.reach)]
        padded = np.pad(values, padding)
        total = np.zeros_like(values, dtype=np.float64)
        for place, weight in enumerate(weights):
            total += weight * padded[..., place : place + self.n]
        return total
