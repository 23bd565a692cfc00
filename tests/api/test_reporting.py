import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import statkit as sk
from statkit.analysis.batch_columns import columns_of
from statkit.analysis.training_files import inventory
from statkit.analysis.training_summary import training_summary
from statkit.api.reporting import report
from statkit.errors import RunNotFoundError, UsageError
from statkit.views.document import markdown_text
from statkit.views.manifest import is_sealed, parse
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


def body(told):
    """What a report says, without how many files it was made from and the manifest."""
    return str(told).partition("\nMade from ")[0]


def live(directory):
    """The report as the end of the training makes it, from the log alone."""
    lines = (directory / "batch_metrics.jsonl").read_text().splitlines()
    files = inventory((entry.name, entry.stat().st_size) for entry in directory.iterdir())
    return markdown_text([training_report(training_summary(columns_of(map(json.loads, lines))), files)])


@pytest.mark.parametrize("finish", [True, False], ids=["finished", "killed"])
def test_the_files_give_the_bytes_of_the_end_of_the_training(tmp_path, finish):
    directory = write(tmp_path / "run", finish=finish)
    assert body(report(directory)) == live(directory)


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
        "## Improvement",
        "## Performance Summary",
        "## Health",
        "## Files Generated",
    ]
    best = sk.best(SHIPPED, "quality_ki_value")
    metrics = told.partition("## Performance Summary")[2]
    row = next(line for line in metrics.splitlines() if line.startswith("| quality\\_ki\\_value"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[9:11] == [f"{best.value:.6g}", str(best.step)]


def test_a_loss_from_before_the_first_validation_is_never_the_best(tmp_path):
    for step, quality, loss in ((500, 0.0, 0.0), (1000, 0.5, 0.3), (1500, 0.6, 0.2)):
        values = {"step_current": step, "quality_ki_value": quality, "validation_loss_value": loss}
        (tmp_path / f"Statistik_{step}.json").write_text(json.dumps(values))
    rows = str(report(tmp_path)).partition("## Performance Summary")[2].splitlines()
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
    with pytest.raises(UsageError, match="Possible: md, html"):
        report(SHIPPED, format="docx")


def test_no_run_is_an_error(tmp_path):
    with pytest.raises(RunNotFoundError):
        report(tmp_path / "absent")


@pytest.mark.parametrize("format", ["md", "html"])
@pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
def test_a_copy_in_another_directory_gives_the_same_bytes(tmp_path, format, several):
    write(tmp_path / "here" / "runs" / "a")
    if several:
        write(tmp_path / "here" / "runs" / "b")
    there = tmp_path / "elsewhere" / "deeper" / "there"
    shutil.copytree(tmp_path / "here", there)
    for path in there.rglob("*.json*"):
        os.utime(path, (1, 1))
    first, second = (
        report(directory / "runs", format=format, date="2026-11-22").write(directory / f"report.{format}")
        for directory in (tmp_path / "here", there)
    )
    assert first.read_bytes() == second.read_bytes()
    text = first.read_text("utf-8")
    assert str(tmp_path) not in text
    assert "elsewhere" not in text


def test_the_manifest_holds_what_sha256sum_says(tmp_path):
    directory = write(tmp_path / "run")
    manifest = parse(report(directory).write(tmp_path / "report.md").read_text("utf-8"), "report.md")
    (run,) = manifest.runs
    assert run.path == "run"
    names = sorted(file.name for file in run.files)
    told = subprocess.run(
        ["sha256sum", *names], cwd=directory, capture_output=True, text=True, check=True
    ).stdout.split()
    assert dict(zip(told[1::2], told[::2], strict=True)) == {file.name: file.sha256 for file in run.files}
    assert {file.name: file.size for file in run.files} == {
        name: (directory / name).stat().st_size for name in names
    }
    records = {"batch_metrics.jsonl", "final_training_metrics.json"}
    assert records | {"epoch_0_metrics.json", "epoch_1_metrics.json"} <= set(names)


def test_no_date_but_the_one_asked_for(tmp_path):
    directory = write(tmp_path / "run")
    assert "Dated" not in str(report(directory))
    assert str(report(directory, date="2026-11-22")).splitlines()[2] == "Dated 2026-11-22."
    for date in ("yesterday", "2026-13-01", "20261122"):
        with pytest.raises(UsageError, match="is no date"):
            report(directory, date=date)


@pytest.mark.parametrize("format", ["md", "html"])
def test_a_report_is_sealed(format):
    text = str(report(SHIPPED, format=format))
    assert is_sealed(text)
    assert not is_sealed(text.replace("Summary", "summary", 1))


def test_the_default_name_has_the_ending_of_the_format(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report(SHIPPED).write()
    report(SHIPPED, format="html").write()
    assert sorted(os.listdir()) == ["final_summary_report.html", "final_summary_report.md"]


def test_a_notebook_shows_a_page_in_a_frame():
    told = report(SHIPPED, format="html")
    assert told._repr_markdown_() is None
    assert told._repr_html_().startswith('<iframe sandbox="allow-scripts"')
    assert report(SHIPPED)._repr_html_() is None


def test_a_snapshot_report_tells_steps_plateaus_and_checkpoints(tmp_path):
    for count in range(1, 41):
        quality = 0.6 - 0.3 / count if count <= 10 else 0.57 + 0.0001 * (count % 3)
        values = {"step_current": 500 * count, "quality_ki_value": quality}
        (tmp_path / f"Statistik_{500 * count}.json").write_text(json.dumps(values))
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "checkpoint_step_0005500.pth").touch()
    told = str(report(tmp_path))
    assert "| quality\\_ki\\_value | 5,500 | 0.5702 | checkpoints/checkpoint\\_step\\_0005500.pth |" in told
    assert "**20 of 40 validations, the best in bold**" in told
    assert "| **5,500** | **0.5702** |" in told
    assert "One checkpoint lies beside the records." in told
    plateau = sk.trend(tmp_path, "quality_ki_value").answer.plateau_since
    assert plateau is not None
    assert f"| quality\\_ki\\_value | validation | {plateau} |" in told.partition("**Plateaus**")[2]
