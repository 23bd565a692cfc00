"""A real server on a port of its own, and what asks it: the standard library alone."""

import http.client
import json
import socket
import threading
import time

import pytest

from statkit.server.changes import Changes
from statkit.server.serving import PageServer, Settings, listen

TOKEN = "a-token-for-tests"


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class Served:
    """A page that is served; ``get`` asks it with the token."""

    def __init__(self, server, listening):
        self.server = server
        self.page = server.page
        self.port = listening.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.token = TOKEN

    def ask(self, method, path, body=None, headers=None, token=True):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = dict(headers or {})
        if token:
            sent.setdefault("X-Statkit-Token", TOKEN)
        try:
            connection.request(method, path, body, sent)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def json(self, path):
        answer = self.get(path)
        assert answer.status == 200, answer.body
        return answer.json()

    def runs(self):
        """The runs by name."""
        return {run["name"]: run for run in self.json("/api/runs")["runs"]}

    def listen(self):
        """Open the stream of events; gives a function that waits for the next one."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=15)
        line.sendall(
            f"GET /api/live HTTP/1.1\r\nHost: {self.address}\r\nX-Statkit-Token: {TOKEN}\r\n\r\n".encode()
        )
        return Events(line)


class Events:
    def __init__(self, line):
        self._line = line
        self._file = line.makefile("rb")

    def next(self, *names):
        """Wait for an event of one of these names."""
        while True:
            name = None
            while True:
                text = self._file.readline()
                assert text, "the stream has ended"
                text = text.strip().decode()
                if text.startswith("event: "):
                    name = text.removeprefix("event: ")
                if text.startswith("data: ") and (not names or name in names):
                    return name, json.loads(text.removeprefix("data: "))

    def rest(self):
        """Take what comes until the other side ends."""
        return b"\r\n" + self._file.read()

    def close(self):
        self._file.close()
        self._line.close()


@pytest.fixture
def serve_runs():
    """Serve paths; the server runs in a thread and ends with the test."""
    yield from serving()


@pytest.fixture(scope="module")
def serve_for_all():
    """Serve paths for all tests of a file."""
    yield from serving()


def serving():
    running = []

    def start(*paths, poll_s=2.0, events=True, **settings):
        named = [str(path) for path in paths]
        changes = Changes(named, poll_s=poll_s, events=events)
        token = TOKEN if settings.pop("token", True) else None
        server = PageServer(named, Settings(port=0, **settings), token, changes)
        listening = listen("127.0.0.1", 0)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        running.append((server, thread, listening))
        end = time.monotonic() + 20
        while not server.started and time.monotonic() < end:
            time.sleep(0.01)
        assert server.started
        return Served(server, listening)

    yield start
    for server, _, _ in running:
        server.end()
    for _, thread, listening in running:
        thread.join(20)
        listening.close()
        assert not thread.is_alive()


@pytest.fixture
def write_run(tmp_path):
    """Write a run of snapshots, one a hundred steps, ten seconds apart."""

    def write(name="run", count=5, *, start=1_700_000_000.0, values=None, first=1):
        directory = tmp_path / name
        directory.mkdir(parents=True, exist_ok=True)
        for number in range(first, first + count):
            document = {
                "step_current": number * 100,
                "step_max": 100_000,
                "quality_ki_value": 0.5 + number / 1000,
                "quality_lr_value": 0.5,
                "total_loss_value": 1 / number,
                "layer_activity_map": {"Forward 1": 0.1 * number, "Backward 1": 0.2, "Final Fusion": 0.3},
                "training_active": True,
                "last_update_time": start + 10 * number,
                **(values(number) if values else {}),
            }
            (directory / f"Statistik_{number * 100}.json").write_text(json.dumps(document))
        return directory

    return write
