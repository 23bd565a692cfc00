"""Which alerts ring now: each once, until it clears."""

from __future__ import annotations

from collections.abc import Iterable

from statkit.analysis.alerts.alert import Alert


class Ringing:
    """The alerts that are on.

    An alert is known by its rule and its run's path; it rings when it comes on, and again only after a
    look at which it did not hold.
    """

    def __init__(self) -> None:
        self._on: frozenset[tuple[str, str]] = frozenset()

    def fresh(self, alerts: Iterable[Alert]) -> tuple[Alert, ...]:
        """Take all alerts that hold now, and give those that did not hold at the last call."""
        found = {(alert.rule, alert.path): alert for alert in alerts}
        before, self._on = self._on, frozenset(found)
        return tuple(alert for key, alert in found.items() if key not in before)
