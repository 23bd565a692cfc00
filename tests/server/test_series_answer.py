"""What the rows of a series say beside their values: best steps, stretches between rewinds, epochs."""

import json
import shutil
from pathlib import Path

import pytest

RUNS = Path(__file__).parents[2] / "examples" / "runs"


def series(served, name, *metrics):
    query = "&".join(f"metric={metric}" for metric in metrics)
    return served.json(f"/api/runs/{served.runs()[name]['id']}/series?{query}")


def test_a_metric_that_the_run_lacks_is_left_out(serve_runs, write_run):
    served = serve_runs(write_run(count=3))
    assert list(series(served, "run", "quality_ki_value", "loss")["values"]) == ["quality_ki_value"]
    run = served.runs()["run"]["id"]
    assert served.get(f"/api/runs/{run}/series?metric=loss").status == 404


def test_the_best_step_is_of_a_value_that_was_measured(serve_runs, write_run):
    def values(number):
        measured = {"quality_ki_value": 0.5 + number / 1000 if number > 1 else 0.0}
        loss = [0.0, 0.3, 0.1, 0.2][number - 1]
        return {**measured, "validation_loss_value": loss, "learning_rate_value": 0.1}

    served = serve_runs(write_run(count=4, values=values))
    best = series(served, "run", "validation_loss_value", "quality_ki_value", "learning_rate_value")["best"]
    assert best["validation_loss_value"] == {"step": 300, "value": 0.1}
    assert best["quality_ki_value"] == {"step": 400, "value": 0.504}
    assert best["learning_rate_value"] is None


def test_stretches_between_rewinds_are_numbered(serve_runs, write_run):
    directory = write_run(count=5)
    (directory / "superseded" / "1").mkdir(parents=True)
    for step in (400, 500):
        shutil.move(directory / f"Statistik_{step}.json", directory / "superseded" / "1")
    write_run(count=3, first=4, start=1_700_009_000.0)
    served = serve_runs(directory)
    assert series(served, "run", "quality_ki_value")["segment"] == [0, 0, 0, 1, 1, 1]


def test_epochs_of_snapshots_are_fractions(serve_runs):
    served = serve_runs(RUNS / "coarse" / "seed-0")
    files = [
        RUNS / "coarse" / "seed-0" / "Learn" / f"Statistik_{step}.json" for step in range(200, 3400, 200)
    ]
    records = [json.loads(file.read_text()) for file in files]
    done = [r["epoch_num"] - 1 + r["epoch_step_current"] / r["epoch_step_total"] for r in records]
    assert series(served, "seed-0", "quality_ki_value")["epoch"] == pytest.approx(done)
    assert series(served, "seed-0", "quality_ki_value")["segment"] is None
