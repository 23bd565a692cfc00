"""The clinical report of a run: what is documented, on which images, and never a verdict."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from statkit.errors import RunNotFoundError, UsageError
from statkit.pathology import generate_clinical_validation_report
from statkit.pathology.samples import run_samples
from statkit.views.panels import Panels
from statkit.writers import sidecar

ROOT = Path(__file__).parents[2]
RUN = ROOT / "examples" / "runs" / "dae_kan"
STATEMENT = "Not assessed for clinical use. Research use only."


@pytest.fixture(scope="module")
def shipped():
    return generate_clinical_validation_report({"run": str(RUN), "total_batches": 336})


def status(report, name):
    return next(item["status"] for item in report.to_dict()["items"] if item["name"] == name)


def test_the_text_is_plain_and_never_praises(shipped):
    text = str(shipped)
    assert text == shipped.text
    assert f"**{STATEMENT}**" in text
    for word in ("ready", "readiness", "safe", "approved", "excellent", "score", "validated", "✅"):
        assert not re.search(rf"\b{word}\b", text.lower())
    assert str(RUN) not in text


def test_what_was_computed_stands_with_images_patients_null_and_hash(shipped):
    found = shipped.to_dict()
    assert found["statement"] == STATEMENT
    assert found["images"]["distinct"] == len(run_samples(str(RUN)).samples()) == 24
    assert re.fullmatch("[0-9a-f]{64}", found["images"]["sha256"])
    rows = [row for row in found["computed"] if "hematoxylin" in row["what"]]
    assert {row["null"] for row in rows} == {"image-swap"}
    assert {row["tiles"] for row in rows} == {16}
    assert {(row["patients"], row["verdict"], row["p_adjusted"]) for row in rows} == {
        (1, "insufficient", None)
    }
    assert status(shipped, "attention against pathology") == "not met"
    assert status(shipped, "patient-level split of the data") == "not met"
    assert json.dumps(found)


def test_a_path_does_as_well_and_gives_the_same(shipped, tmp_path):
    shutil.copytree(RUN, tmp_path / "moved")
    again = generate_clinical_validation_report(tmp_path / "moved")
    assert again.text == shipped.text
    written = again.write(tmp_path / "report.md")
    assert written.read_text(encoding="utf-8") == shipped.text
    assert again._repr_markdown_() == shipped.text


def test_a_run_without_pictures_needs_no_library_and_assesses_nothing(tmp_path):
    report = generate_clinical_validation_report({"run": str(tmp_path)})
    assert {item["status"] for item in report.to_dict()["items"]} == {"not assessed"}
    assert report.to_dict()["computed"] == []


def test_patients_of_all_data_decide_on_the_split(tmp_path):
    def asked(**patients):
        report = generate_clinical_validation_report(tmp_path, patients=patients)
        return status(report, "patient-level split of the data")

    assert asked(train=[1, 2, 3], val=["4"]) == "met"
    assert asked(train=[1, 2, 3], val=["3"]) == "not met"
    assert asked(train=[1, 2]) == "not assessed"
    with pytest.raises(UsageError, match="by phase"):
        generate_clinical_validation_report(tmp_path, patients={"train": "abc"})
    with pytest.raises(UsageError, match="by phase"):
        generate_clinical_validation_report(tmp_path, patients=["a", "b"])


def test_statements_of_the_configuration_are_quoted(tmp_path):
    config = {"intended_use": "research on denoising", "failure_modes": 7, "lr": 0.1}
    (tmp_path / "runtime_config.json").write_text(json.dumps(config))
    report = generate_clinical_validation_report(tmp_path)
    assert status(report, "intended use") == "met"
    assert "unchecked: research on denoising" in report.text
    assert status(report, "failure modes") == "not assessed"


@pytest.mark.parametrize("summary", [{}, {"run": None}, {"total_batches": 3}])
def test_a_summary_that_names_no_run_is_refused(summary):
    with pytest.raises(RunNotFoundError, match="names no run"):
        generate_clinical_validation_report(summary)


def test_a_run_that_is_gone_is_said(tmp_path):
    with pytest.raises(RunNotFoundError, match="no such directory of a run"):
        generate_clinical_validation_report({"run": str(tmp_path / "gone")})


def square(name, x, y, side=8):
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {"objectType": "annotation", "classification": {"name": name}},
            }
        ],
    }


@pytest.fixture
def drawn_on(tmp_path):
    """One image that two raters drew on, eight pixels apart."""
    run = tmp_path / "run"
    run.mkdir()
    image = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    attention = {"bam": np.random.default_rng(1).random((6, 6))}
    panels = Panels(phase="val", number=1, images={"input": image}, attention=attention, meta={"kinds": {}})
    sidecar.write(run / "val_batch_000001.npz", *panels.to_arrays())
    drawings = tmp_path / "drawings"
    for rater, x in (("anna", 4), ("bob", 6)):
        (drawings / rater).mkdir(parents=True)
        (drawings / rater / "val_batch_000001.geojson").write_text(json.dumps(square("Tumor", x, 4)))
    return run, drawings


def test_two_raters_and_their_agreement_document_a_reference(drawn_on):
    run, drawings = drawn_on
    report = generate_clinical_validation_report(run, annotations=drawings)
    found = next(i for i in report.to_dict()["items"] if i["name"].startswith("reference"))
    assert found["status"] == "met"
    assert "2 annotation files of 1 image by 2 raters, 1 image marked by two or more" in found["evidence"]
    assert "pairwise_dice of Tumor 0.750" in found["evidence"]  # 2 · 6·8 / (64 + 64)
    what = [row["what"] for row in report.to_dict()["computed"]]
    assert "bam against Tumor as drawn: iou, matched threshold" in what


def test_one_rater_is_not_enough_and_a_finished_validation_is_taken(drawn_on):
    from statkit.pathology.validation.matching import matched
    from statkit.pathology.validation.validation import validate

    run, drawings = drawn_on
    shutil.rmtree(drawings / "bob")
    done = validate(matched(str(run), str(drawings)).cases)
    for annotations in (drawings, done):
        report = generate_clinical_validation_report(run, annotations=annotations)
        assert status(report, "reference standard and rater agreement") == "not met"
