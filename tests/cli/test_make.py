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
    assert done.err == "statkit: --format 'docx' is unknown. Possible: md, html.\n"


def test_the_report_of_snapshots(statkit, learn):
    done = statkit("report", learn)
    assert done.code == 0
    assert "## Health" in done.out


def test_report_leaves_the_run_as_it_was(statkit, batches):
    before = {entry.name: entry.stat().st_mtime_ns for entry in batches.iterdir()}
    statkit("report", batches)
    assert {entry.name: entry.stat().st_mtime_ns for entry in batches.iterdir()} == before


def test_the_ending_of_the_file_sets_the_format(statkit, batches, tmp_path):
    for name, start in (("a.html", "<!doctype html>"), ("a.HTM", "<!doctype html>"), ("a.md", "# Training")):
        assert statkit("report", batches, "-o", tmp_path / name).code == 0
        assert (tmp_path / name).read_text("utf-8").startswith(start)
    assert statkit("report", batches, "--format", "md", "-o", tmp_path / "b.html").code == 0
    assert (tmp_path / "b.html").read_text("utf-8").startswith("# Training")


def test_a_date_is_borne_and_a_bad_one_refused(statkit, batches):
    assert "\nDated 2026-11-22.\n" in statkit("report", batches, "--date", "2026-11-22").out
    done = statkit("report", batches, "--date", "today")
    assert (done.code, done.err) == (2, "statkit: --date 'today' is no date. Write it as 2026-11-22.\n")


def test_a_file_that_cannot_be_written_is_one_line(statkit, batches, tmp_path):
    done = statkit("report", batches, "--quiet", "-o", tmp_path / "absent" / "a.html")
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
