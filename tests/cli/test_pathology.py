"""statkit pathology: the tissue of a run, in every format."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from statkit.views.panels import Panels
from statkit.writers import sidecar

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "examples" / "runs" / "dae_kan"


@pytest.fixture
def run(tmp_path):
    directory = tmp_path / "a run"
    directory.mkdir()
    (directory / "batch_metrics.jsonl").write_text('{"batch_idx": 0, "phase": "val", "loss": 1.0}\n')
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)
    attention = {"bam": rng.random((6, 6))}
    panels = Panels(phase="val", number=1, images={"input": image}, attention=attention, meta={"mpp": 0.5})
    sidecar.write(directory / "val_batch_000001.npz", *panels.to_arrays())
    return directory


def test_the_shipped_run_is_told_as_it_is(statkit):
    done = statkit("pathology", SHIPPED)
    assert (done.code, done.err) == (0, "")
    assert "dae_kan: 24 images, H-DAB" in done.out
    assert "Attention with tissue, val" in done.out
    assert "insufficient: 1 patient" in done.out
    assert "An association is not a relevance" in done.out


def test_json_has_the_parts_of_the_contract(statkit, run):
    done = statkit("pathology", run, "--stains", "H-DAB", "--json")
    assert done.code == 0
    assert done.json["schema"] == "statkit.pathology/1"
    (found,) = done.json["runs"]
    assert {"run", "path", "features", "association", "localisation", "notes"} <= set(found)
    assert found["features"][0]["stains"] == "H-DAB"
    assert found["features"][0]["mpp"] == 0.5
    assert found["association"][0]["verdict"] == "insufficient"
    assert done.json["warnings"] == []


def test_csv_has_a_row_an_image(statkit, run):
    rows = list(csv.DictReader(io.StringIO(statkit("pathology", run, "--csv").out)))
    assert len(rows) == 1
    assert rows[0]["image"] == "val_batch_000001[0]"
    assert int(rows[0]["nuclei_count"]) >= 0


def test_a_damaged_sidecar_is_left_out_and_named(statkit, run):
    (run / "val_batch_000002.npz").write_bytes(b"PK nothing")
    done = statkit("pathology", run, "--json")
    assert done.code == 0
    (warning,) = done.json["warnings"]
    assert warning["code"] == "skipped-file"
    assert warning["path"].endswith("a run/val_batch_000002.npz")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--stains", "PAS"], "Found stains 'PAS'; possible: H&E, H-DAB, macenko"),
        (["--mpp", "-1"], "Found mpp=-1.0"),
        (["--phase", "test"], "--phase 'test' is unknown"),
        (["--phase", "train"], "no sidecar of a dashboard is there"),
    ],
)
def test_what_cannot_be_is_one_line(statkit, run, options, said):
    done = statkit("pathology", run, *options)
    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1
