"""Names, tokens, origins, sizes; and the headers of every answer."""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from statkit.server import guard
from statkit.server.guard import HEADERS, MAX_BODY, Guard
from statkit.server.names import Names, host_of

TOKEN = "right"


async def _read(request):
    return PlainTextResponse("read")


async def _write(request):
    return JSONResponse({"length": len(await request.body())})


def guarded(token=TOKEN, host="127.0.0.1", names=(), root_path=""):
    from statkit.server.app import _refused

    app = Starlette(
        routes=[
            Route("/read", _read),
            Route("/write", _write, methods=["POST"]),
            Route("/annotations/import", _write, methods=["POST"]),
            Route("/annotations/save", _write, methods=["POST"]),
        ],
        exception_handlers={guard.HTTPException: _refused},
    )
    return Guard(app, Names(host, names), token, root_path)


def ask(app, method="GET", path="/read", headers=(), body=(), query="", host="localhost:5050"):
    """Speak ASGI to an app: status, headers, body, and how much of the request's body it took."""
    pieces = list(body) or [b""]
    sent = []
    taken = 0

    async def receive():
        nonlocal taken
        if taken >= len(pieces):
            await asyncio.sleep(3600)
        taken += 1
        return {"type": "http.request", "body": pieces[taken - 1], "more_body": taken < len(pieces)}

    async def send(message):
        sent.append(message)

    given = [(b"host", host.encode())] if host is not None else []
    given += [(name.lower().encode(), value.encode()) for name, value in headers]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "query_string": query.encode(), "headers": given, "root_path": "",
        "scheme": "http", "server": ("127.0.0.1", 5050), "client": ("127.0.0.1", 1), "state": {},
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    start = sent[0]
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], found, b"".join(each.get("body", b"") for each in sent[1:]), taken


WITH_TOKEN = (("X-Statkit-Token", TOKEN),)
POSTED = (*WITH_TOKEN, ("Content-Type", "application/json"), ("Sec-Fetch-Site", "same-origin"))


# --- names ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:5050", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:65000", "127.9.9.9", "[::1]",
     "[::1]:5050", "localhost."],
)  # fmt: skip
def test_loopback_names_are_let_in_whatever_the_port(host):
    assert ask(guarded(), headers=WITH_TOKEN, host=host)[0] == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "0.0.0.0", "[::]:5050", "10.0.0.1",
     "", ":5050", "localhost:evil", "localhost:5050:5050", "[::1", "evil.example:5050", "local host", None],
)  # fmt: skip
def test_foreign_names_are_refused_even_with_the_token(host):
    status, _, body, _ = ask(guarded(), headers=WITH_TOKEN, host=host)
    assert status == 403
    assert "error" in json.loads(body)


def test_two_host_headers_are_refused():
    assert ask(guarded(), headers=(*WITH_TOKEN, ("Host", "localhost")))[0] == 403


def test_a_name_of_a_proxy_is_let_in_once_it_is_said():
    assert ask(guarded(names=["runs.lab.example:443"]), headers=WITH_TOKEN, host="runs.lab.example")[0] == 200
    assert ask(guarded(names=["runs.lab.example"]), headers=WITH_TOKEN, host="Runs.Lab.Example:443")[0] == 200
    assert ask(guarded(), headers=WITH_TOKEN, host="runs.lab.example")[0] == 403


def test_off_the_loopback_addresses_are_names_and_foreign_names_are_not():
    app = guarded(host="0.0.0.0")
    assert ask(app, headers=WITH_TOKEN, host="192.168.1.7:5050")[0] == 200
    assert ask(app, headers=WITH_TOKEN, host="evil.example")[0] == 403
    assert ask(app, headers=WITH_TOKEN, host="0.0.0.0:5050")[0] == 403


@given(st.text(max_size=30))
@settings(max_examples=100)
def test_no_host_header_breaks_the_parser(text):
    name = host_of(text)
    assert name is None or (name and not name.endswith("."))


# --- the token --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [(), (("X-Statkit-Token", "wrong"),), (("Cookie", "statkit=right"),), (("Cookie", "token=right"),),
     (("Authorization", "right"),), (("X-Statkit-Token", "rightx"),), (("X-Statkit-Token", "\u00e9"),)],
)  # fmt: skip
def test_without_the_token_nobody_is_let_in(headers):
    assert ask(guarded(), headers=headers)[0] == 403


def test_a_browser_is_told_the_way_in_and_a_program_gets_json():
    status, headers, body, _ = ask(guarded(), headers=(("Accept", "text/html,*/*"),))
    assert status == 403
    assert headers["content-type"].startswith("text/html")
    assert b"?token=" in body
    assert "token" in json.loads(ask(guarded())[2])["error"]


def test_the_token_in_the_address_becomes_a_cookie_and_leaves_the_address():
    app = guarded()
    status, headers, _, _ = ask(app, query="lang=de&token=right&run=a%26b")
    assert (status, headers["location"]) == (303, "/read?lang=de&run=a%26b")
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/" in cookie
    assert ask(app, headers=(("Cookie", "a=b; " + cookie.partition(";")[0]),))[0] == 200


def test_a_wrong_token_in_the_address_sets_nothing():
    status, headers, _, _ = ask(guarded(), query="token=wrong")
    assert status == 403
    assert "set-cookie" not in headers


def test_the_address_cannot_be_made_to_lead_elsewhere():
    _, headers, _, _ = ask(guarded(), path="//evil.example/read", query="token=right")
    assert headers["location"] == "/evil.example/read"


def test_two_pages_on_one_machine_have_cookies_of_different_names():
    assert guarded("one").cookie != guarded("two").cookie


def test_without_a_token_the_page_is_open_and_still_asks_for_the_right_name():
    assert ask(guarded(token=None))[0] == 200
    assert ask(guarded(token=None), host="evil.example")[0] == 403
    assert ask(guarded(token=None), query="token=any")[1]["location"] == "/read"


# --- other sites ------------------------------------------------------------------------------------


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_site_embeds_is_refused_and_its_links_work(site):
    headers = (*WITH_TOKEN, ("Sec-Fetch-Site", site))
    assert ask(guarded(), headers=(*headers, ("Sec-Fetch-Mode", "no-cors")))[0] == 403
    assert ask(guarded(), headers=(*headers, ("Sec-Fetch-Mode", "navigate")))[0] == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://localhost:5050", 200), ("https://LOCALHOST:5050", 200), ("http://localhost:5051", 403),
     ("http://evil.example", 403), ("null", 403), ("http://localhost:5050.evil.example", 403),
     ("file://localhost:5050", 403)],
)  # fmt: skip
def test_writing_is_for_the_same_origin(origin, status):
    headers = (("Cookie", f"{guarded().cookie}=right"), ("Content-Type", "application/json"))
    found = ask(guarded(), "POST", "/write", (*headers, ("Origin", origin)), [b"{}"])
    assert found[0] == status


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 200), ("same-site", 403), ("cross-site", 403), ("none", 403)]
)
def test_what_the_browser_says_of_the_site_goes_before_the_origin(site, status):
    headers = (*WITH_TOKEN, ("Content-Type", "application/json"), ("Origin", "http://localhost:5050"))
    assert ask(guarded(), "POST", "/write", (*headers, ("Sec-Fetch-Site", site)), [b"{}"])[0] == status


def test_a_program_may_write_with_the_header_and_a_cookie_alone_is_not_enough():
    kind = ("Content-Type", "application/json")
    assert ask(guarded(), "POST", "/write", (*WITH_TOKEN, kind), [b"{}"])[0] == 200
    cookie = ("Cookie", f"{guarded().cookie}=right")
    assert ask(guarded(), "POST", "/write", (cookie, kind), [b"{}"])[0] == 403
    assert ask(guarded(token=None), "POST", "/write", (kind,), [b"{}"])[0] == 403


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_what_a_form_can_send_is_refused(kind):
    headers = (*WITH_TOKEN, ("Sec-Fetch-Site", "same-origin"), ("Content-Type", kind))
    assert ask(guarded(), "POST", "/write", headers, [b"{}"])[0] == 415


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(method):
    assert ask(guarded(), method, "/write", POSTED)[0] == 405


# --- sizes ------------------------------------------------------------------------------------------


def test_a_body_of_a_megabyte_is_taken_and_a_byte_more_is_not():
    assert ask(guarded(), "POST", "/write", POSTED, [b"x" * MAX_BODY])[0] == 200
    assert ask(guarded(), "POST", "/write", POSTED, [b"x" * MAX_BODY, b"y"])[0] == 413


def test_a_body_is_counted_while_it_comes_and_the_rest_is_not_taken():
    status, _, body, taken = ask(guarded(), "POST", "/write", POSTED, [b"x" * 100_000] * 1000)
    assert status == 413
    assert "1 MB" in json.loads(body)["error"]
    assert taken == 11


def test_a_length_that_is_announced_too_large_is_refused_at_once():
    status, _, _, _ = ask(guarded(), "POST", "/write", (*POSTED, ("Content-Length", "1048577")), [b"x"])
    assert status == 413


@pytest.mark.parametrize("path", ["/annotations/import", "/annotations/save"])
def test_annotations_may_be_larger(path):
    pieces = [b"x" * (1 << 20)] * 32
    assert ask(guarded(), "POST", path, POSTED, pieces)[0] == 200
    assert ask(guarded(), "POST", path, POSTED, [*pieces, b"x"])[0] == 413


def test_a_body_that_does_not_come_ends_the_request(monkeypatch):
    monkeypatch.setattr(guard, "BODY_PATIENCE_S", 0.05)
    pieces = [b"x"]

    async def never():
        if not pieces:
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": pieces.pop(), "more_body": True}

    counted = guard._counted(never, 100)

    async def read():
        await counted()
        with pytest.raises(guard.HTTPException) as refused:
            await counted()
        assert refused.value.status_code == 408

    asyncio.run(read())


# --- headers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "headers", "host", "status"),
    [("/read", WITH_TOKEN, "localhost", 200), ("/nothing", WITH_TOKEN, "localhost", 404),
     ("/read", (), "localhost", 403), ("/read", WITH_TOKEN, "evil.example", 403)],
)  # fmt: skip
def test_every_answer_has_the_headers_and_none_grants_cors(path, headers, host, status):
    found = ask(guarded(), path=path, headers=(*headers, ("Origin", "http://evil.example")), host=host)
    assert found[0] == status
    for name, value in HEADERS.items():
        assert found[1][name.lower()] == value
    assert not [name for name in found[1] if name.startswith("access-control")]


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere():
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy.split("; "))


def test_websockets_are_not_answered():
    sent = []

    async def run():
        scope = {"type": "websocket", "path": "/", "headers": []}
        await guarded()(scope, None, lambda message: sent.append(message))

    asyncio.run(run())
    assert sent == []


# --- behind a proxy ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/lab/run7/read", "/read"])
def test_the_path_of_a_proxy_may_be_stripped_or_left(path):
    app = guarded(root_path="/lab/run7/")
    assert ask(app, path=path, headers=WITH_TOKEN)[0] == 200
    status, headers, _, _ = ask(app, path=path, query="token=right")
    assert (status, headers["location"]) == (303, "/lab/run7/read")
    assert "Path=/lab/run7" in headers["set-cookie"]
