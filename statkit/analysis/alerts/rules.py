"""The rules of alerts, and how they are written: ``nan``, ``stall:2``, ``divergence``, ``loss>2``."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from statkit.analysis.margins import parse_rule
from statkit.errors import UsageError

#: What can be said, for messages and help.
SPELLINGS: Final = (
    "nan",
    "stall",
    "stall:2",
    "divergence",
    "METRIC<VALUE",
    "METRIC>VALUE",
    "gate:METRIC: MARGIN",
)

_LIMIT: Final = re.compile(r"(?P<metric>[^<>]+)(?P<side>[<>])(?P<limit>[^<>]+)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """A rule as it was written.

    Attributes
    ----------
    text : str
        Its spelling; alerts carry it.
    """

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NanRule(AlertRule):
    """A loss, a quality or another number that training rests on is NaN or infinite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StallRule(AlertRule):
    """The last update is older than ``factor`` times the limit that the run's own cadence sets."""

    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DivergenceRule(AlertRule):
    """The training loss stays far above its lowest level, as the health rule of that name finds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRule(AlertRule):
    """A metric lies above, or below, a value.

    Attributes
    ----------
    metric : str
        The field.
    above : bool
        True for ``>``, False for ``<``.
    limit : float
        In the metric's unit, as on disk.
    """

    metric: str
    above: bool
    limit: float

    def holds(self, value: float) -> bool:
        """Tell whether a value is on the wrong side; NaN is on neither."""
        return value > self.limit if self.above else value < self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRule(AlertRule):
    """A metric has become worse than the baseline's by more than a margin.

    Attributes
    ----------
    metric : str
        The field.
    margin : str
        As `statkit.analysis.margins.parse_margin` reads it.
    """

    metric: str
    margin: str


def parse_alert(text: str) -> AlertRule:
    """Read one rule.

    Parameters
    ----------
    text : str
        ``nan``; ``stall``, ``stall:FACTOR``; ``divergence``; ``METRIC<VALUE``, ``METRIC>VALUE``;
        ``gate:METRIC: MARGIN``. Spaces around the parts do not count.

    Raises
    ------
    UsageError
        If it is none of these, or a number in it cannot be read.
    """
    shown = text.strip()
    kind, colon, rest = shown.partition(":")
    if shown == "nan":
        return NanRule(text=shown)
    if shown == "divergence":
        return DivergenceRule(text=shown)
    if kind.strip() == "stall":
        return StallRule(text=shown, factor=_factor(rest, shown) if colon else 1.0)
    if kind.strip() == "gate" and colon:
        rule = parse_rule(rest)
        return GateRule(text=shown, metric=rule.metric, margin=rule.margin.text)
    found = _LIMIT.fullmatch(shown)
    if found is None:
        raise UsageError(f"--alert {text!r} is unknown. Possible: {', '.join(SPELLINGS)}.")
    return LimitRule(
        text=shown,
        metric=found["metric"].strip(),
        above=found["side"] == ">",
        limit=_number(found["limit"], shown),
    )


def _factor(text: str, rule: str) -> float:
    factor = _number(text, rule)
    if factor <= 0:
        raise UsageError(f"--alert {rule!r}: the factor must be above 0. Say for example stall:2.")
    return factor


def _number(text: str, rule: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"--alert {rule!r}: {text.strip()!r} is not a number. Say for example 0.5 or 1e-3.")
    return number
