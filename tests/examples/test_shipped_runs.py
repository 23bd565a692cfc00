"""The runs under examples/runs: whole, small, private, and made as their README says."""

from __future__ import annotations

import json
from pathlib import Path

import make_runs
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
RUNS = EXAMPLES / "runs"
STEPS = list(range(200, 3201, 200))


def shipped():
    return [(run, RUNS / run.directory / "Learn") for run in make_runs.plan()]


def texts(learn):
    return {path.name: path.read_text(encoding="utf-8") for path in learn.iterdir() if path.is_file()}


def test_the_plan_is_three_groups_of_five_and_the_again_group_has_other_seeds():
    seeds = {}
    for run in make_runs.plan():
        seeds.setdefault(run.directory.split("/")[0], set()).add((run.loss, run.seed))
    assert seeds == {
        "coarse": {("coarse", seed) for seed in range(5)},
        "coarse-again": {("coarse", seed) for seed in range(5, 10)},
        "full": {("full", seed) for seed in range(5)},
    }


def test_what_is_shipped_is_what_is_planned():
    found = {path.parent.relative_to(RUNS).as_posix() for path in RUNS.glob("*/*/Learn")}
    assert found == {run.directory for run in make_runs.plan()}


def test_every_run_has_its_sixteen_validations_and_its_configuration():
    for run, learn in shipped():
        for step in STEPS:
            values = json.loads((learn / f"Statistik_{step}.json").read_text(encoding="utf-8"))
            assert values["step_current"] == step
        assert len(list(learn.glob("Statistik_*.json"))) == len(STEPS)
        config = json.loads((learn / "runtime_config.json").read_text(encoding="utf-8"))
        assert (config["seed"], config["loss"]) == (run.seed, run.loss)


def test_every_run_learnt():
    for _run, learn in shipped():
        last = json.loads((learn / f"Statistik_{STEPS[-1]}.json").read_text(encoding="utf-8"))
        assert last["quality_ki_value"] > last["quality_lr_value"] + 0.03


def test_no_two_runs_are_the_same():
    assert len({texts(learn)[f"Statistik_{STEPS[-1]}.json"] for _run, learn in shipped()}) == 15
    qualities = {
        json.loads((learn / f"Statistik_{STEPS[-1]}.json").read_text(encoding="utf-8"))["quality_ki_value"]
        for _run, learn in shipped()
    }
    assert len(qualities) == 15


def test_they_are_small_and_hold_no_checkpoint():
    files = [path for path in RUNS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 4_000_000
    assert not [path for path in files if path.suffix == ".pth"]


@pytest.mark.parametrize("private", ["/home/", "/work", "/tmp", "local_ip_address", "127.0.0.1", "hostname"])
def test_they_say_nothing_of_the_machine(private):
    for _run, learn in shipped():
        assert not [name for name, text in texts(learn).items() if private in text]


def test_event_files_carry_no_host_name(tmp_path):
    active = tmp_path / "Learn" / "active_run"
    active.mkdir(parents=True)
    (active / "events.out.tfevents.1707213600.secret-host.42.0").write_bytes(b"x")
    make_runs.without_host_name(tmp_path)
    assert [path.name for path in active.iterdir()] == ["events.out.tfevents.1707213600.example"]
    shipped_logs = list(RUNS.glob("*/*/Learn/active_run/*"))
    assert [path.name.split(".")[-1] for path in shipped_logs] == ["example"]


def test_the_command_line_of_a_run():
    run = next(iter(make_runs.plan()))
    assert " ".join(run.arguments(Path("runs"))) == (
        "--loss coarse --seed 0 --tensorboard scalars --output runs/coarse/seed-0 --no-checkpoints --quiet"
    )
