"""What a run that may still be training shows, taken from files."""

import json
import os
from pathlib import Path

import pytest

import statkit as sk
from statkit.api.monitoring import activity, glance, monitor

RUNS = Path(__file__).parents[2] / "examples" / "runs"
START = 1_700_000_000.0


def snapshots(directory, count, **last):
    for number in range(1, count + 1):
        document = {
            "step_current": number * 500,
            "epoch_num": 1,
            "step_max": 100_000,
            "epoch_step_current": number * 50,
            "epoch_step_total": 1000,
            "quality_ki_value": 0.6 - abs(number - 3) / 100,
            "last_update_time": START + 100 * number,
            **(last if number == count else {}),
        }
        (directory / f"Statistik_{number * 500}.json").write_text(json.dumps(document))
    return sk.load(directory)


def test_a_training_run(tmp_path):
    found = glance(snapshots(tmp_path, 10))
    status = found.status(START + 1000 + 30)
    assert (status.status, status.age_s, status.cadence_s, status.limit_s) == ("training", 30.0, 100.0, 300.0)
    progress = found.progress(status)
    assert (progress.step, progress.fraction, progress.epoch_fraction) == (5000, 0.05, 0.5)
    assert progress.eta_s == pytest.approx(95_000 * 0.2)
    assert (found.metric, found.value, found.best.step, found.best.value) == (
        "quality_ki_value",
        0.53,
        1500,
        0.6,
    )


def test_it_stalls_by_its_own_cadence_and_then_has_no_time_left(tmp_path):
    found = glance(snapshots(tmp_path, 10))
    assert found.status(START + 1300).status == "training"
    status = found.status(START + 1301)
    assert status.status == "stalled"
    assert found.progress(status).eta_s is None


def test_what_was_seen_to_come_counts_whatever_its_clock_says(tmp_path):
    found = glance(snapshots(tmp_path, 10))
    assert found.status(START + 9000, seen=START + 8990).status == "training"


def test_a_clock_ahead_of_ours_gives_way_to_the_files(tmp_path):
    run = snapshots(tmp_path, 10)
    os.utime(tmp_path / "Statistik_5000.json", (START - 5000, START - 5000))
    found = glance(run)
    assert found.status(START + 990).last_update == START + 1000
    assert found.status(START - 4000).last_update == START - 5000


def test_a_value_that_is_no_measurement_is_not_shown(tmp_path):
    run = snapshots(tmp_path, 4, quality_ki_value=0.0, validation_loss_value=0.0)
    assert glance(run).value == 0.6
    assert monitor(run).quality.ki == 0.6


def test_the_final_file_ends_a_batch_run_unless_records_follow(tmp_path):
    assert glance(sk.load(RUNS / "dae_kan")).status(2e9).status == "finished"
    records = [
        {"batch_idx": n, "phase": "train", "loss": 1.0, "timestamp": f"2026-01-01T00:00:{n:02}"}
        for n in range(9)
    ]
    (tmp_path / "final_training_metrics.json").write_text(json.dumps({"batch_metrics": records[:6]}))
    with (tmp_path / "batch_metrics.jsonl").open("w") as stream:
        stream.writelines(json.dumps(record) + "\n" for record in records)
    assert glance(sk.load(tmp_path)).status(2e9).status == "stalled"


def test_a_final_label_ends_a_run(tmp_path):
    snapshots(tmp_path, 3)
    (tmp_path / "Statistik_1500_final.json").write_text('{"step": 1500, "quality_ki": 0.5}')
    assert glance(sk.load(tmp_path)).status(2e9).status == "finished"


def test_a_run_without_times_goes_by_its_files(tmp_path):
    (tmp_path / "Statistik_500.json").write_text('{"quality_ki_value": 0.5}')
    os.utime(tmp_path / "Statistik_500.json", (START, START))
    found = glance(sk.load(tmp_path))
    assert found.status(START + 60).last_update == START
    assert found.status(START + 60).status == "training"
    assert found.status(START + 3700).status == "stalled"


def test_an_empty_run_is_unknown(tmp_path):
    (tmp_path / "Statistik_500.json").write_text("{")
    run = sk.load(tmp_path)
    assert glance(run).status(START).status == "unknown"
    assert monitor(run).losses == ()
    assert activity(run).layers == ()


def test_a_table_of_anyones_is_shown_too(tmp_path):
    (tmp_path / "log.csv").write_text("step,reward\n1,0.5\n2,0.75\n")
    run = sk.load(tmp_path)
    found = monitor(run)
    assert found.glance.signs.step == 2
    assert found.series_default == ("reward",)
    assert found.glance.metric is None


def test_a_run_in_full_is_plain_data(tmp_path):
    found = monitor(sk.load(RUNS / "coarse" / "seed-0"))
    told = found.to_dict()
    assert told["quality"]["metrics"]["ki"] == "quality_ki_value"
    assert told["series_default"][0] == "quality_ki_value"
    assert json.loads(json.dumps(told)) == told
    assert [entry for entry in told["metrics"] if entry["metric"] == "ssim"] == []


def test_following_a_run_shows_what_is_new(tmp_path):
    run = snapshots(tmp_path, 4)
    before = glance(run)
    snapshots(tmp_path, 5)
    run.refresh()
    after = glance(run)
    assert before != after
    assert after.signs.step == 2500
    run.refresh()
    assert glance(run) == after


def test_batches_count_epochs_from_one_and_know_how_far_theirs_is(tmp_path):
    records = [
        {"batch_idx": index, "phase": "train", "loss": 1 / (1 + epoch + index)}
        for epoch, count in enumerate((8, 8, 3))
        for index in range(count)
    ]
    (tmp_path / "batch_metrics.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (tmp_path / "runtime_config.json").write_text('{"epochs": 5}')
    found = glance(sk.load(tmp_path)).position
    assert (found.epoch, found.total_epochs, found.epoch_fraction) == (3, 5, 3 / 8)
    assert found.total_steps == 40
