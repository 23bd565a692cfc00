"""Port, address, end: the page as it is started."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from statkit.cli.app import run
from statkit.errors import RunNotFoundError, UsageError
from statkit.server import while_alive
from statkit.server.serving import Settings, address_of, listen, next_free, serve


@pytest.fixture
def taken():
    """A port that is taken."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_taken_port_is_a_clear_message_with_the_next_free_one(taken):
    with pytest.raises(
        UsageError, match=rf"port {taken} on 127\.0\.0\.1 is taken\. Free is: --port \d+\."
    ) as said:
        listen("127.0.0.1", taken)
    offered = int(re.search(r"--port (\d+)", str(said.value))[1])
    assert offered > taken
    listen("127.0.0.1", offered).close()


def test_the_next_free_port_is_taken_where_that_is_asked(taken):
    with listen("127.0.0.1", taken, next_port=True) as listening:
        assert listening.getsockname()[1] > taken


def test_no_port_above_the_last_is_offered():
    assert next_free("127.0.0.1", 65536) is None


@pytest.mark.parametrize(
    ("host", "port"), [("127.0.0.1", 70_000), ("no such host", 5050), ("192.0.2.1", 5050)]
)
def test_what_cannot_be_listened_on_is_one_sentence(host, port):
    with pytest.raises(UsageError) as said:
        listen(host, port)
    assert "\n" not in str(said.value)


def test_no_token_is_refused_off_the_loopback(tmp_path):
    with pytest.raises(UsageError, match=r"--no-token is refused on 0\.0\.0\.0"):
        serve([str(tmp_path)], Settings(host="0.0.0.0", token=False), print)


def test_a_path_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(RunNotFoundError, match="no such file"):
        serve([str(tmp_path / "nothing")], Settings(port=0), print)


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        (Settings(), "http://127.0.0.1:8/monitoring?token=t"),
        (Settings(host="::1"), "http://[::1]:8/monitoring?token=t"),
        (Settings(root_path="lab/run"), "http://127.0.0.1:8/lab/run/monitoring?token=t"),
        (Settings(language="de", start="annotate"), "http://127.0.0.1:8/annotate?token=t&lang=de"),
        (Settings(host="0.0.0.0"), f"http://{socket.gethostname()}:8/monitoring?token=t"),
    ],
)
def test_the_printed_address(settings, address):
    assert address_of(settings, 8, "t") == address


def test_wrong_usage_is_one_line_and_exit_2(capsys, tmp_path, taken):
    for arguments, said in (
        ([str(tmp_path / "nothing")], "no such file"),
        ([str(tmp_path), "--port", str(taken)], "is taken"),
        ([str(tmp_path), "--host", "0.0.0.0", "--no-token"], "refused"),
        ([str(tmp_path), "--host", ""], "--host is empty"),
        ([str(tmp_path), "--root-path", "/a;b\n"], "--root-path '/a;b\\n' is not possible"),
        ([str(tmp_path), "--for", "nan"], "--for nan is no time"),
        ([str(tmp_path), "--for", "inf"], "--for inf is no time"),
        ([str(tmp_path), "--lang", "fr"], "--lang 'fr' is unknown"),
    ):
        assert run(["serve", *arguments]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert len(told.err.splitlines()) == 1
        assert said in told.err


def test_without_the_extra_the_pip_line_is_said(tmp_path):
    script = (
        "import sys; sys.modules['uvicorn'] = None; from statkit.cli.app import run; "
        "sys.exit(run(sys.argv[1:]))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script, "serve", str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert finished.returncode == 2
    assert finished.stderr.startswith("statkit: ")
    assert "pip install 'statkit[serve]'" in finished.stderr
    assert len(finished.stderr.splitlines()) == 1


def test_a_page_for_a_while_prints_its_address_and_ends(tmp_path, write_run):
    directory = write_run(count=2)
    finished = subprocess.run(
        [sys.executable, "-m", "statkit", "serve", str(directory), "--port", "0", "--for", "0.2"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    address, found = finished.stdout.splitlines()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/monitoring\?token=[\w-]{32}", address)
    assert found.startswith("1 run found")
    assert finished.stderr == ""


def test_a_process_is_known_by_its_number_and_its_birth():
    assert while_alive.born_at(os.getpid()) == while_alive.born_at(os.getpid())
    with subprocess.Popen(["sleep", "60"]) as sleeping:
        assert while_alive.born_at(sleeping.pid) not in (None, while_alive.born_at(1))
        sleeping.kill()
        while while_alive.born_at(sleeping.pid) is not None:  # a zombie is no process any more
            time.sleep(0.01)
    assert while_alive.born_at(sleeping.pid) is None


def test_the_end_comes_after_the_process(monkeypatch):
    monkeypatch.setattr(while_alive, "_EVERY_S", 0.02)
    ended = threading.Event()
    with subprocess.Popen(["sleep", "60"]) as sleeping:
        while_alive.end_after(sleeping.pid, ended.set, stays_s=0.05)
        assert not ended.wait(0.2)
        sleeping.kill()
        assert ended.wait(5)


def test_the_page_stays_a_while_after_the_process(monkeypatch):
    slept = []
    monkeypatch.setattr(while_alive, "time", SimpleNamespace(sleep=slept.append))
    while_alive._wait(2**22 + 1, lambda: slept.append("end"), 600.0)
    assert slept == [600.0, "end"]


def test_a_process_that_was_gone_before_is_gone():
    ended = threading.Event()
    while_alive.end_after(2**22 + 1, ended.set, stays_s=0.0)
    assert ended.wait(5)


@pytest.mark.parametrize("path", ["/lab/run", "/lab/run/", "/"])
def test_behind_a_proxy_the_way_home_is_below_its_path(serve_runs, write_run, path):
    served = serve_runs(write_run(count=1), root_path="/lab/run/")
    answer = served.get(path)
    assert (answer.status, answer.headers["Location"]) == (307, "/lab/run/monitoring")
    assert served.json("/lab/run/api/runs")["runs"][0]["id"] == served.json("/api/runs")["runs"][0]["id"]
    assert served.get("/lab/runs/api/runs").status == 404


def test_the_way_home_keeps_the_language(serve_runs, write_run):
    served = serve_runs(write_run(count=1), language="de")
    assert served.get("/").headers["Location"] == "/monitoring?lang=de"
