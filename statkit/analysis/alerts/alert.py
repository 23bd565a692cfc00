"""An alert: a rule that holds for a run."""

from __future__ import annotations

from dataclasses import dataclass

from statkit.analysis.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause(Result):
    """Why a rule holds.

    Attributes
    ----------
    step : int or None
        Where it began to hold, as far as is known; None where no step is concerned.
    metric : str or None
        The field it is about.
    value : float or None
        The value there, in the metric's unit; may be NaN or infinite.
    message : str
        One sentence with the numbers.
    """

    step: int | None
    metric: str | None
    value: float | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(Result):
    """A rule that holds for a run.

    Attributes
    ----------
    rule : str
        The rule as it was written.
    run, path : str
        The run's name, and where it is.
    step, metric, value, message
        As in `Cause`.
    """

    rule: str
    run: str
    path: str
    step: int | None
    metric: str | None
    value: float | None
    message: str

    @classmethod
    def of(cls, rule: str, run: str, path: str, cause: Cause) -> Alert:
        """Make the alert of a rule that holds for a cause."""
        return cls(
            rule=rule,
            run=run,
            path=path,
            step=cause.step,
            metric=cause.metric,
            value=cause.value,
            message=cause.message,
        )
