"""The app: routes behind the guard, and the looking that goes on as long as it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from statkit.errors import MetricNotFoundError, SourceError, StatkitError
from statkit.server import annotate, monitoring
from statkit.server.changes import Changes
from statkit.server.console import complain
from statkit.server.guard import Guard
from statkit.server.names import Names
from statkit.server.observer import observe
from statkit.server.page import Page


def create_app(page: Page, changes: Changes, names: Names, token: str | None) -> ASGIApp:
    """Make the app of a page.

    Parameters
    ----------
    page : Page
        Its runs and answers.
    changes : Changes
        Says when to look again.
    names : Names
        Names the page may be called by.
    token : str or None
        What lets a browser in; None lets everybody in.
    """

    @asynccontextmanager
    async def looking(app: Starlette) -> AsyncIterator[None]:
        changes.start()
        task = asyncio.create_task(observe(page, changes))
        try:
            yield
        finally:
            changes.stop()
            task.cancel()
            page.hub.close()
            page.answers.close()
            page.sessions.close()

    app = Starlette(
        routes=[*monitoring.routes(page), *annotate.routes(page)],
        lifespan=looking,
        exception_handlers={HTTPException: _refused, StatkitError: _unanswerable, Exception: _broken},
    )
    app.router.redirect_slashes = False  # an address has one spelling
    return Guard(app, names, token, page.root_path)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, status_code=error.status_code, headers=error.headers)


async def _unanswerable(request: Request, error: Exception) -> Response:
    missing = isinstance(error, SourceError | MetricNotFoundError)
    return JSONResponse({"error": str(error)}, status_code=404 if missing else 400)


async def _broken(request: Request, error: Exception) -> Response:
    complain(f"statkit: {request.url.path}: {type(error).__name__}: {error}")
    return JSONResponse({"error": "the page could not answer; its server says more."}, status_code=500)
