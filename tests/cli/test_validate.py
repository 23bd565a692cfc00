"""statkit validate: table, JSON, CSV, Markdown of the example, and one line where it cannot answer."""

import csv
import io
import json
import warnings
from pathlib import Path

import pytest

from statkit.cli.app import run

ROOT = Path(__file__).parents[2]
RUN = str(ROOT / "examples" / "runs" / "dae_kan")
DRAWN = ROOT / "examples" / "annotations" / "dae_kan"


@pytest.fixture
def validate(capsys, monkeypatch):
    """Run the command in this process; give its exit code, standard output and standard error."""
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)

    def call(*arguments):
        code = run(["validate", *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_the_example(validate):
    code, out, err = validate(RUN, "--annotations", DRAWN)
    assert code == 0
    assert out.startswith("dae_kan: 2 images, 1 rater, threshold matched\n")
    lines = out.splitlines()
    assert lines[1].split()[:7] == ["label", "attention", "images", "Dice", "κ", "NSD", "HD95"]
    assert [line.split()[:3] for line in lines[2:4]] == [["Gland", "bam_32", "2"], ["Gland", "kan_48", "2"]]
    assert "training and validation; difference = val - train" in lines
    assert "statkit: exact Euclidean distances" in out
    assert "insufficient" in out
    for word in ("excellent", "good agreement", "poor", "clinically"):
        assert word not in out.lower()
    assert all(line.startswith("warning: ") for line in err.splitlines())


def test_the_same_numbers_as_json(validate):
    code, out, _ = validate(RUN, "--annotations", DRAWN, "--layer", "bam_32", "--label", "Gland", "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["schema"] == "statkit.validate/1"
    assert [(row["image"], row["layer"], row["label"]) for row in answer["per_image"]] == [
        ("train_batch_000300", "bam_32", "Gland"),
        ("val_batch_000031", "bam_32", "Gland"),
    ]
    (dice,) = [row for row in answer["aggregates"] if row["metric"] == "dice" and row["phase"] is None]
    assert dice["mean"] == pytest.approx(sum(row["dice"] for row in answer["per_image"]) / 2)
    assert (dice["n"], dice["n_null"], dice["verdict"]) == (2, 0, "insufficient")
    assert {row["metric"] for row in answer["phases"]} >= {"iou", "dice", "precision", "recall", "kappa"}
    assert all(set(each) == {"code", "path", "message"} for each in answer["warnings"])
    table = validate(RUN, "--annotations", DRAWN, "--layer", "bam_32", "--label", "Gland")[1]
    assert f" {dice['mean']:.3f} " in table


def test_csv_has_a_row_an_image_label_and_layer(validate):
    code, out, _ = validate(RUN, "--annotations", DRAWN, "--csv", "-q")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert len(rows) == 2 * 2 * 3
    assert rows[0]["raters"] == "program"
    assert float(rows[0]["dice"]) == float(rows[0]["precision"])


def test_markdown_and_latex(validate):
    code, out, err = validate(RUN, "--annotations", DRAWN, "--md", "--quiet", "--precision", "2")
    assert (code, err) == (0, "")
    assert "| label | attention | images | Dice |" in out
    code, out, _ = validate(RUN, "--annotations", DRAWN, "--format", "latex", "--threshold", "quantile:0.8")
    assert code == 0
    assert r"\begin{tabular}" in out


def test_raters_get_a_table_of_their_own(validate, tmp_path):
    text = (DRAWN / "val_batch_000031.geojson").read_text().replace('"statkit:rater":"program"', '"a":"b"')
    for rater in ("anna", "ben"):
        (tmp_path / f"val_batch_000031.{rater}.geojson").write_text(text)
    code, out, _ = validate(RUN, "--annotations", tmp_path, "--mpp", "0.5", "--consensus", "majority")
    assert code == 0
    assert out.startswith("dae_kan: 1 image, 2 raters by majority, threshold matched\n")
    assert "raters among one another, means over images" in out
    gland = [line.split() for line in out.splitlines() if line.startswith("Gland ")]
    assert [row[1:6] for row in gland if row[1] == "each"] == [["each", "rater", "1", "1.000", "1.000"]]
    assert "Gland: α over the pixels of all images is 1.000." in out
    assert "Cohen κ" in out
    assert "Fleiss κ" not in out
    assert "NSD at 2 µm" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([RUN], "--annotations"),
        ([RUN, "--annotations", "gone"], "no such directory of annotations"),
        (["gone", "--annotations", DRAWN], "gone"),
        ([RUN, "--annotations", DRAWN, "--layer", "x"], "bam_32"),
        ([RUN, "--annotations", DRAWN, "--label", "x"], "Gland, Nucleus"),
        ([RUN, "--annotations", DRAWN, "--threshold", "otsu"], "matched"),
        ([RUN, "--annotations", DRAWN, "--consensus", "mean"], "staple, majority"),
        ([RUN, "--annotations", DRAWN, "--tolerance", "-1"], "tolerance"),
        ([RUN, "--annotations", DRAWN, "--mpp", "nan"], "above 0"),
        ([RUN, str(ROOT / "examples/runs/coarse"), "--annotations", DRAWN], "one run is asked for"),
        ([str(ROOT / "examples/runs/coarse/seed-0"), "--annotations", DRAWN], "no sidecar"),
    ],
)
def test_one_line_where_it_cannot_answer(validate, arguments, said):
    code, out, err = validate(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("statkit: ")
    assert err.count("\n") == 1
    assert said in err
