"""diagnose and doctor as a person, a script and a CI job meet them."""

import csv
import io
import json
import math

import pytest

FINDING = ["rule", "severity", "metric", "steps", "evidence", "advice", "source"]


def change(learn, step, **fields):
    path = learn / f"Statistik_{step}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


@pytest.fixture
def broken(learn):
    change(learn, 4000, total_loss_value=math.nan)
    (learn / "Statistik_2500.json").write_text('{"step_current": 2500, "tot')
    return learn


@pytest.mark.parametrize("command", ["diagnose", "doctor"])
def test_a_run_without_fault_exits_0(statkit, learn, command):
    done = statkit(command, learn)
    assert done.code == 0
    assert done.out.startswith("run: ")
    assert done.err == ""


def test_diagnose_exits_1_at_an_error_and_says_where(statkit, broken):
    done = statkit("diagnose", broken)
    assert done.code == 1
    assert done.out.startswith("run: error (1 error")
    assert "total_loss_value is NaN first at step 4000" in done.out


def test_diagnose_json_is_that_of_the_contract(statkit, broken):
    done = statkit("diagnose", broken, "--json")
    assert done.code == 1
    assert done.json["schema"] == "statkit.diagnose/1"
    (run,) = done.json["runs"]
    assert run["status"] == "error"
    assert run["run"] == "run"
    for finding in run["findings"]:
        assert list(finding) == FINDING
        assert len(finding["steps"]) == 2
    assert run["findings"][0]["rule"] == "non-finite"
    assert run["findings"][0]["steps"] == [4000, 4000]
    assert {warning["code"] for warning in done.json["warnings"]} == {"skipped-file", "non-finite"}


def test_doctor_json_counts_files_and_rows_and_names_what_is_lost(statkit, broken):
    done = statkit("doctor", broken, "--json")
    assert done.code == 1
    (run,) = done.json["runs"]
    assert (run["files"], run["rows"], run["status"]) == (12, 11, "error")
    assert {f["rule"] for f in run["findings"] if f["severity"] == "error"} == {
        "truncated-file",
        "cadence-gap",
    }
    assert all(list(finding) == FINDING for finding in run["findings"])


def test_a_warning_fails_only_when_asked(statkit, learn):
    for step in range(4500, 6500, 500):
        change(learn, step, layer_activity_map={"Backward 1": 0.0, "Backward 2": 0.6, "Final Fusion": 0.9})
    assert statkit("diagnose", learn).code == 0
    assert statkit("diagnose", learn, "--fail-on", "warning").code == 1
    change(learn, 3000, total_loss_value="0.01")
    assert statkit("doctor", learn).code == 0
    assert statkit("doctor", learn, "--fail-on", "warning").code == 1


def test_wrong_usage_is_one_line_and_exit_2(statkit, learn):
    for command in ("diagnose", "doctor"):
        done = statkit(command, learn, "--fail-on", "info")
        assert done.code == 2
        assert done.err.count("\n") == 1
        assert "Possible: error, warning" in done.err
        assert statkit(command, learn / "nowhere").code == 2


def test_an_unreadable_run_is_a_finding_to_the_doctor_and_exit_2_to_diagnose(statkit, tmp_path):
    directory = tmp_path / "run"
    directory.mkdir()
    (directory / "Statistik_500.json").write_text('{"step_current": 500, "quali')
    assert statkit("doctor", directory).code == 1
    done = statkit("diagnose", directory)
    assert done.code == 2
    assert "none of 1 files can be read" in done.err


def test_several_runs_are_answered_one_by_one_and_the_worst_decides(statkit, groups):
    change(groups / "base-0" / "Learn", 3000, quality_ki_value=math.inf)
    done = statkit("diagnose", "base-0", "base-1", "--json", cwd=groups)
    assert done.code == 1
    assert [run["run"] for run in done.json["runs"]] == ["base-0", "base-1"]
    assert [run["status"] == "error" for run in done.json["runs"]] == [True, False]


def test_csv_and_ndjson_hold_one_row_a_finding(statkit, broken):
    rows = list(csv.DictReader(io.StringIO(statkit("diagnose", broken, "--csv").out)))
    assert list(rows[0]) == ["run", *FINDING]
    lines = [json.loads(line) for line in statkit("diagnose", broken, "--format", "ndjson").out.splitlines()]
    assert [line["rule"] for line in lines] == [row["rule"] for row in rows]


def test_markdown_is_a_table_with_its_evidence(statkit, broken):
    out = statkit("diagnose", broken, "--md").out
    assert "| severity | rule |" in out
    assert "NaN first at step 4000" in out


def test_batches_of_the_original_program(statkit, batches):
    done = statkit("diagnose", batches, "--json")
    assert done.code == 0
    (run,) = done.json["runs"]
    assert "never-computed" in {finding["rule"] for finding in run["findings"]}
    assert statkit("doctor", batches).code == 0


def test_a_resumed_table_and_stacked_tables_are_warnings(statkit, tmp_path):
    resumed = [*range(10), *range(5, 15)]
    (tmp_path / "resumed.csv").write_text("step,loss\n" + "".join(f"{s},{1 / (s + 1)}\n" for s in resumed))
    stacked = [*range(10), *range(10)]
    (tmp_path / "stacked.csv").write_text("step,loss\n" + "".join(f"{s},{1 / (s + 1)}\n" for s in stacked))
    for name, rule in (("resumed.csv", "mixed-lineage"), ("stacked.csv", "duplicate-step")):
        done = statkit("doctor", name, "--json")
        assert done.code == 0
        assert [(f["rule"], f["severity"]) for f in done.json["runs"][0]["findings"]] == [(rule, "warning")]
