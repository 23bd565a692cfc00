"""Who may ask what: names, token, same origin, sizes; and the headers of every answer.

The run directory's content is nobody's but the user's, and login nodes are shared: a token is needed even
on the loopback. A page elsewhere can make a browser ask, but never with our name in the Host header and
our cookie at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from statkit.server.names import Names

#: Bytes of a request's body; more for annotations that are imported, and for those saved after that.
MAX_BODY: Final = 1 << 20
MAX_IMPORT: Final = 32 << 20

#: Seconds in which the next piece of a body has to come.
BODY_PATIENCE_S: Final = 20.0

TOKEN_HEADER: Final = "X-Statkit-Token"
TOKEN_PARAMETER: Final = "token"

#: The ends of the addresses that take annotations.
_LARGE: Final = ("/import", "/save")

_JSON: Final = frozenset({"application/json", "application/geo+json"})
_READING: Final = frozenset({"GET", "HEAD"})

#: Sent with every answer.
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_WAY_IN: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>statkit: no entry</title></head>
<body><h1>This page needs its token</h1>
<p>Open the address that <code>statkit serve</code> printed when it started: it ends in
<code>?token=…</code>. The browser then remembers it until the server ends.</p>
<p>Behind an ssh tunnel, replace only the port of that address. Programs send the token in the header
<code>X-Statkit-Token</code>.</p></body></html>
"""


class Guard:
    """Stands before the app: what it lets through has the right name, the token, and a sound body.

    Parameters
    ----------
    app : ASGI app
        What is guarded.
    names : Names
        Names the page may be called by.
    token : str or None
        None lets everybody in who reaches the port.
    root_path : str
        The path below which a proxy shows the page, ``/run7``; it may strip it or leave it.
    """

    def __init__(self, app: ASGIApp, names: Names, token: str | None, root_path: str = "") -> None:
        self._app = app
        self._names = names
        self._token = token
        self._root = "/" + root_path.strip("/") if root_path.strip("/") else ""
        mark = hashlib.sha256((token or "").encode()).hexdigest()[:8]
        self.cookie = f"statkit_{mark}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        scope = self._placed(scope)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            if refusal.status_code == 413:
                await _drain(receive)
            await refusal(scope, receive, guarded)
            return
        await self._app(scope, _counted(receive, _most(scope)), guarded)

    def _placed(self, scope: Scope) -> Scope:
        """Say where below the proxy's path a request is."""
        if self._root and scope["path"] == self._root:
            return {**scope, "root_path": self._root, "path": self._root + "/"}
        inside = self._root and scope["path"].startswith(self._root + "/")
        return {**scope, "root_path": self._root} if inside else scope

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._names.allow(hosts[0]):
            said = hosts[0][:80] if hosts else "none"
            return _error(403, f"Host {said!r} is not a name of this page. Start it with --name NAME.")
        entry = self._entry(scope)
        if entry is not None:
            return entry
        if not self._knows_token(headers):
            return self._way_in(headers)
        if scope["method"] in _READING:
            return _foreign_reading(headers)
        return self._writing(scope, headers, hosts[0])

    def _entry(self, scope: Scope) -> Response | None:
        """Take the token out of the address and into a cookie."""
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = [value for name, value in pairs if name == TOKEN_PARAMETER]
        if not given or scope["method"] not in _READING:
            return None
        if self._token is not None and not _same(given[-1], self._token):
            return self._way_in(Headers(scope=scope))
        path = scope["path"] if scope.get("root_path") else self._root + scope["path"]
        rest = urlencode([(name, value) for name, value in pairs if name != TOKEN_PARAMETER])
        target = "/" + path.lstrip("/") + (f"?{rest}" if rest else "")
        answer = RedirectResponse(target, status_code=303)
        if self._token is not None:
            answer.set_cookie(
                self.cookie, self._token, path=self._root or "/", httponly=True, samesite="strict"
            )
        return answer

    def _knows_token(self, headers: Headers) -> bool:
        if self._token is None:
            return True
        offered = [headers.get(TOKEN_HEADER, "")]
        for part in ";".join(headers.getlist("cookie")).split(";"):
            name, _, value = part.strip().partition("=")
            if name == self.cookie:
                offered.append(value)
        return any(_same(each, self._token) for each in offered)

    def _way_in(self, headers: Headers) -> Response:
        if "text/html" in headers.get("accept", ""):
            return HTMLResponse(_WAY_IN, status_code=403)
        return _error(
            403, f"the token is missing or wrong: open the printed address, or send {TOKEN_HEADER}."
        )

    def _writing(self, scope: Scope, headers: Headers, host: str) -> Response | None:
        """Writes are POST, JSON and of the same origin."""
        if scope["method"] != "POST":
            return _error(
                405, f"{scope['method']} is not possible; GET and POST are.", {"Allow": "GET, HEAD, POST"}
            )
        if not self._is_of_this_page(headers, host):
            return _error(403, "writing is for this page alone: Sec-Fetch-Site or Origin says another.")
        kind = headers.get("content-type", "").partition(";")[0].strip().casefold()
        if kind not in _JSON:
            return _error(415, f"Content-Type {kind or 'none'!r} is not possible; application/json is.")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > _most(scope):
            return _error(413, _too_large(_most(scope)))
        return None

    def _is_of_this_page(self, headers: Headers, host: str) -> bool:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        origin = headers.get("origin")
        if origin is not None:
            scheme, _, named = origin.partition("://")
            return scheme in ("http", "https") and named.casefold() == host.strip().casefold()
        return self._token is not None and _same(headers.get(TOKEN_HEADER, ""), self._token)


def _foreign_reading(headers: Headers) -> Response | None:
    """Refuse what another site's page embeds; opening an address from elsewhere is fine."""
    site, mode = headers.get("sec-fetch-site"), headers.get("sec-fetch-mode")
    if site in ("cross-site", "same-site") and mode != "navigate":
        return _error(403, "this page does not answer other sites.")
    return None


def _same(offered: str, token: str) -> bool:
    return hmac.compare_digest(offered.encode(), token.encode())


def _error(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": text}, status_code=status, headers=headers)


def _most(scope: Scope) -> int:
    return MAX_IMPORT if scope["path"].endswith(_LARGE) else MAX_BODY


def _too_large(most: int) -> str:
    return f"the body is larger than the {most >> 20} MB possible here."


def _counted(receive: Receive, most: int) -> Receive:
    """Count a body while it comes; one that is too large, or does not come, ends the request."""
    count = 0
    whole = False

    async def counted() -> Message:
        nonlocal count, whole
        if whole:
            return await receive()
        try:
            async with asyncio.timeout(BODY_PATIENCE_S):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, "the body did not come.") from None
        whole = message["type"] != "http.request" or not message.get("more_body", False)
        count += len(message.get("body", b""))
        if count > most:
            raise HTTPException(413, _too_large(most))
        return message

    return counted


async def _drain(receive: Receive) -> None:
    """Read the rest of a body that is refused, a while, so that the answer reaches who still sends."""
    try:
        async with asyncio.timeout(5):
            left = MAX_IMPORT * 2
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return
