"""watch: runs in the terminal while they train, and alerts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from statkit.cli.options import Request, takes

if TYPE_CHECKING:
    from statkit.api.watching import Lookout
    from statkit.server.watch import Watch

#: Seconds that ``--once`` waits for the commands it started.
_PATIENCE_S = 10.0


@takes("paths", "on_rewind", "step_column", "quiet", "format", "json", "csv", "md", "output")
def watch(
    request: Request,
    interval: Annotated[
        float, typer.Option("--interval", min=0.1, metavar="SECONDS", help="Seconds between two looks.")
    ] = 2.0,
    once: Annotated[
        bool, typer.Option("--once", help="Look once and end: exit 1 if an alert holds, else 0.")
    ] = False,
    alert: Annotated[
        list[str] | None,
        typer.Option(
            "--alert",
            metavar="RULE",
            help="nan, stall, stall:FACTOR, divergence, 'METRIC<VALUE', 'METRIC>VALUE' or "
            "'gate:METRIC: MARGIN'; repeats.",
        ),
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option("--baseline", help="What gate: compares with; a quoted glob, repeats."),
    ] = None,
    bell: Annotated[bool, typer.Option("--bell/--no-bell", help="Ring the terminal at an alert.")] = True,
    run_command: Annotated[
        str | None,
        typer.Option(
            "--run-command",
            metavar="CMD",
            help="Run this at an alert, without a shell; STATKIT_RUN, STATKIT_RULE, STATKIT_STEP, "
            "STATKIT_PATH and STATKIT_MESSAGE tell it which.",
        ),
    ] = None,
) -> None:
    """Watch runs in the terminal while they train: status, progress, quality, findings, alerts.

    Into a pipe it prints a line a change. Ctrl-C ends it, and so does q.

    Example: statkit watch examples/runs/coarse --once --alert nan --alert stall
    """
    from statkit.cli.options import default_path
    from statkit.cli.watching import expanded
    from statkit.data.load import expand
    from statkit.server.watch import Watch

    _check(request, once)
    lookout = _lookout(request, alert or [], baseline or [])
    paths = request.paths or [default_path(request.step_column)]
    for path in paths:
        expand(path)  # one that does not exist is refused now

    def look() -> Watch:
        return Watch(expanded(paths), on_rewind=request.on_rewind, step_column=request.step_column)

    if once:
        _once(request, look(), lookout, bell, run_command)
    else:
        _follow(paths, look, lookout, bell, run_command, interval)


def _check(request: Request, once: bool) -> None:
    from statkit.errors import UsageError

    if not once and (request.chosen_format() != "table" or request.output is not None):
        raise UsageError("a format or a file is for one look: add --once, or leave them out.")


def _lookout(request: Request, alerts: list[str], baseline: list[str]) -> Lookout:
    from statkit.analysis.alerts.rules import parse_alert
    from statkit.api.watching import Lookout
    from statkit.cli.groups import without_name

    rules = [parse_alert(text) for text in alerts]
    return Lookout(rules, request.runs([without_name(path) for path in baseline]) if baseline else ())


def _once(request: Request, watch: Watch, lookout: Lookout, bell: bool, run_command: str | None) -> None:
    from statkit.cli.output import emit, unicode_ok
    from statkit.cli.watching import Alarm, alarm_command, check
    from statkit.views.watch_table import watch_tables
    from statkit.views.watch_words import alert_line

    alarm = Alarm(bell, alarm_command(run_command, _complain, _PATIENCE_S))
    if not watch.runs:
        request.runs()  # says why there is none
    look = lookout.look(watch.runs)
    check(look)
    notices = [notice for run in watch.runs for notice in run.ask(lambda each: each.notices)]
    emit(
        request,
        "watch",
        look.to_dict(),
        lambda: watch_tables(look, unicode_ok()),
        notices,
        lines=look.rows,
    )
    for alert in look.alerts:
        _complain(alert_line(alert.run, alert.rule, alert.message))
    alarm.ring(look.alerts)
    if alarm.command is not None:
        alarm.command.finish()
    raise typer.Exit(1 if look.alerts else 0)


def _follow(
    paths: list[str],
    look: Callable[[], Watch],
    lookout: Lookout,
    bell: bool,
    run_command: str | None,
    interval: float,
) -> None:
    import os
    import sys

    from statkit.cli.watching import Alarm, Lines, alarm_command, follow

    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        lines = Lines()
        alarm = Alarm(bell, alarm_command(run_command, lines.say))
        follow(paths, look(), lookout, lines, alarm, interval)
        return
    from statkit.cli.live_screen import LiveScreen

    screen = LiveScreen()
    alarm = Alarm(bell, alarm_command(run_command, screen.say))
    with screen.shown():
        follow(paths, look(), lookout, screen, alarm, interval)


def _complain(line: str) -> None:
    import sys

    print(line, file=sys.stderr)
