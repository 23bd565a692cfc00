"""The rules: each a small function with a name, a severity and a source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from statkit.analysis.findings import Finding, Severity
from statkit.analysis.health.readings import Readings

#: Says so where a band or a line was never validated.
HEURISTIC: Final = "project heuristic, not validated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """What a rule yields; the registry makes a `Finding` of it.

    Attributes
    ----------
    metric : str or None
        The field.
    steps : tuple of int
        First and last step, both included.
    evidence, advice : str
        One sentence each.
    severity : {"info", "warning", "error"} or None
        None takes the rule's own; a rule may say less than its severity, never more.
    """

    metric: str | None
    steps: tuple[int, int]
    evidence: str
    advice: str
    severity: Severity | None = None


Check: TypeAlias = Callable[[Readings], Iterable[Sign]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A registered rule.

    Attributes
    ----------
    name : str
        As findings carry it.
    severity : {"info", "warning", "error"}
        The worst it can say.
    source : str
        Where the rule and its threshold come from.
    about : str
        The first line of the function's docstring: when it speaks.
    check : callable
        Readings to signs.
    """

    name: str
    severity: Severity
    source: str
    about: str
    check: Check

    def findings(self, readings: Readings) -> Iterator[Finding]:
        """Ask the rule."""
        for sign in self.check(readings):
            yield Finding(
                rule=self.name,
                severity=sign.severity or self.severity,
                metric=sign.metric,
                steps=sign.steps,
                evidence=sign.evidence,
                advice=sign.advice,
                source=self.source,
            )


_RULES: Final[dict[str, Rule]] = {}


def rule(name: str, severity: Severity, source: str) -> Callable[[Check], Check]:
    """Register a function as a rule.

    Raises
    ------
    ValueError
        If the name is taken.
    """

    def register(check: Check) -> Check:
        if name in _RULES:
            raise ValueError(f"a rule called {name!r} is registered already: choose another name.")
        about = (check.__doc__ or "").strip().partition("\n")[0]
        _RULES[name] = Rule(name=name, severity=severity, source=source, about=about, check=check)
        return check

    return register


def rules() -> tuple[Rule, ...]:
    """Give every registered rule, in the order of registration."""
    return tuple(_RULES.values())
