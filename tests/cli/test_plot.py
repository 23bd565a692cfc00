import io
import json

import pytest
from PIL import Image


@pytest.mark.parametrize(
    ("ending", "start"), [("png", b"\x89PNG\r\n\x1a\n"), ("svg", b"<?xml"), ("pdf", b"%PDF-")]
)
def test_a_figure_goes_to_the_file_named_and_its_name_is_printed(statkit, learn, tmp_path, ending, start):
    done = statkit("plot", learn, "-m", "quality_ki_value", "-o", f"x.{ending}")
    assert (done.code, done.out, done.err) == (0, f"x.{ending}\n", "")
    assert (tmp_path / f"x.{ending}").read_bytes().startswith(start)


def test_the_same_command_gives_the_same_bytes(statkit, groups, tmp_path):
    command = ("plot", "base=base-*", "new=new-*", "--smooth", "0.6")
    for name in ("a.svg", "b.svg"):
        assert statkit(*command, "-o", name).code == 0
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_named_globs_are_groups_and_other_runs_stand_alone(statkit, groups):
    done = statkit("plot", "base=base-*", "new-0", "--json")
    base, alone = done.json["panels"][0]["curves"]
    assert done.json["schema"] == "statkit.plot/1"
    assert (base["side"], len(base["runs"])) == ("base", 5)
    assert (alone["side"], alone["run"]) == ("new-0", "new-0")


def test_runs_are_pooled_by_a_hyperparameter(statkit, groups):
    done = statkit("plot", ".", "--group-by", "variant", "--json")
    assert {curve["side"]: len(curve["runs"]) for curve in done.json["panels"][0]["curves"]} == {
        "variant=a": 5,
        "variant=b": 5,
    }


def test_json_holds_the_numbers_drawn(statkit, learn):
    found = statkit("plot", learn, "-m", "quality_ki_value", "--json").json
    (curve,) = found["panels"][0]["curves"]
    stretch = curve["stretches"][0]
    for step, value in zip(stretch["steps"], stretch["values"], strict=True):
        document = json.loads((learn / f"Statistik_{step:.0f}.json").read_text())
        assert document["quality_ki_value"] == value


def test_notes_that_paper_leaves_to_the_caption_are_printed(statkit, groups):
    done = statkit("plot", "base=base-*", "--style", "paper", "-o", "x.pdf")
    assert done.out.splitlines() == [
        "x.pdf",
        "Lines are means over runs, band: 95 % interval of the mean (Student's t).",
    ]


def test_rows_can_be_narrowed(statkit, learn):
    found = statkit("plot", learn, "--steps", "1000:2000", "--json").json
    assert found["panels"][0]["curves"][0]["stretches"][0]["steps"] == [1000, 1500, 2000]


def test_a_size_is_in_inches(statkit, learn, tmp_path):
    assert statkit("plot", learn, "--size", "4x3", "-o", "x.png").code == 0
    with Image.open(io.BytesIO((tmp_path / "x.png").read_bytes())) as picture:
        assert picture.size == (480, 360)


@pytest.mark.parametrize("kind", ["layers", "rate", "correlation", "distribution"])
def test_every_kind_of_figure(statkit, learn, kind):
    assert statkit("plot", learn, "--kind", kind, "-o", "x.png").code == 0


def test_warnings_are_on_standard_error(statkit, batches):
    done = statkit("plot", batches, "-m", "loss", "-m", "attention_bam_384_attention_entropy", "-o", "x.png")
    assert done.code == 0
    assert "non-finite" in done.err
    assert "no-cache" not in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-m", "quality_ki_value"), "where to? Say -o FILE.png"),
        (("-o", "x.jpg"), "does not say which format"),
        (("-o", "x.png", "--size", "big"), "width and height in inches"),
        (("-o", "x.png", "--kind", "pie"), "trend, losses"),
        (("-o", "x.png", "--style", "web"), "screen, paper"),
        (("-o", "x.png", "-m", "qualty_ki_value"), "Did you mean quality_ki_value"),
        (("-o", "nowhere/x.png"), "cannot be written"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(statkit, learn, arguments, words):
    done = statkit("plot", learn, *arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert done.err.count("\n") == 1


def test_a_run_is_left_as_it_was(statkit, learn, tmp_path):
    before = {entry.name: entry.stat().st_mtime_ns for entry in learn.iterdir()}
    statkit("plot", learn, "-o", "x.png")
    assert {entry.name: entry.stat().st_mtime_ns for entry in learn.iterdir()} == before
