"""What changed from one look to the next, a line a change: for logs and pipes."""

from __future__ import annotations

from collections.abc import Iterator

from statkit.analysis.alerts.sight import Look, Sight
from statkit.views.terminal import visible
from statkit.views.watch_words import alert_line, run_line, unjudged_lines


def change_lines(before: Look | None, now: Look) -> Iterator[str]:
    """Give a line for every run that came, went, said something new or changed its status, and every alert.

    Parameters
    ----------
    before : Look or None
        The look before; None at the first.
    now : Look
        This one.
    """
    known = {run.path: run for run in before.runs} if before is not None else {}
    for path, run in known.items():
        if path not in {each.path for each in now.runs}:
            yield visible(f"{run.run}: gone")
    for run in now.runs:
        if run.path not in known or _said(known[run.path]) != _said(run):
            yield run_line(run)
    for alert in now.fresh:
        yield alert_line(alert.run, alert.rule, alert.message)
    if before is None:
        if not now.runs:
            yield "no run yet"
        yield from unjudged_lines(now)
        return
    on = {(alert.rule, alert.path) for alert in now.alerts}
    for alert in before.alerts:
        if (alert.rule, alert.path) not in on:
            yield visible(f"alert over: {alert.run}: {alert.rule}")
    yield from (line for line in unjudged_lines(now) if line not in unjudged_lines(before))


def _said(run: Sight) -> tuple[object, ...]:
    glance = run.state.glance
    rows = tuple(span.rows for span in glance.series)
    return run.run, run.status.status, rows, glance.signs.step, glance.value, glance.recorded
