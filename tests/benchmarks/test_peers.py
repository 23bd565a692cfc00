"""Every way that is installed finds what a dumb loop finds; statkit among them."""

import inspect
import json
import subprocess
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from side_by_side import corpora
from side_by_side.peers import shell
from side_by_side.peers.batches import jq_command
from side_by_side.statkit_ways import (
    COMMAND,
    read_best,
    read_best_table,
    read_best_value,
    read_list,
)

NEEDS = {
    "snapshots": {
        "raw_read": (),
        "scan": (),
        "orjson_loop": ("orjson",),
        "msgspec_struct": ("msgspec",),
        "simdjson_lazy": ("simdjson",),
        "json_pandas": ("pandas",),
        "orjson_polars": ("polars",),
        "duckdb_text": ("duckdb",),
        "duckdb_auto": ("duckdb",),
    },
    "frames": {
        "statkit_polars": ("polars",),
        "orjson_polars": ("polars",),
        "msgspec_polars": ("msgspec",),
        "json_pandas": ("pandas",),
        "duckdb_auto": ("duckdb",),
    },
    "logs": {"event_accumulator": ("tensorboard",), "tbparse_reader": ("tensorboard", "tbparse")},
    "runs": {
        "raw_read": (),
        "scan": (),
        "orjson_loop": ("orjson",),
        "duckdb_text": ("duckdb",),
    },
    "batches": {
        "raw_read": (),
        "json_three": (),
        "orjson_three": ("orjson",),
        "orjson_windows": ("orjson",),
        "msgspec_windows": ("msgspec",),
        "simdjson_windows": ("simdjson",),
        "ijson_stream": ("ijson",),
        "duckdb_aggregate": ("duckdb",),
        "json_columns": (),
        "json_pandas": ("pandas",),
        "statkit_polars": ("polars",),
        "orjson_polars": ("polars",),
        "msgspec_polars": ("msgspec",),
        "polars_json": ("polars",),
    },
}
"""Every peer, and the modules it imports. One whose library the benchmarks alone bring is tested there
where it is installed."""

OTHERS = {"whole", "windows", "append_window", "jq_command"}


def here(module: str) -> list[str]:
    return [name for name, needs in NEEDS[module].items() if all(map(find_spec, needs))]


def loaded(path: str) -> dict:
    return json.loads(Path(path).read_text("utf-8"))


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> str:
    return str(tmp_path_factory.mktemp("corpora"))


@pytest.fixture(scope="module")
def run(place) -> str:
    return corpora.snapshots(place, 40)


@pytest.fixture(scope="module")
def documents(run) -> list[dict]:
    return [loaded(f"{run}/Statistik_{500 * number}.json") for number in range(1, 41)]


@pytest.fixture(scope="module")
def expected(run, documents) -> dict[str, float]:
    """What a dumb loop finds in the snapshots."""
    best = documents[0]
    for document in documents:
        if document["quality_ki_value"] > best["quality_ki_value"]:
            best = document
    return {
        "step": best["step_current"],
        "value": best["quality_ki_value"],
        "rows": 40,
        "improvement": sum(document["quality_improvement_value"] for document in documents),
        "loss": sum(document["total_loss_value"] for document in documents),
        "bytes": sum(path.stat().st_size for path in Path(run).iterdir()),
    }


@pytest.fixture(scope="module")
def batch_file(place) -> str:
    return corpora.batch_metrics(place, 3_000)


@pytest.fixture(scope="module")
def expected_batches(batch_file) -> dict[str, float]:
    """What a dumb loop finds in the batch metrics."""
    with open(batch_file) as file:
        text = file.read()
    records = json.loads(text)["batch_metrics"]
    return {
        "rows": 3_000,
        "value": min(record["loss"] for record in records if record["phase"] == "val"),
        "mse": sum(record["mse"] for record in records),
        "ssim": sum(record["ssim"] for record in records),
        "bytes": len(text),
    }


def ask(capsys, module: str, name: str, path: str) -> dict[str, float]:
    getattr(import_module(f"side_by_side.peers.{module}"), name)(path)
    return json.loads(capsys.readouterr().out)


def shown(*command: str) -> str:
    finished = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def agrees(answer: dict[str, float], expected: dict[str, float]) -> bool:
    own = {name: value for name, value in answer.items() if name != "frame_mb"}
    return bool(own) and own == pytest.approx({name: expected[name] for name in own}, rel=1e-6)


def test_no_peer_is_left_out():
    for module, needs in NEEDS.items():
        functions = inspect.getmembers(import_module(f"side_by_side.peers.{module}"), inspect.isfunction)
        own = {name for name, each in functions if each.__module__.endswith(module)} - OTHERS
        assert {name for name in own if not name.startswith(("tell", "_"))} == set(needs)


@pytest.mark.parametrize("name", here("snapshots"))
def test_snapshots(capsys, run, expected, name):
    assert agrees(ask(capsys, "snapshots", name, run), expected)


@pytest.mark.parametrize("name", here("frames"))
def test_frames(capsys, run, expected, name):
    assert agrees(ask(capsys, "frames", name, run), expected)


@pytest.mark.parametrize("name", here("logs"))
@pytest.mark.filterwarnings("ignore")  # of tensorboard's and tbparse's own
def test_event_logs(capsys, place, expected, name):
    assert agrees(ask(capsys, "logs", name, corpora.event_log(place, 40)), expected)


@pytest.mark.parametrize("name", here("batches"))
def test_batches(capsys, batch_file, expected_batches, name, monkeypatch):
    monkeypatch.setattr("side_by_side.peers.batches.WINDOW", 100_000)
    assert agrees(ask(capsys, "batches", name, batch_file), expected_batches)


def test_many_runs(capsys, place):
    root = corpora.runs(place, 3, 4)
    qualities = [
        [
            loaded(f"{root}/run-000{run}/Statistik_{step}.json")["quality_ki_value"]
            for step in range(500, 2001, 500)
        ]
        for run in range(3)
    ]
    expected = {"runs": 3, "bests": sum(map(max, qualities)), "rows": 12}
    found = [ask(capsys, "runs", name, root) for name in here("runs")]
    found += [json.loads(shown(*shell.jq_runs(root))), read_list(shown(COMMAND, "list", root, "--json"))]
    for answer in found:
        answer.pop("bytes", None)
        assert agrees(answer, expected)


def test_the_shells_ways(run, expected):
    assert agrees(json.loads(shown(*shell.jq_inputs(run))), expected)
    assert agrees(shell.read_loop(shown(*shell.jq_loop(run))), expected)


def test_jq_over_batches(batch_file, expected_batches):
    assert agrees(json.loads(shown(*jq_command(batch_file))), expected_batches)


def test_statkit_says_the_same(run, expected, batch_file, expected_batches):
    assert agrees(read_best(shown(COMMAND, "best", run, "--json")), expected)
    assert agrees(read_best_table(shown(COMMAND, "best", run)), expected)
    assert agrees(
        read_best_value(shown(COMMAND, "best", batch_file, "-m", "loss", "--json")), expected_batches
    )
