import json
import shutil
from pathlib import Path

import pytest

import statkit as sk
from statkit.api.pathology import pathology
from statkit.api.reporting import report
from statkit.api.verifying import verify
from statkit.errors import SourceError
from statkit.sources import sidecar

RUNS = Path(__file__).parents[2] / "examples" / "runs"


@pytest.fixture(scope="module")
def tissue():
    (found,) = pathology(sk.load(RUNS / "dae_kan"))
    return found


def test_it_is_the_run_and_its_parts(tissue):
    told = tissue.to_dict()
    assert (told["run"], told["stains"], told["phase"], told["layer"]) == (
        "dae_kan",
        "H-DAB",
        "val",
        "bam_32",
    )
    assert len(told["features"]) == 24
    assert {row["kind"] for row in told["association"]} == {"attention"}
    assert {(row["layer"], row["mask"]) for row in told["localisation"]} == {
        (layer, mask) for layer in ("bam_32", "bam_48", "kan_48") for mask in ("nuclei", "tissue")
    }
    assert [row["batch"] for row in told["batches"]] == [
        "train_batch_000300",
        "val_batch_000031",
        "val_batch_000032",
    ]
    assert json.dumps(told)
    assert len(tissue.rows()) == 24
    assert tissue.rows()[0]["run"] == "dae_kan"


def test_the_numbers_are_those_the_training_kept(tissue):
    """All but the consistency, whose earlier dashboards are not shipped: the same bits."""
    for row in tissue.to_dict()["batches"]:
        _, meta = sidecar.read(RUNS / "dae_kan" / f"{row['batch']}.npz")
        kept = {name: value for name, value in row.items() if "consistency" not in name and name != "batch"}
        assert len(kept) == 9
        assert {name: meta["record"][name] for name in kept} == kept


def test_the_single_values_are_those_of_the_first_gate(tissue):
    told = tissue.to_dict()
    row = next(r for r in told["association"] if (r["layer"], r["feature"]) == ("bam_32", "hematoxylin"))
    assert told["tissue_attention_correlation"] == row["r"]
    row = next(r for r in told["localisation"] if (r["layer"], r["mask"]) == ("bam_32", "nuclei"))
    assert told["nuclear_attention_overlap"] == row["iou"]


@pytest.mark.slow
def test_several_processes_give_the_same(tissue):
    (again,) = pathology(RUNS / "dae_kan", jobs=2)
    assert again.to_dict()["features"] == tissue.to_dict()["features"]


def test_a_run_without_images_is_refused():
    with pytest.raises(SourceError, match="no sidecar of a dashboard is there"):
        pathology(RUNS / "coarse" / "seed-0")


def test_the_section_of_the_report_is_verified_and_notices_a_sidecar_that_is_gone(tmp_path):
    shutil.copytree(RUNS / "dae_kan", tmp_path / "run")
    path = tmp_path / "run" / "final_summary_report.md"
    report(str(tmp_path / "run")).write(path)
    assert verify(path).mismatches == ()
    assert "| distinct images | 24 |" in path.read_text("utf-8")
    (tmp_path / "run" / "val_batch_000032.npz").unlink()
    assert verify(path).mismatches
