"""The routes of the monitoring page. Every one of them only reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from statkit.errors import UsageError
from statkit.server import documents, events
from statkit.server.comparing import comparison, sides_of
from statkit.server.downloads import FIGURES, FILES, Download, figure
from statkit.server.images import images_of, png
from statkit.server.page import Page, second
from statkit.server.watched import WatchedRun

Endpoint = Callable[[Page, Request], Awaitable[Response]]

#: Metrics that one request may ask for.
_MOST_METRICS = 200


def routes(page: Page) -> list[Route]:
    """List the routes."""

    def at(path: str, endpoint: Endpoint) -> Route:
        async def answer(request: Request) -> Response:
            return await endpoint(page, request)

        return Route(path, answer, methods=["GET"])

    run = "/api/runs/{run}"
    return [
        at("/", _home),
        at("/monitoring", partial(_document, name="monitoring.html")),
        at("/static/{name}", _static),
        at("/api/runs", _runs),
        at("/api/live", _live),
        at("/api/compare", _compare),
        at(run, _run),
        at(f"{run}/series", _series),
        at(f"{run}/activity", _activity),
        at(f"{run}/images", _images),
        at(f"{run}/images/{{image}}", _image),
        *(at(f"{run}/{name}", partial(_download, name=name)) for name in FILES),
        *(at(f"{run}/{name}", partial(_figure, name=name)) for name in FIGURES),
    ]


async def _home(page: Page, request: Request) -> Response:
    query = f"?lang={page.language}" if page.language else ""
    return RedirectResponse(f"{page.root_path}/monitoring{query}", status_code=307)


async def _document(page: Page, request: Request, *, name: str) -> Response:
    return page.asset(name, request.headers.get("if-none-match"))


async def _static(page: Page, request: Request) -> Response:
    return page.asset(request.path_params["name"], request.headers.get("if-none-match"))


async def _runs(page: Page, request: Request) -> Response:
    version = (page.watch.revision, second())
    return await page.json("runs", version, None, lambda: documents.runs(page.watch))


async def _run(page: Page, request: Request) -> Response:
    run = page.run(request)
    version = (run.revision, second())
    return await page.json(("run", run.id), version, None, lambda: documents.run_page(run), runs=[run.id])


async def _series(page: Page, request: Request) -> Response:
    run = page.run(request)
    asked = request.query_params
    metrics = asked.getlist("metric")
    since = _whole(asked.get("since", "0"), "since")
    if len(metrics) > _MOST_METRICS:
        raise UsageError(f"{len(metrics)} metrics are too many at once; possible are {_MOST_METRICS}.")
    question = (tuple(metrics), asked.get("series"), since, asked.get("lineage"))
    return await page.json(
        run.id,
        run.revision,
        question,
        lambda: documents.series(run, metrics, *question[1:]),
        runs=[run.id],
    )


async def _activity(page: Page, request: Request) -> Response:
    run = page.run(request)
    return await page.json(run.id, run.revision, "activity", lambda: documents.activity(run), runs=[run.id])


async def _images(page: Page, request: Request) -> Response:
    run = page.run(request)
    return await page.json(
        run.id,
        run.revision,
        "images",
        lambda: {"images": [image.to_dict() for image in run.once(images_of)]},
        runs=[run.id],
    )


async def _image(page: Page, request: Request) -> Response:
    run, wanted = page.run(request), request.path_params["image"]

    def make() -> bytes:
        image = next((each for each in run.once(images_of) if each.id == wanted), None)
        if image is None:
            raise HTTPException(404, "no such picture: it is gone, or never was.")
        return run.ask(lambda asked: png(asked, image))

    data = await page.answers.get(run.id, run.revision, ("image", wanted), make, runs=[run.id], slow=True)
    return Response(data, media_type="image/png")


async def _compare(page: Page, request: Request) -> Response:
    asked = request.query_params
    sides = sides_of(page.watch, asked.getlist("side"))
    metric, at, phase = asked.get("metric") or None, asked.get("at") or "best", asked.get("phase") or None
    subject = ("compare", *((name, *(run.id for run in runs)) for name, runs in sides.items()))
    version = tuple(run.revision for runs in sides.values() for run in runs)
    asked_of = [run.id for runs in sides.values() for run in runs]
    return await page.json(
        subject,
        version,
        (metric, at, phase),
        lambda: comparison(sides, metric, at, phase),
        runs=asked_of,
        slow=True,
    )


async def _download(page: Page, request: Request, *, name: str) -> Response:
    run = page.run(request)
    return await _handed_out(page, run, name, lambda: run.ask(FILES[name]))


async def _figure(page: Page, request: Request, *, name: str) -> Response:
    run, metrics = page.run(request), request.query_params.getlist("metric")
    return await _handed_out(
        page, run, (name, *metrics), lambda: run.ask(lambda asked: figure(asked, name, metrics))
    )


async def _handed_out(
    page: Page, run: WatchedRun, question: Hashable, make: Callable[[], Download]
) -> Response:
    """Answer with a file to save; its name and media type travel before its bytes."""

    def packed() -> bytes:
        made = make()
        return f"{_quoted(made.name)}\n{made.media}\n".encode() + made.data

    answer = await page.answers.get(run.id, run.revision, question, packed, runs=[run.id], slow=True)
    name, media, data = answer.split(b"\n", 2)
    headers = {"Content-Disposition": f'attachment; filename="{name.decode()}"'}
    return Response(data, media_type=media.decode(), headers=headers)


def _quoted(name: str) -> str:
    """Give a file's name as one line of a header can hold it."""
    return "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)


async def _live(page: Page, request: Request) -> Response:
    if page.hub.full:
        raise HTTPException(503, "too many pages listen already; ask again later.")
    return events.response(page.hub, events.event("hello", {"revision": page.watch.revision}))


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise UsageError(f"{name}={text[:40]!r} is no whole number of 0 or more.")
    return int(text)
