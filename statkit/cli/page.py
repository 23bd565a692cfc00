"""The page served from the command line: by ``serve``, and by ``annotate`` opened elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from statkit.errors import MissingExtraError, UsageError

LANGUAGES = ("en", "de")

# The options that both commands have; their defaults stand with the commands.
Host = Annotated[str, typer.Option("--host", help="The address to listen on; this machine alone by default.")]
Port = Annotated[int, typer.Option("--port", help="The port; 0 takes a free one.")]
NextPort = Annotated[
    bool, typer.Option("--next-port", help="Where the port is taken, take the next free one.")
]
OpenBrowser = Annotated[bool, typer.Option("--open", help="Open it in the browser.")]
NoToken = Annotated[
    bool, typer.Option("--no-token", help="Let in whoever reaches the port; never off this machine.")
]
Names = Annotated[
    list[str] | None,
    typer.Option("--name", metavar="NAME", help="Another name it is called by, behind a proxy; repeats."),
]
RootPath = Annotated[str, typer.Option("--root-path", metavar="/PATH", help="Where a proxy shows it.")]
Language = Annotated[str, typer.Option("--lang", help="en or de: the words of the page.")]
Seconds = Annotated[
    float | None, typer.Option("--for", metavar="SECONDS", min=0, help="End after so many seconds.")
]


def serve_page(
    paths: Sequence[str],
    *,
    open_browser: bool,
    quiet: bool,
    language: str,
    **settings: Any,
) -> None:
    """Serve the page until it is interrupted; its address is printed first.

    Parameters
    ----------
    paths : sequence of str
        The runs.
    open_browser : bool
        Open it in the browser.
    quiet : bool
        Print the address alone.
    language : {"en", "de"}
        Of the labels.
    **settings
        As `statkit.server.serving.Settings`.

    Raises
    ------
    MissingExtraError
        If the page's libraries are not installed.
    UsageError, RunNotFoundError
        As `statkit.server.serving.serve`.
    """
    if language not in LANGUAGES:
        raise UsageError(f"--lang {language!r} is unknown. Possible: {', '.join(LANGUAGES)}.")
    try:
        from statkit.server.serving import Settings, serve
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "statkit":
            raise
        raise MissingExtraError("The page's server", "pip install 'statkit[serve]'") from None

    lines = 0

    def say(line: str) -> None:
        nonlocal lines
        lines += 1
        if lines == 1 or not quiet:
            print(line, flush=True)

    serve(
        paths,
        Settings(language=language if language != "en" else None, **settings),
        say,
        _opened if open_browser else lambda address: None,
    )


def _opened(address: str) -> None:
    import threading
    import webbrowser

    threading.Timer(0.5, webbrowser.open, [address]).start()
