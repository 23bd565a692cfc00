"""How much worse a metric may become: ``-0.005``, ``+1%``, in the metric's own sign."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from statkit.analysis.aggregation import sign
from statkit.errors import UsageError
from statkit.schema import Direction


@dataclass(frozen=True, slots=True)
class Margin:
    """How much worse is allowed, in the metric's own sign.

    Attributes
    ----------
    amount : float
        In the metric's unit, or a share of the baseline's mean.
    relative : bool
        True where ``amount`` is such a share: ``+1%`` is 0.01.
    text : str
        As it was given.
    """

    amount: float
    relative: bool
    text: str

    def allowed(self, baseline_mean: float, direction: Direction) -> float:
        """Give the loss that is allowed, never negative, in the metric's unit.

        Raises
        ------
        UsageError
            The sign is that of an improvement, or a percentage of a mean that is 0.
        """
        loss = -self.amount * sign(direction)
        if loss < 0:
            turned = f"{'-' if self.amount > 0 else '+'}{self.text.lstrip('+-')}"
            raise UsageError(
                f"A margin of {self.text} would be an improvement: this metric is "
                f"{'good when high' if direction == 'max' else 'good when low'}. Say {turned}."
            )
        if self.relative and baseline_mean == 0:
            raise UsageError(
                f"A margin of {self.text} is nothing: the mean of the baseline is 0. Give one in the "
                f"metric's unit."
            )
        return loss * abs(baseline_mean) if self.relative else loss


@dataclass(frozen=True, slots=True)
class Rule:
    """A metric, and how much worse it may become."""

    metric: str
    margin: Margin


def parse_rule(text: str) -> Rule:
    """Read ``METRIC: MARGIN``, such as ``validation_loss_value: +1%`` or ``quality_ki_value: -0.005``.

    Raises
    ------
    UsageError
        No colon, no metric, or a margin that is not a number.
    """
    metric, colon, margin = text.rpartition(":")
    if not colon or not metric.strip():
        raise UsageError(
            f"--rule {text!r} is not METRIC: MARGIN. Say for example 'quality_ki_value: -0.005' or "
            f"'validation_loss_value: +1%'."
        )
    return Rule(metric.strip(), parse_margin(margin))


def parse_margin(text: str) -> Margin:
    """Read ``-0.005``, ``+1%`` or ``0``.

    Raises
    ------
    UsageError
        Not a finite number, with or without ``%``.
    """
    shown = text.strip()
    relative = shown.endswith("%")
    try:
        amount = float(shown.removesuffix("%"))
    except ValueError:
        amount = float("nan")
    if not isfinite(amount):
        raise UsageError(f"The margin {shown!r} is not a number. Say for example -0.005 or +1%.")
    return Margin(amount / 100 if relative else amount, relative, shown)
