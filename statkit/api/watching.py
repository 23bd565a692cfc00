"""Runs watched: what each shows at a look, and which rules hold for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, TypeVar

from statkit.analysis.alerts import checks
from statkit.analysis.alerts.alert import Alert, Cause
from statkit.analysis.alerts.marks import START, Mark, mark_of, news
from statkit.analysis.alerts.ringing import Ringing
from statkit.analysis.alerts.rules import AlertRule, DivergenceRule, GateRule, LimitRule, NanRule, StallRule
from statkit.analysis.alerts.sight import HISTORY, Look, Sight
from statkit.analysis.arrays import block_medians, floats
from statkit.analysis.gating import Gate
from statkit.analysis.monitoring.state import RunState
from statkit.analysis.monitoring.status import RunStatus
from statkit.api.gates import gate
from statkit.api.selection import Filter, Selection, select
from statkit.data.run import Run
from statkit.errors import EmptySeriesError, MetricError, StatkitError, UsageError
from statkit.records import Columns

Answer = TypeVar("Answer")


class Watched(Protocol):
    """A run that somebody looks at again and again.

    Its ``revision`` counts the looks that found something new.
    """

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def revision(self) -> int: ...  # noqa: D102
    def ask(self, question: Callable[[Run], Answer]) -> Answer: ...  # noqa: D102
    def state(self) -> RunState: ...  # noqa: D102
    def status(self) -> RunStatus: ...  # noqa: D102


@dataclass(slots=True)
class _Memory:
    """What is kept of a run from one look to the next."""

    revision: int | None = None
    name: str = ""
    sight: Sight | None = None
    marks: dict[str, Mark] = field(default_factory=dict)
    causes: dict[str, Cause | None] = field(default_factory=dict)


class Lookout:
    """Looks at runs, and asks the rules of alerts.

    What rests on data is asked again only of runs in which something is new, and of the rows that are new.

    Parameters
    ----------
    rules : sequence of AlertRule
        The rules; one written twice counts once.
    baseline : sequence of Run
        What gates compare with. A watched run among them is judged by no gate.

    Raises
    ------
    UsageError
        If a gate has no baseline, or a baseline no gate.
    """

    def __init__(self, rules: Sequence[AlertRule] = (), baseline: Sequence[Run] = ()) -> None:
        self.rules = tuple({rule.text: rule for rule in rules}.values())
        self._baseline = list(baseline)
        self._compared = {os.path.realpath(run.path) for run in baseline}
        self._memories: dict[str, _Memory] = {}
        self._ringing = Ringing()
        self._judged: set[str] = set()
        self._unjudged: dict[str, str] = {}
        gates = any(isinstance(rule, GateRule) for rule in self.rules)
        if gates and not self._baseline:
            raise UsageError("a gate has nothing to compare with. Name runs with --baseline 'runs/base-*'.")
        if self._baseline and not gates:
            raise UsageError("--baseline says nothing without --alert 'gate:METRIC: MARGIN'.")

    def look(self, runs: Sequence[Watched]) -> Look:
        """Look at the runs as they are now.

        Parameters
        ----------
        runs : sequence of Watched
            The runs there are; those of the look before that are not among them are forgotten.

        Returns
        -------
        Look
            Its ``unjudged`` names the rules whose metric is in none of the runs that hold records, or whose
            margin cannot be used.
        """
        memories = {run.path: self._memories.get(run.path, _Memory()) for run in runs}
        self._memories = memories
        sights: list[Sight] = []
        alerts: list[Alert] = []
        for run in runs:
            memory = memories[run.path]
            self._renew(run, memory)
            if memory.sight is not None:
                sights.append(memory.sight)
                alerts += self._alerts(memory.causes, memory.sight)
        return Look(
            runs=tuple(sights),
            alerts=tuple(alerts),
            fresh=self._ringing.fresh(alerts),
            unjudged={rule: why for rule, why in self._unjudged.items() if rule not in self._judged},
        )

    def _renew(self, run: Watched, memory: _Memory) -> None:
        """See a run anew; while its files are being replaced, what was seen last stands."""
        try:
            status = run.status()
            if memory.sight is None or (memory.name, memory.revision) != (run.name, run.revision):
                self._read(run, memory, status)
            else:
                memory.sight = replace(memory.sight, status=status)
        except StatkitError:
            return

    def _read(self, run: Watched, memory: _Memory, status: RunStatus) -> None:
        """Read what is new of a run, and ask it every rule that rests on data."""
        name, revision, state = run.name, run.revision, run.state()
        history, unit = run.ask(partial(_history, state.glance.metric))
        memory.sight = Sight(state=state, status=status, unit=unit, history=history)
        for rule in self.rules:
            if isinstance(rule, StallRule) or not state.glance.series:
                continue
            try:
                memory.causes[rule.text] = run.ask(partial(self._cause, rule, state, memory.marks))
                self._judged.add(rule.text)
            except (MetricError, UsageError) as error:
                memory.causes[rule.text] = None
                self._unjudged[rule.text] = str(error)
        memory.name, memory.revision = name, revision

    def _cause(self, rule: AlertRule, state: RunState, marks: dict[str, Mark], run: Run) -> Cause | None:
        match rule:
            case NanRule():
                return _non_finite(rule, run, marks)
            case LimitRule():
                return _limit(rule, run, marks)
            case GateRule():
                return self._gate(rule, run)
            case DivergenceRule():
                return checks.divergence(state.findings)
        return None

    def _gate(self, rule: GateRule, run: Run) -> Cause | None:
        """Judge a run by what the baselines had reached by its last steps."""
        if os.path.realpath(run.path) in self._compared:
            raise UsageError(f"{run.name} is a baseline run: it is not compared with itself.")
        try:
            steps = dict.fromkeys(reversed(select(run, rule.metric, "best").steps))
            return checks.gate((step, self._judge(rule, run, step)) for step in steps)
        except EmptySeriesError:  # it, or a baseline, had no value by then
            return None

    def _judge(self, rule: GateRule, run: Run, step: int) -> Gate:
        asked = [f"{rule.metric}: {rule.margin}"]
        return gate([run], self._baseline, asked, rows=Filter(steps=(None, step))).rules[0]

    def _alerts(self, causes: Mapping[str, Cause | None], sight: Sight) -> Iterator[Alert]:
        for rule in self.rules:
            cause = causes.get(rule.text)
            if isinstance(rule, StallRule):
                cause = checks.stall(rule, sight.status, sight.progress.step)
            if cause is not None:
                yield Alert.of(rule.text, sight.run, sight.path, cause)


def _non_finite(rule: NanRule, run: Run, marks: dict[str, Mark]) -> Cause | None:
    causes = []
    for place, columns in _tables(run):
        key = f"{rule.text} {place}"
        cause = checks.non_finite(columns, news(columns, marks.get(key, START)), run.metric)
        marks[key] = mark_of(columns)
        if cause is not None:
            causes.append(cause)
    return min(causes, key=lambda cause: cause.step or 0, default=None)


def _tables(run: Run) -> Iterator[tuple[str, Columns]]:
    """Give every table whose rows follow each other, and what it is known by."""
    for series in run.declared:
        if series == "epoch":  # made of the batches
            continue
        columns = run.columns(series)
        if series != "scalars" or not len(columns):
            yield series, columns
            continue
        files = columns.provenance["file"]
        for file in dict.fromkeys(files):
            yield file, columns.take([row for row, each in enumerate(files) if each == file])


def _limit(rule: LimitRule, run: Run, marks: dict[str, Mark]) -> Cause | None:
    try:
        chosen = select(run, rule.metric, "best")
    except EmptySeriesError:
        return None
    mark = marks.get(rule.text)
    rows = news(chosen.columns, mark) if mark is not None else ()
    marks[rule.text] = mark_of(chosen.columns)
    return checks.limit(rule, chosen.steps, chosen.values, chosen.believed, rows)


def _history(metric: str | None, run: Run) -> tuple[tuple[float, ...], str | None]:
    """Give the course of a metric, and its unit."""
    if metric is None:
        return (), None
    chosen = select(run, metric, "best")
    return _thinned(chosen), chosen.metric.unit


def _thinned(chosen: Selection) -> tuple[float, ...]:
    values = floats(value for value, good in zip(chosen.values, chosen.believed, strict=True) if good)
    return tuple((block_medians(values, HISTORY) if len(values) > HISTORY else values).tolist())
