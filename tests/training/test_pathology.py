"""Images kept for their tissue, and what is computed of them beside the training."""

import json
import sys

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from statkit.analysis.progress import progress
from statkit.errors import UsageError
from statkit.sources import sidecar
from statkit.training import AutomaticAnalyzer, PathologySettings
from statkit.training.capture import LayerMaps
from statkit.training.guard import Guard
from statkit.training.measurement import Batch, measured
from statkit.training.pathology import possible, settled
from statkit.training.ports import port_of
from statkit.training.scene import Scene
from statkit.training.settings import Settings

#: The colours of hematoxylin and DAB in optical density, near enough for a picture that is not grey.
HEMATOXYLIN, DAB = (0.65, 0.70, 0.29), (0.27, 0.57, 0.78)


def tissue(seed, side=32):
    """A synthetic tile in [0, 1], 3×H×W: a few nuclei on stained ground."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side]
    density = np.full((side, side), 0.1)
    for _ in range(4):
        y, x = rng.uniform(4, side - 4, 2)
        density += 1.2 * (np.hypot(rows - y, columns - x) < 4)
    brown = rng.uniform(0.1, 0.4, (side, side))
    light = np.exp(-(density[..., None] * HEMATOXYLIN + brown[..., None] * DAB))
    return torch.from_numpy(light.transpose(2, 0, 1).astype(np.float32))


class Gate(torch.nn.Module):
    """A gate that opens where the image is dark."""

    def forward(self, images):
        return torch.sigmoid(4 * (0.5 - images.mean(1, keepdim=True)))


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = Gate()

    def forward(self, images):
        return images * self.gate(images)


def watched(directory, lines=None, **options):
    options = {"pathology": PathologySettings(stains="H-DAB"), "analysis_freq": 1} | options
    return AutomaticAnalyzer(
        Model(),
        save_dir=directory,
        data_range=1.0,
        layers={"gate": ("gate", "gate")},
        echo=(lines if lines is not None else []).append,
        **options,
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One training batch and two validations of the same five tiles, with other attention the second time."""
    directory = tmp_path_factory.mktemp("run") / "auto_analysis"
    lines, records = [], []
    clean = torch.stack([tissue(seed) for seed in range(5)])
    with watched(directory, lines) as analyzer:
        for batch, (phase, noise) in enumerate((("train", 0.0), ("val", 0.05), ("val", 0.2))):
            torch.manual_seed(batch)
            noisy = (clean + noise * torch.randn_like(clean)).clamp(0, 1)
            output = analyzer.model(noisy)
            records.append(analyzer.analyze_batch(0, noisy, output, 0.5, phase, target_tensor=clean))
        summary = analyzer.get_batch_summary()
        analyzer.finish()
        last = analyzer.compute_pathology_correlations({})
        own = analyzer.compute_pathology_correlations(records[0])
    return {"directory": directory, "lines": lines, "records": records, "summary": summary, "last": last,
            "own": own, "clean": clean}  # fmt: skip


def test_the_sidecar_keeps_the_clean_images_and_the_attention_of_each(run):
    arrays, meta = sidecar.read(run["directory"] / "val_batch_000001.npz")
    images, maps = np.asarray(arrays["samples/images"]), np.asarray(arrays["samples/attention/0"])
    expected = np.round(run["clean"].numpy().transpose(0, 2, 3, 1) * 255)
    assert images.shape == (5, 32, 32, 3)
    assert np.abs(images.astype(float) - expected).max() <= 1
    assert maps.shape == (5, 32, 32)
    assert np.array_equal(maps[0], np.asarray(arrays["attention/0"]))
    assert meta["meta"]["samples"] == {"of": "target", "stains": "H-DAB", "mpp": None}


def test_the_values_come_into_the_record_the_picture_and_the_answer(run):
    _, meta = sidecar.read(run["directory"] / "val_batch_000002.npz")
    record = meta["record"]
    assert record["pathology_layer"] == "gate"
    assert record["tissue_attention_correlation"] > 0.3  # it opens where it is dark
    assert 0 < record["nuclear_attention_overlap"] <= 1
    assert run["records"][2]["tissue_attention_correlation"] == record["tissue_attention_correlation"]
    assert run["last"] == {
        **{name: value for name, value in record.items() if "tissue" in name or "nuclear" in name
           or "spatial_consistency" in name or name == "pathology_layer"},
        "pathology_step": record["global_step"],
    }  # fmt: skip
    assert run["own"]["tissue_attention_correlation"] == run["records"][0]["tissue_attention_correlation"]
    assert [line for line in run["lines"] if "⚠️" in line] == []


def test_the_log_was_written_before_and_holds_none_of_them(run):
    text = (run["directory"] / "batch_metrics.jsonl").read_text()
    assert "tissue_attention" not in text
    final = json.loads((run["directory"] / "final_training_metrics.json").read_text())
    assert final["metadata"]["analysis_configuration"]["pathology"] == {
        "stains": "H-DAB", "mpp": None, "samples": 16,
    }  # fmt: skip


def test_the_correlation_is_the_mean_of_those_of_the_images(run):
    from skimage.color import hdx_from_rgb, separate_stains

    arrays, meta = sidecar.read(run["directory"] / "val_batch_000001.npz")
    images, maps = np.asarray(arrays["samples/images"]), np.asarray(arrays["samples/attention/0"])
    each = [
        spearmanr(separate_stains(image, hdx_from_rgb)[..., 0].ravel(), plane.ravel()).statistic
        for image, plane in zip(images, maps, strict=True)
    ]
    assert meta["record"]["tissue_attention_correlation"] == pytest.approx(np.mean(each), abs=0.02)


def test_consistency_is_that_of_the_same_tiles_over_time(run):
    first, second = (
        np.asarray(sidecar.read(run["directory"] / f"val_batch_00000{n}.npz")[0]["samples/attention/0"])
        for n in (1, 2)
    )
    each = [spearmanr(a.ravel(), b.ravel()).statistic for a, b in zip(first, second, strict=True)]
    _, meta = sidecar.read(run["directory"] / "val_batch_000002.npz")
    assert meta["record"]["spatial_consistency"] == pytest.approx(np.mean(each), abs=1e-6)
    _, meta = sidecar.read(run["directory"] / "val_batch_000001.npz")
    assert meta["record"]["spatial_consistency"] is None


def test_afterwards_the_same_sidecars_give_the_same_bits(run):
    from statkit.pathology.run_pathology import run_pathology

    rows = run_pathology(str(run["directory"])).batches
    assert [row["batch"] for row in rows] == ["train_batch_000001", "val_batch_000001", "val_batch_000002"]
    for row in rows:
        _, meta = sidecar.read(run["directory"] / f"{row['batch']}.npz")
        assert {name: meta["record"][name] for name in row if name != "batch"} == {
            name: value for name, value in row.items() if name != "batch"
        }


def test_the_picture_is_what_the_sidecar_gives_and_shows_them(run, tmp_path):
    from statkit.api.drawing import redraw_sidecar
    from statkit.views.panels import Panels, drawn

    kept = run["directory"] / "val_batch_000002.npz"
    redraw_sidecar(str(kept), str(tmp_path / "x.png"))
    picture = (run["directory"] / "val_batch_000002.png").read_bytes()
    assert (tmp_path / "x.png").read_bytes() == picture
    arrays, meta = sidecar.read(kept)
    without = {k: v for k, v in meta["record"].items() if not k.endswith("tissue_attention_correlation")}
    meta["record"] = without
    assert drawn(Panels.from_arrays(arrays, meta)) != picture


def test_the_report_of_the_end_is_what_the_files_give(run):
    from statkit.api.reporting import report

    text = (run["directory"] / "final_summary_report.md").read_text()
    assert text == str(report(str(run["directory"])))
    assert "| images kept | 15 |" in text
    assert "| distinct images | 5 |" in text


def test_the_summary_names_the_run(run):
    assert run["summary"]["run"] == str(run["directory"])


def sent(settings, given, target):
    """Measure a batch without a training: the names of what is on its way, and what arrives."""
    batch = Batch(given=given, made=given, target=target, loss=0.5, detailed=False, dashboard=True)
    layers = [LayerMaps(name="gate", kind="gate", maps=torch.rand(len(given), 4, 4))]
    settings = Settings(data_range=1.0, pathology=settings)
    measurement = measured(batch, layers, port_of(torch.device("cpu")), Guard(lambda line: None), settings)
    measurement.complete(Guard(lambda line: None))
    return measurement.arrived


def beside(arrived, tissue):
    scene = Scene(phase="val", number=1, meta={"data_range": 1.0}, tissue=tissue)
    return scene.dashboard(arrived, {}, progress({"step": [], "phase": [], "loss": [], "ssim": []}))


def test_off_it_keeps_nothing_more():
    images = torch.stack([tissue(seed) for seed in range(3)])
    arrived = sent(None, images, images)
    assert not [name for name in arrived if name.startswith("samples/")]
    made = beside(arrived, None)
    assert made.beside == {}
    assert "samples" not in made.panels().meta


def test_no_more_images_are_kept_than_asked_for_and_those_of_the_input_without_a_target():
    settings = PathologySettings(stains="H-DAB", samples=2, mpp=0.5)
    images = torch.stack([tissue(seed) for seed in range(3)])
    arrived = sent(settings, images, images)
    made = beside(arrived, settings.meta())
    kept = made.beside
    assert set(kept) == {"samples/images", "samples/attention/0"}
    assert kept["samples/images"].shape == (2, 32, 32, 3)
    assert np.array_equal(kept["samples/attention/0"], arrived["attention/gate"][:2])
    assert made.panels().meta["samples"] == {"of": "input", "stains": "H-DAB", "mpp": 0.5}
    assert "samples/images" not in made.panels().images
    assert made.size >= kept["samples/images"].nbytes


def test_a_target_that_is_no_such_image_is_passed_over():
    images = torch.stack([tissue(seed) for seed in range(3)])
    assert "samples/input" in sent(PathologySettings(), images, torch.rand(3, 7))
    assert "samples/target" in sent(PathologySettings(), images, images / 2)
    assert not [
        name for name in sent(PathologySettings(), torch.rand(3, 7), torch.rand(3, 7)) if "samples" in name
    ]


def test_without_the_library_a_line_says_how_to_get_it_and_the_training_goes_on(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)
    monkeypatch.setattr("statkit.training.pathology.find_spec", lambda name: None)
    lines = []
    with watched(tmp_path / "bare", lines, pathology=True, analysis_freq=0) as analyzer:
        images = torch.stack([tissue(0)])
        record = analyzer.analyze_batch(0, images, analyzer.model(images), 0.5)
    assert record["loss"] == 0.5
    assert [line for line in lines if "⚠️" in line] == [
        "⚠️  No pathology: scikit-image is not installed. Run: pip install 'statkit[pathology]' — "
        "training goes on without"
    ]


def test_where_it_is_installed_nothing_is_said(lines):
    asked = PathologySettings()
    assert possible(asked, Guard(lines.append)) is asked
    assert possible(None, Guard(lines.append)) is None
    assert lines == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stains": "PAS"}, "stains are 'PAS'. Possible: H&E, H-DAB"),
        ({"mpp": 0.0}, "mpp is 0.0"),
        ({"mpp": float("nan")}, "mpp is nan"),
        ({"samples": 0}, "samples is 0; possible: 1 to 64"),
        ({"samples": True}, "samples is True"),
    ],
)
def test_settings_that_cannot_be_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        PathologySettings(**options)


def test_what_is_asked_for_is_settled():
    assert settled(False) is None
    assert settled(True) == PathologySettings()
    with pytest.raises(UsageError, match="PathologySettings"):
        settled("yes")
    with pytest.raises(UsageError, match="leave out one of pathology and store_images=False"):
        AutomaticAnalyzer(Model(), pathology=True, store_images=False, layers={})


def test_both_hooks_for_a_measurement_of_ones_own_are_called(tmp_path):
    class Custom(AutomaticAnalyzer):
        def custom_analysis(self, batch_metrics):
            return {"a": 1.0}

        def custom_pathology_analysis(self, batch_metrics):
            return {"b": 2.0} | self.compute_pathology_correlations(batch_metrics)

    with Custom(
        Model(), save_dir=tmp_path / "c", data_range=1.0, layers={}, echo=lambda line: None
    ) as analyzer:
        images = torch.stack([tissue(0)])
        record = analyzer.analyze_batch(0, images, analyzer.model(images), 0.5)
    assert (record["custom/a"], record["custom/b"]) == (1.0, 2.0)
    assert not [name for name in record if name.startswith("custom/pathology")]
