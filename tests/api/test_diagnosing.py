"""Health and integrity of runs on disk: what their files hold decides, through every reader."""

import json
import math

import pytest

from statkit.api.diagnosing import diagnose, doctor
from statkit.data.load import load
from statkit.errors import SourceError

STEPS = [500 * (k + 1) for k in range(20)]


def snapshot(step, **more):
    k = step / 500
    return {
        "step_current": step,
        "epoch_num": 1 + step // 2000,
        "learning_rate_value": 1e-4 * (1 - step / 11_000),
        "total_loss_value": 0.05 + 0.3 * math.exp(-k / 6) + 0.002 * math.sin(7 * k),
        "validation_loss_value": 0.06 + 0.3 * math.exp(-k / 6) + 0.002 * math.sin(11 * k),
        "quality_lr_value": 0.45,
        "quality_ki_value": 0.7 - 0.2 * math.exp(-k / 6) + 0.001 * math.sin(5 * k),
        "layer_activity_map": {"Backward 1": 0.5 + 0.01 * math.sin(k), "Forward 1": 0.7, "Final Fusion": 0.6},
        "last_update_time": 1.7e9 + step,
        **more,
    }


@pytest.fixture
def learn(tmp_path):
    directory = tmp_path / "blue-sky" / "Learn"
    directory.mkdir(parents=True)
    for step in STEPS:
        write(directory, step)
    return directory


def write(directory, step, name=None, **more):
    path = directory / (name or f"Statistik_{step}.json")
    path.write_text(json.dumps(snapshot(step, **more)))


def rules(answer, severity=None):
    return [finding.rule for finding in answer.findings if severity in (None, finding.severity)]


def test_a_healthy_run_on_disk(learn):
    run = load(learn)
    answer = diagnose(run)
    assert (answer.run, answer.status) == ("blue-sky", "healthy")
    assert "quality-improving" in rules(answer)
    whole = doctor(run)
    assert (whole.status, whole.files, whole.rows_read, whole.findings) == ("healthy", 20, 20, ())


def test_results_give_json_and_rows(learn):
    answer = diagnose(load(learn))
    assert list(answer.to_dict()) == ["run", "path", "status", "findings"]
    assert list(answer.to_dict()["findings"][0]) == [
        "rule",
        "severity",
        "metric",
        "steps",
        "evidence",
        "advice",
        "source",
    ]
    assert answer.rows()[0]["run"] == "blue-sky"
    assert list(doctor(load(learn)).to_dict()) == ["run", "path", "status", "files", "rows", "findings"]


def test_nan_is_found_at_its_step_and_by_the_doctor_too(learn):
    for step in STEPS[12:]:
        write(learn, step, total_loss_value=math.nan)
    answer = diagnose(load(learn))
    assert answer.status == "error"
    assert answer.findings[0].rule == "non-finite"
    assert answer.findings[0].steps == (STEPS[12], STEPS[-1])
    assert rules(doctor(load(learn)), "warning") == ["non-finite"]


def test_values_written_before_the_first_validation_are_not_held_against_it(learn):
    for step in STEPS[:2]:
        write(learn, step, quality_ki_value=0.0, quality_lr_value=0.0, validation_loss_value=0.0)
    assert diagnose(load(learn)).status == "healthy"
    assert "no-validation-yet" in rules(doctor(load(learn)), "warning")


def test_lagging_quality_is_an_error_of_the_files(learn):
    write(learn, 500, quality_ki_value=0.0, quality_lr_value=0.0, validation_loss_value=0.0)
    assert rules(doctor(load(learn)), "error") == ["lagging-quality"]


def test_derived_columns_are_no_fields_that_come_and_go(learn):
    for step in STEPS[:9]:
        write(learn, step, quality_lr_value=1.5)  # no gap can be closed there
    assert "schema-drift" not in rules(doctor(load(learn)))


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ('{"step_current": 5000, "total_loss', "truncated-file"),
        ("", "truncated-file"),
        ('{"step_current": 5000, "a": }', "skipped-file"),
        ("[1, 2]", "skipped-file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_its_step_missed(learn, content, rule):
    path = learn / "Statistik_5000.json"
    path.write_text(content)
    answer = doctor(load(learn))
    assert sorted(rules(answer, "error")) == sorted([rule, "cadence-gap"])
    assert any("Statistik_5000.json" in finding.evidence for finding in answer.findings)
    assert answer.rows_read == 19


def test_a_run_of_nothing_but_a_truncated_file_is_a_finding_not_a_crash(tmp_path):
    (tmp_path / "Statistik_500.json").write_text('{"step_current": 500, "quality_ki_value": 0.')
    run = load(tmp_path)
    answer = doctor(run)
    assert (answer.status, answer.rows_read) == ("error", 0)
    assert rules(answer) == ["truncated-file"]
    with pytest.raises(SourceError, match="none of 1 files can be read"):
        diagnose(run)


def test_two_files_of_one_step_contradict_a_copy_saved_by_hand_does_not(learn):
    write(learn, 5000, "vsr_training_data_2026-02-06T08-26-30.json")
    assert rules(doctor(load(learn)), "error") == []
    assert rules(doctor(load(learn)), "info") == ["duplicate-step"]
    write(learn, 5000, "Statistik_05000.json", quality_ki_value=0.1)
    assert rules(doctor(load(learn)), "error") == ["duplicate-step"]


def test_two_trainings_in_one_directory_contradict(learn):
    for step in STEPS[12:]:
        write(learn, step, last_update_time=1.6e9 + step)
    assert rules(doctor(load(learn)), "error") == ["mixed-lineage"]
    assert rules(doctor(load(learn, on_rewind="all")), "error") == ["mixed-lineage"]


def test_numbers_written_as_text_are_mended_or_lost(learn):
    write(learn, 5000, total_loss_value="tensor(0.1)")
    assert rules(doctor(load(learn))) == ["numeric-string"]
    assert rules(doctor(load(learn)), "error") == []
    write(learn, 5500, total_loss_value="n/a")
    assert rules(doctor(load(learn)), "error") == ["numeric-string"]


def test_units_that_change_are_suspected(learn):
    for step in STEPS[:10]:
        write(learn, step, layer_activity_map={"Backward 1": 50, "Forward 1": 100, "Final Fusion": 60})
    assert "unit-suspect" in rules(doctor(load(learn)), "warning")


# --- batches ---


def batch(index, phase="train", **more):
    return {
        "batch_idx": index,
        "phase": phase,
        "loss": 0.1 + math.exp(-index / 30) + 0.01 * math.sin(9 * index),
        "timestamp": 1.7e9 + index,
        "ssim": 0.9 - 0.8 * math.exp(-index / 30),
        "attention_bam_384_attention_entropy": math.nan,
        "attention_bam_384_attention_concentration_10": 0.4 + 0.01 * math.sin(index),
        **more,
    }


def save(directory, name, records):
    directory.mkdir(exist_ok=True)
    document = {"batch_metrics": records, "summary": {}, "metadata": {"device": "cpu"}}
    (directory / name).write_text(json.dumps(document))


def test_files_as_the_original_analyzer_leaves_them(tmp_path):
    records = [batch(index) for index in range(120)]
    save(tmp_path / "auto_analysis", "epoch_0_metrics.json", records[:60])
    save(tmp_path / "auto_analysis", "final_training_metrics.json", records)
    run = load(tmp_path / "auto_analysis")
    answer = diagnose(run)
    assert answer.status == "warning"
    assert rules(answer, "warning") == ["never-computed"]
    assert {"loss-decreasing", "quality-improving", "ssim-level"} <= set(rules(answer, "info"))
    whole = doctor(run)
    assert (whole.status, whole.files, whole.rows_read) == ("warning", 2, 120)
    assert rules(whole) == ["non-finite", "superseded-file"]


def test_a_line_cut_short_is_lost(tmp_path):
    lines = "".join(json.dumps(batch(index)) + "\n" for index in range(30))
    (tmp_path / "batch_metrics.jsonl").write_text(lines + '{"batch_idx": 30, "pha')
    answer = doctor(load(tmp_path))
    assert answer.rows_read == 30
    assert answer.status == "error"


def test_batches_written_again_after_a_resume_are_a_warning(tmp_path):
    records = [batch(index) for index in range(60)]
    records += [batch(index, timestamp=1.7e9 + 100 + index) for index in range(40, 90)]
    save(tmp_path / "auto_analysis", "final_training_metrics.json", records)
    answer = doctor(load(tmp_path / "auto_analysis"))
    assert "mixed-lineage" in rules(answer, "warning")
    assert rules(answer, "error") == []


def test_tables_are_diagnosed_file_by_file(tmp_path):
    rows = [f"{k},{1 / (k + 1)}" for k in range(30)]
    (tmp_path / "a.csv").write_text("step,loss\n" + "\n".join(rows))
    (tmp_path / "b.csv").write_text("step,loss\n" + "\n".join([*rows[:-1], "29,nan"]))
    answer = diagnose(load(tmp_path))
    assert answer.status == "error"
    assert [finding.rule for finding in answer.findings if finding.severity == "error"] == ["non-finite"]
    assert rules(answer).count("loss-decreasing") == 2


def test_a_good_range_of_the_projects_own_is_used(tmp_path):
    records = [batch(index) for index in range(120)]
    save(tmp_path / "auto_analysis", "final_training_metrics.json", records)
    (tmp_path / "auto_analysis" / "statkit.toml").write_text(
        '[metrics.ssim]\ndirection = "max"\ngood = [0.95, 1.0]\n'
    )
    told = [f.evidence for f in diagnose(load(tmp_path / "auto_analysis")).findings if f.rule == "ssim-level"]
    assert "below the project's 0.95" in told[0]
