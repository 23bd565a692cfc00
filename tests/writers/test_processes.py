"""Ranks, DataLoader workers, forks, and two processes in one directory."""

import json
import os
import subprocess
import sys
import types

import pytest

from statkit.writers import BatchMetricsWriter, StatistikWriter
from statkit.writers.processes import rank


def torch_module(name, **functions):
    module = types.ModuleType(name)
    for key, function in functions.items():
        setattr(module, key, function)
    return module


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, 0),
        ({"RANK": "3"}, 3),
        ({"RANK": "0", "LOCAL_RANK": "5"}, 0),
        ({"RANK": "2", "SLURM_PROCID": "0"}, 2),
        ({"SLURM_PROCID": "7"}, 7),
        ({"OMPI_COMM_WORLD_RANK": "4"}, 4),
        ({"LOCAL_RANK": "1"}, 1),
        ({"LOCAL_RANK": "0"}, 0),
        ({"RANK": "", "LOCAL_RANK": "x"}, 0),
    ],
)
def test_rank_from_the_environment(monkeypatch, variables, expected):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert rank() == expected


def test_local_rank_0_of_another_node_is_not_rank_0(monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "0")
    monkeypatch.setenv("NODE_RANK", "1")
    assert rank() != 0


def test_an_initialised_process_group_knows_best(monkeypatch):
    module = torch_module(
        "torch.distributed", is_available=lambda: True, is_initialized=lambda: True, get_rank=lambda: 5
    )
    monkeypatch.setitem(sys.modules, "torch.distributed", module)
    monkeypatch.setenv("RANK", "0")
    assert rank() == 5


def test_other_ranks_are_silent(tmp_path, monkeypatch, lines):
    monkeypatch.setenv("RANK", "1")
    batches = BatchMetricsWriter(tmp_path / "run", echo=lines.append)
    batches.append({"loss": 1})
    assert batches.save_epoch(0) is None
    assert batches.finish() is None
    assert StatistikWriter(tmp_path / "run", {"seed": 0}, echo=lines.append).save(0, {}) is None
    assert lines == []
    assert not (tmp_path / "run").exists()


def test_all_ranks_write_when_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    assert StatistikWriter(tmp_path, all_ranks=True, echo=len).save(0, {}) is not None


def test_loader_workers_do_not_save(tmp_path, monkeypatch, lines):
    module = torch_module("torch.utils.data", get_worker_info=lambda: object())
    monkeypatch.setitem(sys.modules, "torch.utils.data", module)
    assert StatistikWriter(tmp_path, all_ranks=True, echo=lines.append).save(0, {}) is None
    BatchMetricsWriter(tmp_path, all_ranks=True, echo=lines.append).append({})
    assert lines == []
    assert list(tmp_path.iterdir()) == []


def test_eight_ranks_leave_what_one_leaves(tmp_path, run_python, timeless):
    script = (
        "import os, sys; from statkit.writers import StatistikWriter, BatchMetricsWriter\n"
        "StatistikWriter(sys.argv[1]).save(5, {'rank': os.environ['RANK']})\n"
        "BatchMetricsWriter(sys.argv[1]).append({'rank': os.environ['RANK']})\n"
    )
    outputs = [run_python(script, tmp_path, env={"RANK": str(place)}).stdout for place in range(8)]
    assert [bool(output) for output in outputs] == [True] + [False] * 7
    assert sorted(os.listdir(tmp_path)) == ["Statistik_5.json", "batch_metrics.jsonl"]
    assert timeless(tmp_path / "batch_metrics.jsonl") == b'{"rank":"0"}\n'


TWO = """
import sys
from statkit.writers import StatistikWriter
writer = StatistikWriter(sys.argv[1], echo=len)
for serial in range(60):
    assert writer.save(5, {"first": sys.argv[2], "body": list(range(500)), "last": sys.argv[2]})
"""


def test_two_writers_of_one_step_never_interleave(tmp_path):
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in ("RANK", "LOCAL_RANK", "SLURM_PROCID")
    }
    commands = [[sys.executable, "-c", TWO, str(tmp_path), name] for name in "ab"]
    running = [subprocess.Popen(command, env=env) for command in commands]
    reads = 0
    while any(process.poll() is None for process in running):
        try:
            found = json.loads((tmp_path / "Statistik_5.json").read_bytes())
        except FileNotFoundError:
            assert reads == 0
            continue
        assert found["first"] == found["last"]
        reads += 1
    assert [process.returncode for process in running] == [0, 0]
    assert reads > 5
    for path in tmp_path.glob("superseded/*/*.json"):
        found = json.loads(path.read_bytes())
        assert found["first"] == found["last"]


FORK = """
import json, os, sys, threading, warnings
warnings.simplefilter("ignore")  # Python 3.12 warns of forks beside threads: that is what is tested
from statkit.writers import BatchMetricsWriter, StatistikWriter
directory, count = sys.argv[1], int(sys.argv[2])
writer, batches = StatistikWriter(directory, echo=len), BatchMetricsWriter(directory, echo=len)
batches.append({"child": -1})
stop = threading.Event()
def save():
    step = 0
    while not stop.is_set():
        assert writer.save(step % 5, {"step": step})
        step += 1
thread = threading.Thread(target=save)
thread.start()
failed = 0
for number in range(count):
    child = os.fork()
    if child == 0:
        batches.append({"child": number})
        saved = writer.save(100 + number, {"child": number})
        os._exit(0 if saved else 1)
    failed += os.waitpid(child, 0)[1] != 0
stop.set()
thread.join()
print(json.dumps({"failed": failed}))
"""


def forked(run_python, tmp_path, count):
    done = run_python(FORK, tmp_path, count)
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout) == {"failed": 0}
    for number in range(count):
        assert json.loads((tmp_path / f"Statistik_{100 + number}.json").read_bytes()) == {"child": number}
    log = [json.loads(line)["child"] for line in (tmp_path / "batch_metrics.jsonl").read_bytes().splitlines()]
    assert log == list(range(-1, count))


def test_children_forked_in_the_middle_of_a_save(tmp_path, run_python):
    forked(run_python, tmp_path, 40)


@pytest.mark.slow
def test_a_thousand_children_forked_in_the_middle_of_a_save(tmp_path, run_python):
    for part in range(5):
        (tmp_path / str(part)).mkdir()
        forked(run_python, tmp_path / str(part), 200)


CHILD = """
import os, sys, types, warnings
warnings.simplefilter("ignore")
import threading
from statkit.writers import BatchMetricsWriter, StatistikWriter
gate = threading.Event()
class System:
    def __getattr__(self, name):
        if name == "open":
            gate.wait(20)
        return getattr(os, name)
batches = BatchMetricsWriter(sys.argv[1], echo=len)
batches.append({"process": "parent"})
writer = StatistikWriter(sys.argv[1], timeout=0.05, system=System(), echo=len)
assert writer.save(1, {"process": "parent"}) is None
child = os.fork()
if child == 0:
    gate.set()
    assert writer.save(2, {"process": "child"})
    module = types.ModuleType("torch.utils.data")
    module.get_worker_info = object
    sys.modules["torch.utils.data"] = module
    batches.append({"process": "loader worker"})
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert not os.path.exists(sys.argv[1] + "/Statistik_1.json"), "the child did the parent's save"
gate.set()
assert writer.flush(5)
batches.append({"process": "parent"})
"""


def test_a_child_leaves_the_saves_of_its_parent_alone_and_a_loader_worker_the_log(
    tmp_path, run_python, timeless
):
    done = run_python(CHILD, tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads((tmp_path / "Statistik_1.json").read_bytes()) == {"process": "parent"}
    assert json.loads((tmp_path / "Statistik_2.json").read_bytes()) == {"process": "child"}
    assert timeless(tmp_path / "batch_metrics.jsonl") == b'{"process":"parent"}\n' * 2
