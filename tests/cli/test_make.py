def test_report_goes_to_standard_output(statkit, batches):
    done = statkit("report", batches)
    assert done.code == 0
    assert done.out.startswith("# Training Final Summary\n")
    assert "Not assessed for clinical use. Research use only." in done.out


def test_report_goes_to_a_file_and_is_the_same(statkit, batches, tmp_path):
    printed = statkit("report", batches).out
    done = statkit("report", batches, "-o", tmp_path / "report.md")
    assert (done.code, done.out) == (0, "")
    assert (tmp_path / "report.md").read_text("utf-8") == printed


def test_report_tells_doubts_on_standard_error(statkit, batches):
    assert "non-finite" in statkit("report", batches).err
    assert statkit("report", batches, "--quiet").err == ""


def test_an_unknown_format_is_wrong_usage(statkit, batches):
    done = statkit("report", batches, "--format", "docx")
    assert (done.code, done.out) == (2, "")
    assert done.err == "statkit: --format 'docx' is unknown. Possible: md.\n"


def test_the_report_of_snapshots(statkit, learn):
    done = statkit("report", learn)
    assert done.code == 0
    assert "## Health" in done.out


def test_report_leaves_the_run_as_it_was(statkit, batches):
    before = {entry.name: entry.stat().st_mtime_ns for entry in batches.iterdir()}
    statkit("report", batches)
    assert {entry.name: entry.stat().st_mtime_ns for entry in batches.iterdir()} == before
