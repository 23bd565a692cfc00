"""The page in the browser: ``statkit serve``."""

from __future__ import annotations

from typing import Annotated

import typer

from statkit.cli.options import Request, takes
from statkit.cli.page import (
    Host,
    Language,
    Names,
    NextPort,
    NoToken,
    OpenBrowser,
    Port,
    RootPath,
    Seconds,
    serve_page,
)


@takes("paths", "on_rewind", "step_column", "quiet")
def serve(
    request: Request,
    host: Host = "127.0.0.1",
    port: Port = 5050,
    next_port: NextPort = False,
    open_browser: OpenBrowser = False,
    no_token: NoToken = False,
    name: Names = None,
    root_path: RootPath = "",
    lang: Language = "en",
    seconds: Seconds = None,
    while_pid: Annotated[
        int | None,
        typer.Option("--while-pid", metavar="PID", help="End ten minutes after this process has ended."),
    ] = None,
) -> None:
    """Show runs in the browser, live: charts, comparison, health, downloads. Ctrl-C ends it.

    Example: statkit serve examples/runs --port 0 --for 2
    """
    from statkit.cli.options import default_path

    serve_page(
        request.paths or [default_path(request.step_column)],
        host=host,
        port=port,
        next_port=next_port,
        open_browser=open_browser,
        token=not no_token,
        names=tuple(name or ()),
        root_path=root_path,
        language=lang,
        seconds=seconds,
        while_pid=while_pid,
        start="monitoring",
        on_rewind=request.on_rewind,
        step_column=request.step_column,
        quiet=request.quiet,
    )
