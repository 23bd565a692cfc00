"""All that is shown of one run: at a glance, and in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from statkit.analysis.findings import Finding
from statkit.analysis.monitoring.cards import Adaptive, AttentionCard, MetricCard, Resources
from statkit.analysis.monitoring.layers import LayerCard, PeakActivity
from statkit.analysis.monitoring.pace import Pace
from statkit.analysis.monitoring.progress import RunProgress
from statkit.analysis.monitoring.status import RunStatus, Signs, status_at
from statkit.analysis.result import Result
from statkit.schema import Direction

#: A record dated further ahead than this has a clock that cannot be compared with ours (seconds).
AHEAD_S: Final = 60.0

#: Statuses of a run whose steps go on.
MOVING: Final = frozenset({"training", "validating"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSpan:
    """One series: its name, how many rows it has, and the steps they span."""

    name: str
    rows: int
    first_step: int | None
    last_step: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepValue(Result):
    """A value and its step."""

    step: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance(Result):
    """A run at a glance; what depends on the hour is asked of `status` and `progress`.

    Attributes
    ----------
    run, path, format : str
        Its name, where it is, and what its files are.
    series : tuple of SeriesSpan
        Those that hold rows.
    signs : Signs
        What its last record says of its state.
    pace : Pace
        Its rhythm.
    recorded, written : float or None
        Unix seconds: the time of its last record, and when the file of that record was written.
    position : RunProgress
        How far it has come, with the time left should it go on.
    metric : str or None
        Its main metric; None where it has none by default.
    direction : {"max", "min"} or None
        Which way of it is better.
    value : float or None
        The latest value that is a measurement.
    best : StepValue or None
        The best one.
    """

    run: str
    path: str
    format: str
    series: tuple[SeriesSpan, ...]
    signs: Signs
    pace: Pace
    recorded: float | None
    written: float | None
    position: RunProgress
    metric: str | None
    direction: Direction | None
    value: float | None
    best: StepValue | None

    def last_update(self, now: float, seen: float | None = None) -> float | None:
        """Settle when the run last gave a sign of life.

        The time of its last record; where that is missing, or ahead of our clock by more than a minute,
        the time its file was written. What we saw come with our own eyes counts too.

        Parameters
        ----------
        now, seen : float
            Unix seconds: our clock, and when a watcher saw the last row come, None where nobody watched.
        """
        recorded = self.recorded
        if recorded is None or recorded > now + AHEAD_S:
            recorded = self.written
        known = [time for time in (recorded, seen) if time is not None]
        return max(known) if known else None

    def status(self, now: float, seen: float | None = None) -> RunStatus:
        """Judge the run at a moment; parameters as in `last_update`."""
        return status_at(self.signs, self.pace, self.last_update(now, seen), now)

    def progress(self, status: RunStatus) -> RunProgress:
        """Say how far it has come; the time left only of a run whose steps go on."""
        if status.status in MOVING:
            return self.position
        return replace(self.position, eta_s=None, epoch_eta_s=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality(Result):
    """The qualities of a snapshot run: the low-resolution image, the network's, the improvement, the best.

    Attributes
    ----------
    lr, ki, improvement : float or None
        The latest that are measurements.
    best : StepValue or None
        The best KI quality of the whole history.
    unit : str or None
        ``fraction``.
    metrics : mapping of str to str
        The field behind each of ``lr``, ``ki`` and ``improvement``.
    """

    lr: float | None
    ki: float | None
    improvement: float | None
    best: StepValue | None
    unit: str | None
    metrics: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricEntry(Result):
    """A field that holds numbers.

    Attributes
    ----------
    metric, title, title_de : str
        The field, and what people call it.
    unit : str or None
        Its unit.
    direction : {"max", "min"} or None
        Which way is better.
    good : tuple of float or None
        The range the original programs call good.
    series : str
        The series it is in.
    """

    metric: str
    title: str
    title_de: str
    unit: str | None
    direction: Direction | None
    good: tuple[float, float] | None
    series: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState(Result):
    """A run in full, as its last record and its history show it.

    Attributes
    ----------
    glance : Glance
        Name, status, progress.
    losses : tuple of MetricCard
        Losses with weights, or the metrics of the last batch of each phase.
    attention : tuple of AttentionCard
        Attention metrics with their bands.
    learning_rate : float or None
    rate_phase : str or None
        ``warmup``, ``cosine``, …
    adaptive : Adaptive or None
    quality : Quality or None
        None for a run without qualities.
    resources : Resources
    layers : tuple of LayerCard
    peak_activity : PeakActivity or None
    findings : tuple of Finding
        What the health rules say.
    metrics : tuple of MetricEntry
        Every field that holds numbers.
    series_default : tuple of str
        The metrics worth a chart at first.
    config : mapping
        Hyperparameters.
    checkpoint : str or None
        The one that belongs to the best step.
    """

    glance: Glance
    losses: tuple[MetricCard, ...]
    attention: tuple[AttentionCard, ...]
    learning_rate: float | None
    rate_phase: str | None
    adaptive: Adaptive | None
    quality: Quality | None
    resources: Resources
    layers: tuple[LayerCard, ...]
    peak_activity: PeakActivity | None
    findings: tuple[Finding, ...]
    metrics: tuple[MetricEntry, ...]
    series_default: tuple[str, ...]
    config: Mapping[str, Any]
    checkpoint: str | None
