import json
import random
import re
import shutil

import pytest

from statkit.api.comparison_question import Question
from statkit.api.comparison_reporting import comparison_report
from statkit.api.reporting import report
from statkit.api.verifying import verify
from statkit.data.load import load_all
from statkit.errors import RunNotFoundError, SourceError, StatkitError, UsageError


def snapshots(directory, seed=0, count=9):
    rng = random.Random(seed)
    directory.mkdir(parents=True)
    for k in range(1, count + 1):
        values = {"step_current": 100 * k, "quality_ki_value": 0.5 + 0.01 * k + rng.random() / 100}
        (directory / f"Statistik_{100 * k}.json").write_text(json.dumps(values))
    return directory


@pytest.fixture
def run(tmp_path):
    return snapshots(tmp_path / "runs" / "one")


@pytest.fixture(params=["md", "html"])
def written(request, run, tmp_path):
    return report(run, format=request.param, date="2026-11-22").write(tmp_path / f"report.{request.param}")


def compared(tmp_path, format):
    for side in "ab":
        for seed in range(3):
            snapshots(tmp_path / side / f"s{seed}", seed + 10 * (side == "b"))
    groups = {side: load_all([str(tmp_path / side)]) for side in "ab"}
    question = Question(resamples=200, at="mean:300:800", steps=(200, None), where="step < 900", precision=4)
    return comparison_report(groups, question, format=format).write(tmp_path / f"c.{format}")


def test_a_report_says_what_the_data_say(written, run):
    answer = verify(written)
    assert answer.mismatches == ()
    assert [run.samefile(path) for path in answer.runs] == [True]
    assert answer.files == 9
    assert answer.numbers > 50
    assert answer.notes == ()


@pytest.mark.parametrize("format", ["md", "html"])
def test_a_comparison_says_what_the_data_say(tmp_path, format):
    path = compared(tmp_path, format)
    assert verify(path).mismatches == ()
    victim = tmp_path / "b" / "s1" / "Statistik_500.json"
    victim.write_text(victim.read_text().replace("0.5", "0.6", 1))
    told = verify(path).mismatches
    assert {"input", "number"} <= {each.kind for each in told}
    assert [each.where for each in told if each.kind == "input"] == ["b/s1/Statistik_500.json"]


def test_a_changed_digit_anywhere_is_caught(written):
    text = written.read_text("utf-8")
    places = [match.start() for match in re.finditer(r"\d", text)]
    rng = random.Random(1)
    manifest = [place for place in places if place > text.rindex("statkit-manifest")]
    for place in rng.sample(places, 25) + rng.sample(manifest, 10):
        digit = rng.choice([digit for digit in "0123456789" if digit != text[place]])
        written.write_text(text[:place] + digit + text[place + 1 :], "utf-8")
        try:
            assert verify(written).mismatches, text[place - 40 : place + 40]
        except StatkitError:
            assert place in manifest


def test_every_decimal_of_the_text_is_named_when_it_is_changed(run, tmp_path):
    path = report(run).write(tmp_path / "report.md")
    text = path.read_text("utf-8")
    body = text.partition("\nMade from")[0]
    for match in list(re.finditer(r"\d+\.\d+", body))[::9]:
        place = match.end() - 1
        digit = str((int(text[place]) + 1) % 10)
        path.write_text(text[:place] + digit + text[place + 1 :], "utf-8")
        (found,) = verify(path).mismatches
        assert (found.kind, found.data) == ("number", match[0])
        assert found.report == match[0][:-1] + digit
        assert found.line == text.count("\n", 0, place) + 1
        assert found.where in ("Improvement", "Performance Summary", "Health")


def test_a_changed_word_is_named(written):
    text = written.read_text("utf-8")
    written.write_text(text.replace("improving", "worsening", 1), "utf-8")
    assert [each.kind for each in verify(written).mismatches] == ["text"]


def test_what_is_changed_outside_the_numbers_breaks_the_seal(run, tmp_path):
    path = report(run, format="html").write(tmp_path / "report.html")
    text = path.read_text("utf-8")
    path.write_text(text.replace("max-width: 1320px", "max-width: 1321px"), "utf-8")
    assert [each.kind for each in verify(path).mismatches] == ["seal"]


def test_a_changed_input_is_named_with_what_changed(written, run):
    victim = run / "Statistik_300.json"
    victim.write_text(victim.read_text().replace("0.5", "0.7", 1))
    told = verify(written).mismatches
    inputs = [each for each in told if each.kind == "input"]
    assert [each.where for each in inputs] == ["runs/one/Statistik_300.json"]
    assert inputs[0].report != inputs[0].data
    assert any(each.kind == "number" for each in told)


def test_a_change_that_changes_no_number_is_still_a_changed_input(written, run):
    victim = run / "Statistik_300.json"
    victim.write_text(victim.read_text().replace(": ", ":  ", 1))
    assert "input" in {each.kind for each in verify(written).mismatches}


def test_a_file_more_and_a_file_less_are_named(written, run):
    (run / "Statistik_200.json").rename(run / "Statistik_1000.json")
    inputs = {each.where: each for each in verify(written).mismatches if each.kind == "input"}
    assert inputs["runs/one/Statistik_200.json"].data is None
    assert inputs["runs/one/Statistik_1000.json"].report is None


def test_data_that_give_no_report_any_more_are_a_mismatch(written, run):
    for path in run.iterdir():
        path.write_text('{"step_current": 1')
    kinds = {each.kind for each in verify(written).mismatches}
    assert kinds == {"text", "input"}


def test_report_and_run_moved_together_are_found(tmp_path, written):
    shutil.copytree(tmp_path, tmp_path.parent / "moved", dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "runs")
    assert verify(tmp_path.parent / "moved" / written.name).mismatches == ()


def test_a_report_seen_through_a_link_is_found(tmp_path, written):
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "link").symlink_to(written)
    assert verify(tmp_path / "far" / "link").mismatches == ()


def test_a_missing_run_is_an_error_until_it_is_named(written, run, tmp_path):
    run.rename(tmp_path / "renamed")
    with pytest.raises(RunNotFoundError, match=r"the run that .*report.* was made from is not at .*--run"):
        verify(written)
    assert verify(written, [str(tmp_path / "renamed")]).mismatches == ()
    with pytest.raises(UsageError, match=r"names 2, .* from 1"):
        verify(written, ["a", "b"])


def test_a_directory_that_only_holds_runs_is_none(written, run, tmp_path):
    shutil.copytree(run, run / "inner")
    for path in run.glob("*.json"):
        path.unlink()
    with pytest.raises(RunNotFoundError, match="holds runs but is none"):
        verify(written)


@pytest.mark.parametrize("text", ["", "# Title\n", "<!-- statkit-manifest\n{}\n-->", "\0\0", "\ud83d\n"])
def test_other_files_are_no_reports(tmp_path, text):
    path = tmp_path / "x.md"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(SourceError, match="no report of statkit"):
        verify(path)


def test_a_report_that_is_not_there_or_a_directory(tmp_path):
    for path in (tmp_path / "absent.md", tmp_path):
        with pytest.raises(RunNotFoundError, match="Name a report that statkit wrote"):
            verify(path)


def test_line_ends_of_another_system_are_no_mismatch(written):
    written.write_bytes(written.read_bytes().replace(b"\n", b"\r\n"))
    assert verify(written).mismatches == ()


def test_another_version_is_noted_and_no_mismatch(written, monkeypatch):
    monkeypatch.setattr("statkit.api.verifying.__version__", "9.9")
    answer = verify(written)
    assert answer.notes == ("written by statkit 0.1.0, recomputed by 9.9",)
    assert answer.mismatches == ()


def test_several_runs_and_how_they_were_read_are_found_again(tmp_path):
    snapshots(tmp_path / "runs" / "one")
    other = tmp_path / "runs" / "two"
    other.mkdir()
    (other / "scores.csv").write_text("at,loss\n" + "".join(f"{10 * k},{1 / k}\n" for k in range(1, 12)))
    runs = load_all([str(tmp_path / "runs")], step_column="at")
    path = report(runs, step_column="at").write(tmp_path / "report.md")
    assert verify(path).mismatches == ()


def test_a_run_that_is_one_file_is_found_by_its_name(tmp_path):
    table = tmp_path / "tables" / "scores.csv"
    table.parent.mkdir()
    table.write_text("step,loss\n" + "".join(f"{10 * k},{1 / k}\n" for k in range(1, 12)))
    path = report(table).write(tmp_path / "report.md")
    assert verify(path).mismatches == ()
    table.write_text(table.read_text().replace("0.5", "0.6"))
    assert [each.where for each in verify(path).mismatches if each.kind == "input"] == ["tables/scores.csv"]


def test_a_superseded_lineage_is_read_as_it_was(tmp_path):
    rows = [{"step": step, "loss": 1 / step} for step in (1, 2, 3, 4, 3, 4, 5, 6)]
    directory = tmp_path / "run"
    directory.mkdir()
    lines = [
        {"batch_idx": row["step"], "phase": "train", "global_step": row["step"], "loss": row["loss"] + k / 9}
        for k, row in enumerate(rows)
    ]
    (directory / "batch_metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    texts = set()
    for kept in ("last", "first", "all"):
        path = report(load_all([str(directory)], on_rewind=kept)).write(tmp_path / f"{kept}.md")
        assert verify(path).mismatches == ()
        texts.add(path.read_text("utf-8").partition("\nMade from")[0])
    assert len(texts) == 3
