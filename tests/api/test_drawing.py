import io
import json

import numpy as np
import pytest

from statkit.api.drawing import draw_sidecar, serve, write_report
from statkit.errors import SourceError
from statkit.sources import sidecar as reader
from statkit.views.panels import Panels, drawn
from statkit.writers import sidecar


@pytest.fixture
def panels():
    return Panels(
        phase="train",
        number=100,
        epoch=1,
        step=100,
        images={"input": np.full((16, 16, 3), 90, np.uint8), "output": np.full((16, 16, 3), 120, np.uint8)},
        error=np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16),
        attention={"bam_6": np.eye(8, dtype=np.float32)},
        history={
            "step": [1, 2, 3],
            "phase": ["train"] * 3,
            "loss": [3.0, 2.0, 1.0],
            "ssim": [None, 0.5, None],
        },
        record={"loss": 1.0, "phase": "train"},
        meta={"data_range": 1.0, "kinds": {"bam_6": "gate"}},
    )


@pytest.fixture
def kept(tmp_path, panels):
    sidecar.write(tmp_path / "train_batch_000100.npz", *panels.to_arrays())
    return str(tmp_path / "train_batch_000100.npz")


def test_a_picture_from_its_sidecar_is_the_picture_of_the_panels(tmp_path, panels, kept):
    draw_sidecar(kept, str(tmp_path / "train_batch_000100.png"))
    assert (tmp_path / "train_batch_000100.png").read_bytes() == drawn(panels)


def test_an_earlier_picture_is_kept(tmp_path, kept):
    (tmp_path / "x.png").write_bytes(b"old")
    draw_sidecar(kept, str(tmp_path / "x.png"))
    assert (tmp_path / "superseded" / "1" / "x.png").read_bytes() == b"old"


def test_a_damaged_sidecar_is_refused(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"PK nothing")
    with pytest.raises(SourceError):
        draw_sidecar(str(tmp_path / "a.npz"), str(tmp_path / "a.png"))
    assert not (tmp_path / "a.png").exists()


def test_jobs_are_answered_one_by_one_and_a_failure_is_no_end(tmp_path, kept):
    jobs = [
        {"sidecar": str(tmp_path / "missing.npz"), "picture": str(tmp_path / "missing.png")},
        {"sidecar": kept, "picture": str(tmp_path / "there.png")},
        {"report": str(tmp_path)},
    ]
    answers = io.StringIO()
    serve(io.StringIO("".join(json.dumps(job) + "\n" for job in jobs)), answers)
    errors = [json.loads(line)["error"] for line in answers.getvalue().splitlines()]
    assert errors[0].startswith("RunNotFoundError")
    assert errors[1] is None
    assert errors[2].startswith("UnknownFormatError")
    assert (tmp_path / "there.png").exists()


def test_the_report_is_that_of_the_command(tmp_path):
    from statkit.api.reporting import report

    lines = [
        {"batch_idx": b, "phase": "train", "epoch": 0, "global_step": b + 1, "loss": 1 / (b + 1)}
        for b in range(5)
    ]
    (tmp_path / "batch_metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    write_report(str(tmp_path))
    first = (tmp_path / "final_summary_report.md").read_text()
    assert first == str(report(str(tmp_path)))
    write_report(str(tmp_path))
    assert (tmp_path / "final_summary_report.md").read_text() == first


def with_samples(path, panels, images, stains="H-DAB"):
    """A sidecar that keeps images for their tissue, and the attention of each."""
    arrays, meta = panels.to_arrays()
    meta["meta"]["samples"] = {"of": "input", "stains": stains, "mpp": None}
    rng = np.random.default_rng(0)
    maps = rng.random((len(images), 8, 8)).astype(np.float32)
    sidecar.write(path, arrays | {"samples/images": images, "samples/attention/0": maps}, meta)
    return str(path)


def test_what_is_computed_of_the_tissue_comes_into_the_sidecar_and_the_answer(tmp_path, panels):
    images = np.random.default_rng(1).integers(0, 256, (2, 24, 24, 3), dtype=np.uint8)
    kept = with_samples(tmp_path / "train_batch_000100.npz", panels, images)
    before, _ = reader.read(kept)
    answers = io.StringIO()
    job = {"sidecar": kept, "picture": str(tmp_path / "train_batch_000100.png")}
    serve(io.StringIO(json.dumps(job) + "\n"), answers)
    answer = json.loads(answers.getvalue())
    assert answer["error"] is None
    assert answer["values"]["pathology_layer"] == "bam_6"
    assert -1 <= answer["values"]["tissue_attention_correlation"] <= 1
    after, meta = reader.read(kept)
    assert meta["record"] == {"loss": 1.0, "phase": "train", **answer["values"]}
    assert {name: bytes(array) for name, array in after.items()} == {
        name: bytes(array) for name, array in before.items()
    }


def test_tissue_that_cannot_be_measured_is_told_and_the_picture_is_drawn(tmp_path, panels):
    images = np.zeros((2, 24, 24, 3), np.uint8)
    kept = with_samples(tmp_path / "train_batch_000100.npz", panels, images, stains="PAS")
    data = (tmp_path / "train_batch_000100.npz").read_bytes()
    told = draw_sidecar(kept, str(tmp_path / "train_batch_000100.png"))
    assert told["notice"].startswith("UsageError: Found stains 'PAS'")
    assert (tmp_path / "train_batch_000100.png").read_bytes() == drawn(panels)
    assert (tmp_path / "train_batch_000100.npz").read_bytes() == data
