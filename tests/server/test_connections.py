"""Connections that drip or say nothing, and many of them."""

import contextlib
import http.client
import socket
import statistics
import threading
import time

import pytest
from starlette.responses import Response

from statkit.server import connections

TOKEN = "a-token-for-tests"


def closed(line, seconds=5.0):
    """Tell whether the other side closes a connection."""
    line.settimeout(seconds)
    try:
        while line.recv(4096):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def opened(served, text=b""):
    line = socket.create_connection(("127.0.0.1", served.port), timeout=10)
    line.sendall(text)
    return line


HEAD = b"GET /api/runs HTTP/1.1\r\nHost: localhost\r\nX-Statkit-Token: " + TOKEN.encode() + b"\r\n"


@pytest.mark.parametrize("text", [b"", b"GET /api", HEAD], ids=["nothing", "a line", "a head"])
def test_a_head_that_does_not_come_ends_the_connection(serve_runs, write_run, monkeypatch, text):
    monkeypatch.setattr(connections, "HEAD_PATIENCE_S", 0.2)
    served = serve_runs(write_run(count=1))
    with opened(served, text) as line:
        start = time.monotonic()
        assert closed(line)
        assert time.monotonic() - start > 0.1


def test_a_head_that_drips_on_a_second_request_ends_it_too(serve_runs, write_run, monkeypatch):
    monkeypatch.setattr(connections, "HEAD_PATIENCE_S", 0.3)
    served = serve_runs(write_run(count=1))
    with opened(served, HEAD + b"\r\n") as line:
        line.settimeout(5)
        assert line.recv(65536).startswith(b"HTTP/1.1 200")
        line.sendall(b"GET /api")
        start = time.monotonic()
        assert closed(line)
        assert time.monotonic() - start < 3


def test_a_listening_page_and_a_complete_head_are_not_ended(serve_runs, write_run, monkeypatch):
    monkeypatch.setattr(connections, "HEAD_PATIENCE_S", 0.1)
    served = serve_runs(write_run(count=1))
    events = served.listen()
    events.next("hello")
    time.sleep(0.3)
    write_run(count=1, first=2)
    events.next("change")
    events.close()


def test_where_too_many_wait_the_oldest_gives_way(serve_runs, write_run, monkeypatch):
    monkeypatch.setattr(connections, "most_open", lambda: 5)
    served = serve_runs(write_run(count=1))
    lines = [opened(served) for _ in range(8)]
    assert closed(lines[0])
    assert not closed(lines[-1], 0.2)
    assert served.json("/api/runs")["runs"]
    for line in lines:
        line.close()


def test_where_many_come_at_once_as_many_give_way(serve_runs, write_run, monkeypatch):
    served = serve_runs(write_run(count=1))
    monkeypatch.setattr(connections, "most_open", lambda: 5)
    lines = [opened(served, b"G")]
    assert not closed(lines[0], 0.1)
    (first,) = served.server.server_state.connections
    held = threading.Event()
    first.loop.call_soon_threadsafe(held.wait, 10)
    lines += [opened(served) for _ in range(39)]
    held.set()
    assert all(closed(line) for line in lines[:35])
    assert len(served.server.server_state.connections) <= 5
    for line in lines:
        line.close()


def test_connections_kept_open_after_an_answer_give_way_too(serve_runs, write_run, monkeypatch):
    monkeypatch.setattr(connections, "most_open", lambda: 5)
    served = serve_runs(write_run(count=1))
    lines = []
    for _ in range(8):
        lines.append(opened(served, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        assert lines[-1].recv(65536).startswith(b"HTTP/1.1 403")
    assert closed(lines[0])
    assert not closed(lines[-1], 0.2)
    for line in lines:
        line.close()


def test_where_every_connection_is_in_use_the_new_one_gives_way(serve_runs, write_run, monkeypatch):
    served = serve_runs(write_run(count=1))
    monkeypatch.setattr(connections, "most_open", lambda: 3)
    pages = [served.listen() for _ in range(3)]
    for page in pages:
        page.next("hello")
    with opened(served) as line:
        assert closed(line)
    write_run(count=1, first=2)
    for page in pages:
        page.next("change")
        page.close()


def test_a_reader_that_takes_nothing_is_left_and_a_slow_one_is_not(serve_runs, write_run, monkeypatch):
    monkeypatch.setattr(connections, "READER_PATIENCE_S", 0.3)
    served = serve_runs(write_run(count=1))
    size = 8 << 20
    served.page.asset = lambda name, known: Response(b"x" * size)
    with opened(served, HEAD.replace(b"api/runs", b"static/x") + b"\r\n") as line:
        time.sleep(1.0)
        taken = 0
        with contextlib.suppress(ConnectionError):
            while piece := line.recv(1 << 20):
                taken += len(piece)
        assert taken < size
    with opened(served, HEAD.replace(b"api/runs", b"static/x") + b"\r\n") as line:
        taken = 0
        while taken < size:
            taken += len(line.recv(1 << 20))
            time.sleep(0.05)


def test_pages_that_listen_leave_room_for_what_they_ask():
    assert 0 < connections.most_listening() < connections.most_open() <= connections.MOST_OPEN


@pytest.mark.parametrize(
    "text",
    [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
     b"GET / HTTP/1.0\r\n\r\n", b"GET " + b"/" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
     b"\0" * 100],
    ids=["words", "no host", "two hosts", "old", "long", "zeros"],
)  # fmt: skip
def test_what_is_no_request_is_refused(serve_runs, write_run, text):
    served = serve_runs(write_run(count=1))
    with opened(served, text) as line:
        line.settimeout(5)
        status = line.recv(65536).split(b" ")[1]
        assert status in (b"400", b"403")
    assert served.json("/api/runs")["runs"]


@pytest.mark.slow
def test_two_hundred_half_open_connections_and_the_page_answers(serve_runs, write_run):
    served = serve_runs(write_run(count=50))
    lines = [opened(served, HEAD[: 5 + n % 60]) for n in range(200)]
    for _ in range(5):
        start = time.monotonic()
        assert served.get("/monitoring").status == 200
        assert served.json("/api/runs")["runs"]
        assert time.monotonic() - start < 2
    assert closed(lines[0], 15)
    for line in lines:
        line.close()


@pytest.mark.slow
def test_fifty_viewers_cost_little_more_than_one(serve_runs, write_run):
    """Viewers as they are: each listens, and asks for what is new when something is."""
    write_run("runs/a", count=100)
    served = serve_runs(write_run("runs/b", count=100).parent)
    runs = [run["id"] for run in served.runs().values()]

    def latencies(viewers, rounds=4):
        found = []

        def view():
            line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
            for number in range(rounds):
                time.sleep(0.4 + 0.6 * (hash((threading.get_ident(), number)) % 1000) / 1000)
                for path in (
                    "/api/runs",
                    *(f"/api/runs/{run}" for run in runs),
                    f"/api/runs/{runs[0]}/series",
                ):
                    start = time.monotonic()
                    line.request("GET", path, headers={"X-Statkit-Token": TOKEN})
                    assert line.getresponse().read()
                    found.append(time.monotonic() - start)
            line.close()

        threads = [threading.Thread(target=view) for _ in range(viewers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return statistics.quantiles(found, n=20)[-1]

    latencies(1, 2)
    one = max(latencies(1, 10), 0.005)
    assert latencies(50) < 3 * one + 0.05
