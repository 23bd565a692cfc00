"""What every route of the page shares."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from statkit.server.annotate_sessions import Place, Sessions
from statkit.server.answers import Answers
from statkit.server.assets import assets
from statkit.server.connections import most_listening
from statkit.server.encoding import encoded
from statkit.server.events import Hub
from statkit.server.watch import Watch
from statkit.server.watched import WatchedRun


class Page:
    """The page's runs, its answers, and who listens.

    Parameters
    ----------
    watch : Watch
        The runs.
    root_path : str
        The path below which a proxy shows the page; empty without one.
    language : str or None
        ``de`` for the original page's German labels.
    fresh_assets : bool
        Read packaged files again for each request: for those who work on the page itself.
    annotate : Place or None
        The run that the page is opened to annotate.

    Attributes
    ----------
    watch, answers, hub, sessions, root_path, language
        As their classes say.
    """

    def __init__(
        self,
        watch: Watch,
        *,
        root_path: str = "",
        language: str | None = None,
        fresh_assets: bool = False,
        annotate: Place | None = None,
    ) -> None:
        self.watch = watch
        self.answers = Answers()
        self.hub = Hub(most_listening())
        self.sessions = Sessions(watch, annotate)
        self.root_path = root_path
        self.language = language
        self._fresh = fresh_assets
        self._assets = assets()

    def asset(self, name: str, known: str | None) -> Response:
        """Answer with a packaged file, or that the browser's copy still stands."""
        if self._fresh:
            self._assets = assets()
        found = self._assets.get(name)
        if found is None:
            raise HTTPException(404, f"no file {name!r} belongs to the page.")
        headers = {"ETag": found.etag, "Cache-Control": "no-cache"}
        if known == found.etag:
            return Response(status_code=304, headers=headers)
        return Response(found.data, media_type=found.media, headers=headers)

    def run(self, request: Request) -> WatchedRun:
        """Look up the run that a request names.

        Raises
        ------
        HTTPException
            404 where it is not there, or not any more.
        """
        found = self.watch.get(request.path_params["run"])
        if found is None:
            raise HTTPException(404, "no such run: it is gone, or never was.")
        return found

    async def json(
        self,
        subject: Hashable,
        version: Hashable,
        question: Hashable,
        make: Callable[[], dict[str, Any]],
        *,
        runs: Iterable[str] = (),
        slow: bool = False,
    ) -> Response:
        """Answer with a document, made once for all who ask for the same; parameters as `Answers.get`."""
        data = await self.answers.get(
            subject, version, question, lambda: encoded(make()), runs=runs, slow=slow
        )
        return Response(data, media_type="application/json")


def second() -> int:
    """Give the second: answers that hold an age are made once in each."""
    return int(time.time())
