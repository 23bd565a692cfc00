"""What is seen of the runs at one look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from statkit.analysis.alerts.alert import Alert
from statkit.analysis.monitoring.cards import MetricCard
from statkit.analysis.monitoring.progress import RunProgress
from statkit.analysis.monitoring.state import RunState
from statkit.analysis.monitoring.status import RunStatus
from statkit.analysis.result import Result, plain

#: The most points of a history: more than a terminal shows in one line of a table.
HISTORY: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight(Result):
    """One run at one look.

    Attributes
    ----------
    state : RunState
        The run in full, as its files show it.
    status : RunStatus
        What it does, and since when.
    unit : str or None
        Of its main metric.
    history : tuple of float
        The measurements of its main metric so far, at most `HISTORY` medians of neighbours.
    """

    state: RunState
    status: RunStatus
    unit: str | None
    history: tuple[float, ...]

    @property
    def run(self) -> str:
        """The run's name."""
        return self.state.glance.run

    @property
    def path(self) -> str:
        """Where it is."""
        return self.state.glance.path

    @property
    def progress(self) -> RunProgress:
        """How far it has come."""
        return self.state.glance.progress(self.status)

    @property
    def loss(self) -> MetricCard | None:
        """The training loss: the first of the cards, of phase ``train`` where there are phases."""
        cards = [card for card in self.state.losses if card.phase in (None, "train")]
        return next(iter(cards or self.state.losses), None)

    def to_dict(self) -> dict[str, Any]:
        """Give name, status, progress, loss, quality, best and findings; the rest is ``statkit show``'s."""
        glance = self.state.glance
        return {
            "run": glance.run,
            "path": glance.path,
            "format": glance.format,
            **self.status.to_dict(),
            "progress": self.progress.to_dict(),
            "loss": plain(self.loss),
            "learning_rate": self.state.learning_rate,
            "quality": plain(self.state.quality),
            "metric": glance.metric,
            "direction": glance.direction,
            "unit": self.unit,
            "value": glance.value,
            "best": plain(glance.best),
            "checkpoint": self.state.checkpoint,
            "findings": plain(self.state.findings),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Result):
    """All runs at one look, and the alerts that hold.

    Attributes
    ----------
    runs : tuple of Sight
        In the order the runs were found.
    alerts : tuple of Alert
        Every alert that holds now, run by run, in the order of the rules.
    fresh : tuple of Alert
        Those that did not hold at the look before.
    unjudged : mapping of str to str
        Rules that no run could be asked, and why: its metric is in none of them, for instance.
    """

    runs: tuple[Sight, ...]
    alerts: tuple[Alert, ...]
    fresh: tuple[Alert, ...]
    unjudged: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Give runs and alerts."""
        return {"runs": plain(self.runs), "alerts": plain(self.alerts)}

    def rules_of(self, run: Sight) -> list[str]:
        """Name the rules that hold for a run."""
        return [alert.rule for alert in self.alerts if alert.path == run.path]

    def rows(self) -> list[dict[str, Any]]:
        """One dict a run, with the rules that hold for it."""
        return [self._row(run) for run in self.runs]

    def _row(self, run: Sight) -> dict[str, Any]:
        glance, progress = run.state.glance, run.progress
        return {
            "run": run.run,
            "path": run.path,
            "status": run.status.status,
            "age_s": run.status.age_s,
            "step": progress.step,
            "total_steps": progress.total_steps,
            "eta_s": progress.eta_s,
            "loss": run.loss.value if run.loss is not None else None,
            "metric": glance.metric,
            "value": glance.value,
            "best": glance.best.value if glance.best is not None else None,
            "best_step": glance.best.step if glance.best is not None else None,
            "alerts": ", ".join(self.rules_of(run)),
        }
