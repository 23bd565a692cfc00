"""The page served: its port, its address, its end."""

from __future__ import annotations

import errno
import os
import re
import secrets
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import uvicorn

from statkit.errors import RunNotFoundError, UsageError
from statkit.server.annotate_sessions import Place
from statkit.server.app import create_app
from statkit.server.changes import Changes
from statkit.server.connections import options
from statkit.server.console import complain
from statkit.server.guard import TOKEN_PARAMETER
from statkit.server.names import Names, is_loopback
from statkit.server.page import Page
from statkit.server.watch import Watch
from statkit.server.while_alive import end_after, end_in

#: How far a page that a training started steps back behind it.
NICENESS: Final = 10

#: Ports tried for the next free one.
_NEAR: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the page is served.

    Attributes
    ----------
    host : str
        The address to listen on.
    port : int
        The port; 0 takes a free one.
    next_port : bool
        Whether the next free port is taken where this one is.
    names : tuple of str
        Other names it is called by, of a proxy for instance.
    token : bool
        Whether a token is needed.
    root_path : str
        The path below which a proxy shows it.
    start : str
        The page that the printed address opens: ``monitoring`` or ``annotate``.
    language : str or None
        ``de`` for the original page's German labels.
    seconds : float or None
        Serve so long.
    while_pid : int or None
        Serve only while this process lives, and ten minutes beyond.
    annotate : Place or None
        The run that the page is opened to annotate; None: any run of the page.
    on_rewind, step_column
        As `statkit.load` takes them.
    """

    host: str = "127.0.0.1"
    port: int = 5050
    next_port: bool = False
    names: tuple[str, ...] = ()
    token: bool = True
    root_path: str = ""
    start: str = "monitoring"
    language: str | None = None
    seconds: float | None = None
    while_pid: int | None = None
    annotate: Place | None = None
    on_rewind: str = "last"
    step_column: str | None = None


class PageServer(uvicorn.Server):
    """The page with everything it needs; ``run(sockets=[…])`` serves it until `end`.

    Parameters
    ----------
    paths : sequence of str
        Run directories, files, directories of runs.
    settings : Settings
        How it is served.
    token : str or None
        What lets a browser in; None lets everybody in.
    changes : Changes, optional
        Says when to look again; for tests.

    Attributes
    ----------
    page : Page
        Its runs and answers.
    """

    def __init__(
        self, paths: Sequence[str], settings: Settings, token: str | None, changes: Changes | None = None
    ) -> None:
        watch = Watch(paths, on_rewind=settings.on_rewind, step_column=settings.step_column)
        self.page = Page(
            watch, root_path=_root(settings), language=settings.language, annotate=settings.annotate
        )
        names = Names(settings.host, settings.names)
        app = create_app(self.page, changes or Changes(paths), names, token)
        super().__init__(
            uvicorn.Config(
                app,
                log_level="critical",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=3,
                **options(),
            )
        )

    def end(self) -> None:
        """End soon; any thread may say so."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams of the pages, then everything else."""
        self.page.hub.close()
        await super().shutdown(sockets)


def _root(settings: Settings) -> str:
    path = settings.root_path.strip("/")
    return f"/{path}" if path else ""


def serve(
    paths: Sequence[str],
    settings: Settings,
    say: Callable[[str], None],
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve the page until it is interrupted.

    Parameters
    ----------
    paths : sequence of str
        Run directories, files, directories of runs; a directory may be empty as yet.
    settings : Settings
        How.
    say : callable
        Takes each line for the user.
    ready : callable
        Takes the page's address once it listens.

    Raises
    ------
    RunNotFoundError
        If a path does not exist.
    UsageError
        If the port is taken or not ours to take, no token is asked for off the loopback, or a setting is
        none.
    """
    for path in paths:
        if not os.path.exists(path):
            raise RunNotFoundError(f"{path}: no such file or directory.", path)
    _check(settings)
    with listen(settings.host, settings.port, settings.next_port) as listening:
        token = secrets.token_urlsafe(24) if settings.token else None
        address = address_of(settings, listening.getsockname()[1], token)
        server = PageServer(paths, settings, token)
        _greet(settings, address, say)
        found = len(server.page.watch.runs)
        say(f"{found or 'no'} run{'' if found == 1 else 's'} found so far. Ctrl-C ends.")
        if settings.while_pid is not None:
            os.nice(NICENESS)
            end_after(settings.while_pid, server.end)
        if settings.seconds is not None:
            end_in(settings.seconds, server.end)
        ready(address)
        server.run(sockets=[listening])


def _check(settings: Settings) -> None:
    if not settings.host:
        raise UsageError("--host is empty: say an address of this machine, 127.0.0.1 for instance.")
    if not settings.token and not is_loopback(settings.host):
        raise UsageError(
            f"--no-token is refused on {settings.host}: everybody on the network could read your runs. "
            f"Leave it out, or stay on 127.0.0.1 and use an ssh tunnel."
        )
    path, seconds = settings.root_path, settings.seconds
    if not re.fullmatch(r"[\w./~-]*", path, re.ASCII):
        raise UsageError(f"--root-path {path!r} is not possible: use letters, digits and / . _ ~ - alone.")
    if seconds is not None and not seconds <= threading.TIMEOUT_MAX:
        raise UsageError(f"--for {seconds} is no time to wait; leave it out to serve until Ctrl-C.")


def listen(host: str, port: int, next_port: bool = False) -> socket.socket:
    """Take a port, or where it is taken and that is allowed, the next free one.

    Raises
    ------
    UsageError
        If it is taken, with the next free one; if it is not ours to take; if the host is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY by it
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(512)
    except (OSError, OverflowError) as error:
        made.close()
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        free = next_free(host, port + 1) if taken and next_port else None
        if free is not None:
            return listen(host, free, next_port)
        raise UsageError(_why_not(host, port, error)) from None
    made.set_inheritable(False)
    return made


def _why_not(host: str, port: int, error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        free = next_free(host, port + 1)
        mend = f"Free is: --port {free}" if free else "Say another with --port"
        return f"port {port} on {host} is taken. {mend}."
    if number == errno.EACCES:
        return f"port {port} is not yours to take: choose one above 1023."
    if isinstance(error, OverflowError):
        return f"port {port} does not exist: possible are 0 to 65535."
    return f"cannot listen on {host}, port {port}: {getattr(error, 'strerror', None) or error}."


def next_free(host: str, first: int) -> int | None:
    """Find the next port that can be taken; None if a hundred cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(first, min(first + _NEAR, 65536)):
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, port))
                trial.listen(1)
            except OSError:
                continue
            return port
    return None


def address_of(settings: Settings, port: int, token: str | None) -> str:
    """Write the address that opens the page."""
    host = settings.host
    if host in ("0.0.0.0", "::"):
        host = socket.gethostname()
    shown = f"[{host}]" if ":" in host else host
    asked = [f"{TOKEN_PARAMETER}={token}"] if token is not None else []
    asked += [f"lang={settings.language}"] if settings.language else []
    return f"http://{shown}:{port}{_root(settings)}/{settings.start}" + (
        "?" + "&".join(asked) if asked else ""
    )


def _greet(settings: Settings, address: str, say: Callable[[str], None]) -> None:
    if not is_loopback(settings.host):
        complain(
            f"warning: listening on {settings.host}: whoever reaches this machine and knows the token can "
            f"read these runs, and what is sent can be read on the way."
        )
    say(address)
