"""How the values of a metric are spread, run by run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from statkit.analysis.arrays import Floats, floats
from statkit.analysis.result import Result
from statkit.schema import Direction


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample(Result):
    """The values of one run or group, in one phase.

    Attributes
    ----------
    side : str
        The run or group.
    phase : str or None
        ``train`` or ``val``, where the series has phases.
    runs : int
        How many runs the values come from.
    values : ndarray of float, shape (n,)
        Finite, in order of size.
    nonfinite : int
        NaN and infinities, left out.
    quartiles : tuple of float or None
        At 25, 50 and 75 %, by linear interpolation; None without a value.
    """

    side: str
    phase: str | None
    runs: int
    values: Floats
    nonfinite: int
    quartiles: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SamplePanel(Result):
    """The samples of one metric, in the order the runs were named."""

    metric: str
    unit: str | None
    direction: Direction | None
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampleFigure(Result):
    """A panel a metric."""

    log: bool
    panels: tuple[SamplePanel, ...]

    @property
    def sides(self) -> list[str]:
        """Every run and group, in order; each keeps its colour over all panels."""
        return list(dict.fromkeys(sample.side for panel in self.panels for sample in panel.samples))

    @property
    def phases(self) -> list[str]:
        """Every phase drawn."""
        found = (sample.phase for panel in self.panels for sample in panel.samples)
        return sorted({phase for phase in found if phase is not None})


def sample(side: str, phase: str | None, runs: Sequence[Sequence[Any]]) -> Sample:
    """Pool the values of a side's runs; those that stand for no measurement are already gone."""
    values = np.concatenate([floats(run) for run in runs])
    finite = np.sort(values[np.isfinite(values)])
    low, middle, high = np.quantile(finite, [0.25, 0.5, 0.75]).tolist() if len(finite) else (0.0, 0.0, 0.0)
    return Sample(
        side=side,
        phase=phase,
        runs=len(runs),
        values=finite,
        nonfinite=len(values) - len(finite),
        quartiles=(low, middle, high) if len(finite) else None,
    )
