"""The routes of the annotation page.

Reading changes nothing; what a rater does is POST. The attention is given only to a rater of whom the
journal says that it is shown, the agreement only once the annotations are submitted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from statkit import json_text
from statkit.errors import StatkitError, UsageError
from statkit.server import annotate_documents as documents
from statkit.server.annotate_agreement import agreement
from statkit.server.annotate_sessions import NoSessionError, Sessions
from statkit.server.encoding import encoded
from statkit.server.page import Page

if TYPE_CHECKING:
    from statkit.pathology.sessions.store import AnnotationStore

Body = dict[str, Any]
Work = Callable[["AnnotationStore", str], Response]
Endpoint = Callable[[Sessions, Request], Awaitable[Response]]

#: The status of an answer that says: submitted, and final.
LOCKED: Final = 423

#: The status of an answer that says: the storage refused; what was saved before is whole.
UNSAVED: Final = 507

_PNG: Final = "image/png"


def routes(page: Page) -> list[Route]:
    """List the routes."""

    def at(method: str, path: str, endpoint: Endpoint) -> Route:
        async def answer(request: Request) -> Response:
            return await endpoint(page.sessions, request)

        return Route(path, answer, methods=[method])

    async def document(request: Request) -> Response:
        return page.asset("annotate.html", request.headers.get("if-none-match"))

    session = "/api/annotate/{session}"
    image = f"{session}/{{image}}"
    return [
        Route("/annotate", document, methods=["GET"]),
        at("GET", "/api/annotate", _sessions),
        at("GET", session, _session),
        at("GET", f"{image}/image.png", _picture),
        at("GET", f"{image}/overlay.png", _overlay_picture),
        at("GET", f"{image}/shapes", _shapes),
        at("GET", f"{image}/agreement", _agreement),
        at("GET", f"{image}/annotations.geojson", _export),
        at("POST", f"{image}/opened", _opened),
        at("POST", f"{image}/overlay", _overlay),
        at("POST", f"{image}/save", _save),
        at("POST", f"{image}/import", _import),
        at("POST", f"{image}/submit", partial(_mark, action="submit")),
        at("POST", f"{image}/reopen", partial(_mark, action="reopen")),
    ]


async def _sessions(sessions: Sessions, request: Request) -> Response:
    return _json({"sessions": sessions.listed()})


async def _session(sessions: Sessions, request: Request) -> Response:
    rater = request.query_params.get("rater")

    def work(store: AnnotationStore, image: str) -> Response:
        return _json(documents.session(store, rater))

    return await _asked(sessions, request, work, renewed=True)


async def _picture(sessions: Sessions, request: Request) -> Response:
    def work(store: AnnotationStore, image: str) -> Response:
        from statkit.pathology.sessions.rendering import image_png

        return Response(image_png(store.session.image(image)), media_type=_PNG)

    return await _asked(sessions, request, work)


async def _overlay_picture(sessions: Sessions, request: Request) -> Response:
    rater, layer = _rater(request), request.query_params.get("layer", "")

    def work(store: AnnotationStore, image: str) -> Response:
        from statkit.pathology.sessions.rendering import overlay_png

        if not store.is_unblinded(image, rater):
            raise HTTPException(403, "the attention is shown only after it is noted that it is.")
        return Response(overlay_png(store.session.image(image), layer), media_type=_PNG)

    return await _asked(sessions, request, work)


async def _shapes(sessions: Sessions, request: Request) -> Response:
    rater = _rater(request)

    def work(store: AnnotationStore, image: str) -> Response:
        unblinded = store.is_unblinded(image, rater)
        return _json({**documents.saved(store.load(image, rater)), "unblinded": unblinded})

    return await _asked(sessions, request, work)


async def _agreement(sessions: Sessions, request: Request) -> Response:
    rater = _rater(request)

    def work(store: AnnotationStore, image: str) -> Response:
        found = store.load(image, rater)
        if found.submitted is None:
            raise HTTPException(403, "the agreement is shown after the annotations are submitted.")
        return _json(agreement(store.session.image(image), found.annotations))

    return await _asked(sessions, request, work)


async def _export(sessions: Sessions, request: Request) -> Response:
    rater = _rater(request)

    def work(store: AnnotationStore, image: str) -> Response:
        from statkit.layout import annotation_name
        from statkit.pathology.annotations import qupath
        from statkit.pathology.sessions.raters import slug

        data = qupath.write(store.load(image, rater).annotations)
        name = annotation_name(store.session.image(image).stems[0], slug(rater))
        plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
        headers = {"Content-Disposition": f'attachment; filename="{plain}"'}
        return Response(data, media_type="application/geo+json", headers=headers)

    return await _asked(sessions, request, work)


async def _opened(sessions: Sessions, request: Request) -> Response:
    rater = _text(await _body(request), "rater")

    def work(store: AnnotationStore, image: str) -> Response:
        store.opened(image, rater)
        return _json({})

    return await _asked(sessions, request, work)


async def _overlay(sessions: Sessions, request: Request) -> Response:
    body = await _body(request)
    rater, layer = _text(body, "rater"), _text(body, "layer")

    def work(store: AnnotationStore, image: str) -> Response:
        layers = store.session.image(image).layers
        if layer not in layers:
            raise UsageError(f"layer {layer[:80]!r} is unknown; possible: {', '.join(layers) or 'none'}.")
        note = store.overlay_shown if body.get("shown") is True else store.overlay_hidden
        note(image, rater, layer)
        return _json({})

    return await _asked(sessions, request, work)


async def _save(sessions: Sessions, request: Request) -> Response:
    body = await _body(request)
    rater, revision = _text(body, "rater"), _revision(body)
    geojson: Any = body.get("geojson")

    def work(store: AnnotationStore, image: str) -> Response:
        return _json(documents.saved(store.save(image, rater, geojson, revision)))

    return await _asked(sessions, request, work)


async def _import(sessions: Sessions, request: Request) -> Response:
    """Read a file of another program; nothing is saved: the page shows what was lost, then saves."""
    body = await _body(request)
    text, name = _text(body, "text"), _text(body, "name")

    def work(store: AnnotationStore, image: str) -> Response:
        from statkit.pathology.annotations.reading import read_text

        found = read_text(text.encode(), name, image_size=store.session.image(image).size)
        geojson = documents.geojson(found)
        return _json({"format": found.format, "geojson": geojson, "losses": documents.losses(found.losses)})

    return await _asked(sessions, request, work)


async def _mark(sessions: Sessions, request: Request, *, action: str) -> Response:
    body = await _body(request)
    rater, revision = _text(body, "rater"), _revision(body)

    def work(store: AnnotationStore, image: str) -> Response:
        marked = store.submit if action == "submit" else store.reopen
        return _json(documents.saved(marked(image, rater, revision)))

    return await _asked(sessions, request, work)


async def _asked(sessions: Sessions, request: Request, work: Work, renewed: bool = False) -> Response:
    """Do a piece of work on a session's store, in a thread, and turn its refusals into answers."""
    session, image = request.path_params["session"], request.path_params.get("image", "")

    def done() -> Response:
        with sessions.store(session, renewed=renewed) as store:
            try:
                return work(store, image)
            except StatkitError as error:
                answer = _refusal(error)
                if answer is None:
                    raise
                return answer

    try:
        return await asyncio.to_thread(done)
    except NoSessionError:
        raise HTTPException(404, "no such run: it is gone, or never was.") from None


def _refusal(error: StatkitError) -> Response | None:
    from statkit.pathology.sessions.faults import (
        ConflictError,
        SubmittedError,
        UnknownImageError,
        UnsavedError,
    )

    if isinstance(error, ConflictError):
        return _json(documents.conflict(error), 409)
    statuses: dict[type[StatkitError], int] = {
        SubmittedError: LOCKED,
        UnsavedError: UNSAVED,
        UnknownImageError: 404,
    }
    status = statuses.get(type(error))
    return None if status is None else JSONResponse({"error": str(error)}, status_code=status)


async def _body(request: Request) -> Body:
    body = json_text.loads(await request.body())
    if not isinstance(body, dict):
        raise UsageError("the body is no JSON object.")
    return body


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise UsageError(f"the body has no text {name!r}.")
    return value


def _revision(body: Body) -> int:
    value = body.get("revision")
    if type(value) is not int or not 0 <= value < 1 << 31:
        raise UsageError("the body has no whole number 'revision'.")
    return value


def _rater(request: Request) -> str:
    value = request.query_params.get("rater")
    if value is None:
        raise UsageError("the address says no rater: ?rater=NAME.")
    return value


def _json(document: Body, status: int = 200) -> Response:
    return Response(encoded(document), status_code=status, media_type="application/json")
