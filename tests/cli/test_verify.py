import pytest


@pytest.fixture(params=["md", "html"])
def written(request, statkit, batches, tmp_path):
    path = tmp_path / f"report.{request.param}"
    assert statkit("report", batches, "-o", path).code == 0
    return path


def test_a_report_that_is_right_exits_0(statkit, written):
    done = statkit("verify", written)
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("none differs\n")
    assert statkit("verify", written, "--json").json == {
        "schema": "statkit.verify/1",
        "file": str(written),
        "runs": ["auto_analysis_blue-sky-1"],
        "files": 1,
        "numbers": statkit("verify", written, "--json").json["numbers"],
        "mismatches": [],
        "notes": [],
        "warnings": [],
    }


def test_a_mismatch_is_listed_and_exits_1(statkit, written):
    text = written.read_text("utf-8")
    assert "60" in text
    start = text.index("Training Summary")
    written.write_text(text[:start] + text[start:].replace("60", "61", 1), "utf-8")
    done = statkit("verify", written, "--json")
    assert done.code == 1
    (found,) = done.json["mismatches"]
    assert (found["kind"], found["report"], found["data"]) == ("number", "61", "60")
    assert found["where"] == "Training Summary"
    table = statkit("verify", written)
    assert table.code == 1
    assert "one mismatch" in table.out
    assert "Training Summary" in table.out
    assert statkit("verify", written, "--csv").out.splitlines()[0] == "kind,where,line,report,data"


def test_a_report_on_standard_output_belongs_into_the_working_directory(statkit, batches, tmp_path):
    (tmp_path / "r.md").write_text(statkit("report", batches).out, "utf-8")
    assert statkit("verify", "r.md").code == 0


def test_what_is_no_report_is_one_line(statkit, batches, tmp_path):
    (tmp_path / "x.md").write_text("# Notes\n")
    for path in (tmp_path / "x.md", tmp_path / "absent.md", batches):
        done = statkit("verify", path)
        assert (done.code, done.out) == (2, "")
        assert done.err.count("\n") == 1


def test_a_run_that_is_gone_is_one_line_and_can_be_named(statkit, written, batches, tmp_path):
    batches.rename(tmp_path / "moved")
    done = statkit("verify", written)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert "--run" in done.err
    assert statkit("verify", written, "--run", tmp_path / "moved").code == 0


@pytest.mark.parametrize("ending", ["md", "html"])
def test_a_comparison_writes_a_report_that_is_right(statkit, groups, ending):
    sides = ("base=base-*", "new=new-*")
    plain = statkit("compare", *sides, "--json", cwd=groups)
    done = statkit("compare", *sides, "--json", "--report", f"c.{ending}", "--date", "2026-11-22", cwd=groups)
    assert (done.code, done.out) == (0, plain.out)
    text = (groups / f"c.{ending}").read_text("utf-8")
    assert "Dated 2026-11-22." in text
    assert f"{done.json['comparisons'][0]['reason']}"[:40] in text.replace("\\", "")
    assert statkit("verify", f"c.{ending}", cwd=groups).code == 0
    (groups / "new-2" / "Learn" / "Statistik_500.json").unlink()
    assert statkit("verify", f"c.{ending}", cwd=groups).code == 1


def test_a_comparison_asked_in_every_way_is_asked_again(statkit, groups):
    asked = ["--at", "last", "--align", "locf", "--margin", "0.01", "--paired", "--resamples", "200"]
    asked += ["--seed", "3", "-m", "quality_ki_value", "-m", "validation_loss_value", "--precision", "3"]
    asked += ["--steps", "1000:5000", "--where", "step != 2000"]
    for seed in range(5):
        (groups / f"new-{seed}" / "Learn" / "runtime_config.json").write_text(f'{{"seed": {seed}}}')
    done = statkit("compare", "a=base-*", "b=new-*", *asked, "--report", "c.md", cwd=groups)
    assert done.code == 0, done.err
    assert statkit("verify", "c.md", cwd=groups).code == 0


def test_one_group_has_a_report_too(statkit, groups):
    done = statkit("compare", "a=base-*", "--detect", "0.01", "--report", "c.md", cwd=groups)
    assert done.code == 0, done.err
    assert statkit("verify", "c.md", cwd=groups).code == 0
