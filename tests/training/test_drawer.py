"""The process beside the training, with small programs in its place."""

import queue
import signal
import subprocess
import sys
import time

import pytest

from statkit.training.drawer import Drawer

ECHO = """
import json, sys
path = json.loads(sys.stdin.readline())
for line in sys.stdin:
    print(json.dumps({"error": None, "given": json.loads(line), "path": path}), flush=True)
"""


@pytest.fixture
def drawer_with():
    made, answers = [], queue.SimpleQueue()

    def make(program):
        made.append(Drawer(answers.put, program))
        return made[-1], lambda: answers.get(timeout=30)

    yield make
    for drawer in made:
        drawer.close()


def test_a_job_is_answered_and_the_search_path_is_ours(drawer_with):
    drawer, answer = drawer_with(ECHO)
    drawer.send({"sidecar": "ä.npz", "picture": "ä.png"})
    found = answer()
    assert found["given"] == {"sidecar": "ä.npz", "picture": "ä.png"}
    assert set(found["path"]) >= {entry for entry in sys.path if entry.startswith("/")}


def test_the_end_of_the_process_is_told(drawer_with):
    drawer, answer = drawer_with("import sys; sys.stdin.readline()")
    assert answer() is None
    drawer.send({"sidecar": "a", "picture": "b"})  # harmless


def test_what_is_no_answer_is_passed_over(drawer_with):
    drawer, answer = drawer_with("print('no JSON', flush=True)\n" + ECHO)
    drawer.send({"sidecar": "a", "picture": "b"})
    assert answer()["error"] is None


def test_closing_ends_a_process_that_does_not_listen(drawer_with):
    drawer, _ = drawer_with("import time; time.sleep(600)")
    start = time.monotonic()
    drawer.close(seconds=0.3)
    assert time.monotonic() - start < 10
    assert drawer._process.returncode == -signal.SIGKILL


def test_an_import_that_fails_is_told(drawer_with):
    from statkit.training import drawer as module

    _drawer, answer = drawer_with(module._PROGRAM.replace("statkit.api.drawing", "no_such_package"))
    found = answer()
    assert found["fatal"]
    assert "ModuleNotFoundError" in found["error"]


def test_it_ends_with_the_training_even_when_that_is_killed():
    script = (
        "import time\nfrom statkit.training.drawer import Drawer\n"
        "drawer = Drawer(lambda answer: None)\nprint(drawer._process.pid, flush=True)\ntime.sleep(600)"
    )
    training = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    child = int(training.stdout.readline())
    training.kill()
    training.wait()
    training.stdout.close()
    deadline = time.monotonic() + 30
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(child)


def _alive(process):
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_the_process_beside_loads_no_torch_and_steps_back(drawer_with):
    program = """
import json, os, sys
sys.path[:] = json.loads(sys.stdin.readline())
import statkit.api.drawing, statkit.views.panels, statkit.training.drawer
print(json.dumps({"torch": "torch" in sys.modules, "group": os.getpgid(0) == os.getpid()}), flush=True)
"""
    _, answer = drawer_with(program)
    assert answer() == {"torch": False, "group": True}
