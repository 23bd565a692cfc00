import json
import shutil
from pathlib import Path

import pytest

import statkit as sk
from statkit.analysis.batch_columns import columns_of
from statkit.analysis.training_files import inventory
from statkit.analysis.training_summary import training_summary
from statkit.api.reporting import report
from statkit.errors import RunNotFoundError, UsageError
from statkit.views.training_report import training_report
from statkit.writers import BatchMetricsWriter

SHIPPED = Path(__file__).parents[2] / "examples" / "runs" / "coarse" / "seed-0"


def write(directory, *, count=40, finish=True):
    with BatchMetricsWriter(directory, echo=lambda line: None) as writer:
        for i in range(count):
            record = {
                "batch_idx": i % 20,
                "phase": "train",
                "epoch": i // 20,
                "global_step": i,
                "loss": float("nan") if i == 7 else 1 / (i + 1),
                "ssim": i / count if i % 5 == 0 else None,
                "training_time_ms": 100 + i / 7,
                "batch_size": 4,
                "attention_bam_32_attention_entropy": 4.0 if i % 5 == 0 else None,
            }
            writer.append(record)
            if i % 20 == 19:
                writer.append(record | {"phase": "val", "batch_idx": 0, "psnr": float("inf")})
                writer.save_epoch(i // 20)
        if finish:
            writer.finish()
    (directory / "train_batch_000001.png").write_bytes(b"12345")
    return directory


def live(directory):
    """The report as the end of the training makes it, from the log alone."""
    lines = (directory / "batch_metrics.jsonl").read_text().splitlines()
    files = inventory((entry.name, entry.stat().st_size) for entry in directory.iterdir())
    return training_report(training_summary(columns_of(map(json.loads, lines))), files)


@pytest.mark.parametrize("finish", [True, False], ids=["finished", "killed"])
def test_the_files_give_the_bytes_of_the_end_of_the_training(tmp_path, finish):
    directory = write(tmp_path / "run", finish=finish)
    assert str(report(directory)) == live(directory)


def test_a_killed_run_of_one_file_with_half_a_line_is_reported(tmp_path):
    directory = write(tmp_path / "run", finish=False)
    for entry in directory.iterdir():
        if entry.name != "batch_metrics.jsonl":
            entry.unlink()
    whole = (directory / "batch_metrics.jsonl").read_bytes()
    (directory / "batch_metrics.jsonl").write_bytes(whole[:-20])
    told = str(report(sk.load(directory)))
    assert "| train | 40 | 160 | 2 | 0 | 39 |" in told
    assert "| val | 1 | 4 | 1 | 19 | 19 |" in told


def test_another_directory_gives_the_same_bytes_and_no_path_of_it(tmp_path):
    directory = write(tmp_path / "first")
    shutil.copytree(directory, tmp_path / "elsewhere" / "second")
    told = str(report(directory))
    assert str(report(tmp_path / "elsewhere" / "second")) == told
    assert "first" not in told.replace("first step", "").replace("| first |", "").replace("the first", "")
    assert str(tmp_path) not in told


def test_the_report_does_not_list_itself(tmp_path):
    directory = write(tmp_path / "run")
    told = report(directory)
    path = told.write(directory / "final_summary_report.md")
    assert path.read_text("utf-8") == str(told) == str(report(directory))


def test_snapshots_are_reported_with_best_steps_and_health():
    told = str(report(SHIPPED))
    assert [line for line in told.splitlines() if line.startswith("#")] == [
        "# Training Final Summary",
        "## Training Summary",
        "## Performance Summary",
        "## Health",
        "## Files Generated",
    ]
    best = sk.best(SHIPPED, "quality_ki_value")
    row = next(line for line in told.splitlines() if line.startswith("| quality\\_ki\\_value"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[9:11] == [f"{best.value:.6g}", str(best.step)]


def test_a_loss_from_before_the_first_validation_is_never_the_best(tmp_path):
    for step, quality, loss in ((500, 0.0, 0.0), (1000, 0.5, 0.3), (1500, 0.6, 0.2)):
        values = {"step_current": step, "quality_ki_value": quality, "validation_loss_value": loss}
        (tmp_path / f"Statistik_{step}.json").write_text(json.dumps(values))
    rows = str(report(tmp_path)).splitlines()
    row = next(line for line in rows if line.startswith("| validation\\_loss\\_value"))
    assert [cell.strip() for cell in row.strip("|").split("|")][9:11] == ["0.2", "1500"]


def test_several_runs_stand_one_after_the_other(tmp_path):
    write(tmp_path / "runs" / "a")
    write(tmp_path / "runs" / "b")
    told = str(report(tmp_path / "runs"))
    assert told.count("# Training Final Summary\n") == 2
    assert told.index("**a**") < told.index("**b**")


def test_a_notebook_shows_markdown(tmp_path):
    told = report(write(tmp_path / "run"))
    assert told._repr_markdown_() == told.text


def test_other_formats_are_refused():
    with pytest.raises(UsageError, match="Possible: md"):
        report(SHIPPED, format="docx")


def test_no_run_is_an_error(tmp_path):
    with pytest.raises(RunNotFoundError):
        report(tmp_path / "absent")
