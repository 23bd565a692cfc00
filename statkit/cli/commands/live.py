"""The page in the browser: ``statkit serve``."""

from __future__ import annotations

from typing import Annotated

import typer

from statkit.cli.options import Request, takes


@takes("paths", "on_rewind", "step_column", "quiet")
def serve(
    request: Request,
    host: Annotated[
        str, typer.Option("--host", help="The address to listen on; this machine alone by default.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="The port; 0 takes a free one.")] = 5050,
    next_port: Annotated[
        bool, typer.Option("--next-port", help="Where the port is taken, take the next free one.")
    ] = False,
    open_browser: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="Let in whoever reaches the port; never off this machine.")
    ] = False,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="NAME", help="Another name it is called by, behind a proxy; repeats."),
    ] = None,
    root_path: Annotated[
        str, typer.Option("--root-path", metavar="/PATH", help="Where a proxy shows it.")
    ] = "",
    lang: Annotated[str, typer.Option("--lang", help="en or de: the labels of the page.")] = "en",
    seconds: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=0, help="End after so many seconds.")
    ] = None,
    while_pid: Annotated[
        int | None,
        typer.Option("--while-pid", metavar="PID", help="End ten minutes after this process has ended."),
    ] = None,
) -> None:
    """Show runs in the browser, live: charts, comparison, health, downloads. Ctrl-C ends it.

    Example: statkit serve examples/runs --port 0 --for 2
    """
    from statkit.cli.options import default_path
    from statkit.cli.page import serve_page

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
