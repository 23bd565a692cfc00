import json
import math

import numpy as np
import pytest
import torch
from skimage import metrics
from torch import nn

from statkit.analysis.attention import attention_metrics_of_batch
from statkit.errors import UsageError
from statkit.training import AutomaticAnalyzer


def log_of(directory):
    return [json.loads(line) for line in (directory / "batch_metrics.jsonl").read_bytes().splitlines()]


def files(directory):
    return sorted(path.name for path in directory.iterdir() if path.is_file())


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "auto_analysis"


def test_every_batch_has_a_record_and_every_second_a_detailed_one(training, analyzer_for, directory):
    run = training(lambda model: analyzer_for(model, detailed_freq=2, analysis_freq=0)).steps(5)
    log = log_of(directory)
    assert [r["batch_idx"] for r in log] == [0, 1, 2, 3, 4]
    assert [r["global_step"] for r in log] == [1, 2, 3, 4, 5]
    assert {r["phase"] for r in log} == {"train"}
    assert [r["ssim"] is not None for r in log] == [False, True, False, True, False]
    assert ["attention_bam_6_attention_entropy" in r for r in log] == [False, True, False, True, False]
    for written, given in zip(log, run.records, strict=True):
        assert {k: v for k, v in written.items() if k != "timestamp"} == given
    for record in log:
        assert record["loss"] == pytest.approx(record["mse"], rel=1e-6)
        assert 0 < record["inference_time_ms"] < record["training_time_ms"]
        assert record["analysis_time_ms"] > 0
        assert record["memory_mb"] > 10
        assert (record["batch_size"], record["mode"]) == (2, "train")
    assert [r["warm_up"] for r in log] == [True, True, True, False, False]


def test_the_numbers_are_those_of_the_independent_road(tiny_net, analyzer_for):
    torch.manual_seed(3)
    model = tiny_net().eval()
    analyzer = analyzer_for(model, data_range=2.0)
    images = torch.rand(3, 3, 24, 20) * 2 - 1
    noisy = images + 0.1
    with torch.no_grad():
        output = model(noisy)
    record = analyzer.analyze_batch(0, noisy, output, 0.25, "val", target_tensor=images)
    x, y = output.numpy().astype(float), images.numpy().astype(float)
    assert record["loss"] == 0.25
    assert record["mse"] == pytest.approx(metrics.mean_squared_error(x, y), rel=1e-6)
    decibels = [metrics.peak_signal_noise_ratio(b, a, data_range=2.0) for a, b in zip(x, y, strict=True)]
    assert record["psnr"] == pytest.approx(np.mean(decibels), rel=1e-6)
    similarity = [
        metrics.structural_similarity(
            a,
            b,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=2.0,
            channel_axis=0,
        )
        for a, b in zip(x, y, strict=True)
    ]
    assert record["ssim"] == pytest.approx(np.mean(similarity), abs=1e-5)
    with torch.no_grad():
        features = model.enter(noisy)
        gate = torch.sigmoid(model.attention.channel(features) + model.attention.spatial(features)).mean(1)
    expected = attention_metrics_of_batch(gate.numpy())
    for name, value in expected.items():
        assert record[f"attention_bam_6_{name}"] == pytest.approx(value, rel=1e-4, abs=1e-6), name


def test_the_tree_of_files_is_the_documented_one(training, analyzer_for, directory, lines):
    run = training(
        lambda model: analyzer_for(model, analysis_freq=4, validation_batches=2, config={"lr": 0.001})
    )
    for epoch in range(2):
        run.analyzer.start_epoch(epoch)
        run.steps(6).validate(3)
        run.analyzer.end_epoch(epoch)
    assert run.analyzer.finish() == directory / "final_training_metrics.json"
    pictures = ["train_batch_000004", "train_batch_000008", "train_batch_000012"]
    pictures += ["val_batch_000001", "val_batch_000002", "val_batch_000004", "val_batch_000005"]
    assert files(directory) == sorted(
        [f"{name}.{ending}" for name in pictures for ending in ("png", "npz")]
        + ["batch_metrics.jsonl", "epoch_0_metrics.json", "epoch_1_metrics.json", "final_summary_report.md"]
        + ["final_training_metrics.json", "runtime_config.json"]
    )
    final = json.loads((directory / "final_training_metrics.json").read_text())
    assert [len(final["batch_metrics"]), final["summary"]["total_batches"]] == [18, 18]
    settings = final["metadata"]["analysis_configuration"]
    assert settings["layers"] == {"attention": "gate", "bottleneck": "energy", "again": "gate"}
    assert settings["analysis_freq"] == 4
    assert settings["bands_source"] == "project heuristic, not validated"
    epoch = json.loads((directory / "epoch_1_metrics.json").read_text())
    assert {r["epoch"] for r in epoch["batch_metrics"]} == {1}
    assert json.loads((directory / "runtime_config.json").read_text()) == {"lr": 0.001}
    assert [line for line in lines if "⚠️" in line] == []


def test_the_sidecar_holds_what_the_batch_was(training, analyzer_for, directory):
    from statkit.sources import sidecar

    run = training(lambda model: analyzer_for(model, analysis_freq=1))
    run.model.train()
    images = torch.rand(2, 3, 16, 16)
    output = run.model(images)
    ids = {"sample_ids": ["a", "b"], "patient_ids": [7, 8], "mpp": 0.25, "tile_origin": (1024, 2048)}
    clean = torch.rand(2, 3, 16, 16)
    record = run.analyzer.analyze_batch(0, images, output, 0.5, target_tensor=clean, **ids)
    run.analyzer.finish()
    arrays, meta = sidecar.read(directory / "train_batch_000001.npz")
    shown = {"images/input": images, "images/output": output, "images/target": clean}
    for name, tensor in shown.items():
        expected = np.round(tensor[0].detach().numpy().transpose(1, 2, 0) * 255)
        assert np.abs(np.asarray(arrays[name]).astype(float) - expected).max() <= 1
    expected = ((output - clean)[0].detach() ** 2).mean(0).numpy()
    assert np.asarray(arrays["error"]) == pytest.approx(expected, abs=1e-6)
    assert meta["layers"] == ["bam_6", "kanconv_6", "bam_6_2"]
    assert meta["meta"]["kinds"] == {"bam_6": "gate", "kanconv_6": "energy", "bam_6_2": "gate"}
    assert meta["meta"]["sample_ids"] == ["a", "b"]
    assert meta["meta"]["tile_origin"] == [1024, 2048]
    assert meta["record"]["loss"] == 0.5
    assert "patient" not in json.dumps(record)
    assert "patient" not in (directory / "final_training_metrics.json").read_text()


def test_pixels_are_left_out_on_request(training, analyzer_for, directory):
    from statkit.sources import sidecar

    run = training(lambda model: analyzer_for(model, analysis_freq=1, store_images=False)).steps(1)
    run.analyzer.finish()
    arrays, _ = sidecar.read(directory / "train_batch_000001.npz")
    assert not [name for name in arrays if name.startswith("images/")]
    assert {"error", "attention/0"} <= set(arrays)
    assert (directory / "train_batch_000001.png").exists()


def test_epochs_are_read_off_the_indices_where_nobody_tells(training, analyzer_for, directory):
    run = training(lambda model: analyzer_for(model, validation_batches=1))
    for _ in range(3):
        run.steps(4).validate(2)
    run.analyzer.finish()
    log = log_of(directory)
    assert [r["epoch"] for r in log] == [0] * 6 + [1] * 6 + [2] * 6
    assert [r["ssim"] is not None for r in log if r["phase"] == "val"] == [True, False] * 3
    assert [f"epoch_{n}_metrics.json" in files(directory) for n in range(4)] == [True, True, True, False]


def test_the_sanity_check_is_passed_over(training, analyzer_for, directory):
    run = training(analyzer_for)
    run.analyzer.sanity_checking = True
    run.validate(2)
    assert run.records == [{}, {}]
    assert run.analyzer._engine.forwards.capture.spent == 0.0, "its forwards are not looked at either"
    run.analyzer.sanity_checking = False
    run.steps(1).validate(1)
    assert [r["phase"] for r in log_of(directory)] == ["train", "val"]
    assert run.records[-1]["ssim"] is not None


def test_a_step_counter_that_knows_better_is_believed(training, analyzer_for):
    run = training(analyzer_for)
    run.analyzer.global_step = 70
    assert run.steps(1).records[0]["global_step"] == 70


def test_values_on_their_way_come_into_the_same_record_in_order(
    training, analyzer_for, directory, slow_port, lines
):
    port = slow_port(looks=4)
    run = training(lambda model: analyzer_for(model, port=port, detailed_freq=2)).steps(1)
    assert run.records[0]["loss"] is None
    assert not (directory / "batch_metrics.jsonl").exists()
    run.steps(5, first=1)
    complete = [record["loss"] is not None for record in run.records]
    assert complete == sorted(complete, reverse=True), "in order"
    assert 0 < sum(complete) < 6
    run.analyzer.end_epoch(0)
    assert all(record["loss"] > 0 for record in run.records)
    assert all(record["inference_time_ms"] == pytest.approx(4.0) for record in run.records)
    assert run.records[1]["attention_bam_6_attention_entropy"] > 0
    assert [r["batch_idx"] for r in log_of(directory)] == list(range(6))
    assert [line for line in lines if "⚠️" in line] == []


def test_a_picture_is_asked_for_once_and_named_at_once(training, analyzer_for, directory):
    run = training(lambda model: analyzer_for(model, analysis_freq=2)).steps(2)
    images = torch.rand(2, 3, 16, 16)
    output = run.model(images)
    ours = run.analyzer.create_batch_visualization(1, images, output)
    assert ours == directory / "train_batch_000002.png"
    run.steps(1, first=2)
    extra = run.analyzer.create_batch_visualization(2, images, output)
    assert extra == directory / "train_batch_000003.png"
    run.analyzer.finish()
    assert ours.exists()
    assert extra.exists()
    assert not (directory / "superseded").exists()
    assert [r["batch_idx"] for r in log_of(directory)] == [0, 1, 2]
    assert run.analyzer.create_batch_visualization(0, images, output, "test") is None


class Custom(AutomaticAnalyzer):
    def custom_analysis(self, batch_metrics):
        if batch_metrics["batch_idx"] == 1:
            raise ValueError("mine")
        return {"doubled": 2 * batch_metrics["loss"]}


def test_a_subclass_adds_its_own_and_its_failure_is_said_once(training, directory, lines):
    run = training(lambda model: Custom(model, save_dir=directory, data_range=1.0, echo=lines.append)).steps(
        3
    )
    log = log_of(directory)
    assert [r.get("custom/doubled") for r in log] == [2 * log[0]["loss"], None, 2 * log[2]["loss"]]
    assert [line for line in lines if "custom_analysis" in line] == [
        line for line in lines if "ValueError: mine" in line
    ]
    assert run.analyzer.compute_pathology_correlations(log[0]) == {}
    run.analyzer.cleanup()


def test_the_summary_is_that_of_the_final_file(training, analyzer_for, directory):
    run = training(lambda model: analyzer_for(model, validation_batches=1)).steps(25).validate(3)
    found = run.analyzer.get_batch_summary()
    run.analyzer.finish()
    expected = json.loads((directory / "final_training_metrics.json").read_text())["summary"]
    assert found.pop("run") == str(directory)
    assert found == expected
    assert found["train"]["loss_mean"] == pytest.approx(
        np.mean([r["loss"] for r in run.records if r["phase"] == "train"])
    )
    run.analyzer.cleanup()
    assert run.analyzer.get_batch_summary() == {"run": str(directory)} | expected


def test_save_metrics_writes_the_state_so_far(training, analyzer_for, directory):
    run = training(analyzer_for).steps(2)
    assert run.analyzer.save_metrics() == directory / "final_training_metrics.json"
    assert len(json.loads(run.analyzer.save_metrics().read_text())["batch_metrics"]) == 2


def test_without_a_batch_nothing_is_written(tiny_net, analyzer_for, directory, lines):
    with analyzer_for(tiny_net()) as analyzer:
        assert analyzer.finish() is None
        assert analyzer.save_metrics() is None
        analyzer.end_epoch()
    assert not directory.exists()
    assert lines == []


def test_cleanup_finishes_takes_hooks_off_and_may_be_repeated(training, analyzer_for, directory):
    run = training(analyzer_for).steps(1)
    run.analyzer.cleanup()
    assert (directory / "final_summary_report.md").exists()
    assert all(not m._forward_hooks and not m._forward_pre_hooks for m in run.model.modules())
    before = (directory / "final_training_metrics.json").stat().st_mtime_ns
    run.analyzer.cleanup()
    assert (directory / "final_training_metrics.json").stat().st_mtime_ns == before


def test_a_second_analyzer_takes_the_hooks_of_the_first_off(tiny_net, analyzer_for, tmp_path):
    model = tiny_net()
    first = analyzer_for(model, save_dir=tmp_path / "first")
    hooks = sum(len(m._forward_hooks) for m in model.modules())
    analyzer_for(model, save_dir=tmp_path / "second")
    assert sum(len(m._forward_hooks) for m in model.modules()) == hooks
    assert not first._engine.forwards.attached


def test_hooks_go_off_and_on_again(training, analyzer_for):
    run = training(lambda model: analyzer_for(model, detailed_freq=1))
    run.analyzer.detach()
    assert run.steps(1).records[-1]["inference_time_ms"] is None
    run.analyzer.attach()
    assert "attention_bam_6_attention_entropy" in run.steps(1, first=1).records[-1]


def test_it_moves_to_another_model(training, analyzer_for, tiny_net):
    run = training(lambda model: analyzer_for(model, detailed_freq=1))
    other = tiny_net()
    run.analyzer.attach(other)
    assert all(not m._forward_hooks for m in run.model.modules())
    run.model = other
    assert "attention_bam_6_attention_entropy" in run.steps(1).records[-1]


def test_a_resumed_run_goes_on_counting(training, analyzer_for, directory, tmp_path):
    run = training(lambda model: analyzer_for(model, analysis_freq=3)).steps(2)
    state = json.loads(json.dumps(run.analyzer.state_dict()))
    run.analyzer.cleanup()
    again = training(lambda model: analyzer_for(model, analysis_freq=3))
    again.analyzer.load_state_dict(state)
    again.steps(1, first=2)
    again.analyzer.cleanup()
    assert (directory / "train_batch_000003.png").exists()
    assert log_of(directory)[-1]["global_step"] == 3


@pytest.mark.parametrize(
    ("made", "loss"),
    [
        (torch.rand(2, 5), torch.tensor(0.5)),
        (torch.rand(2, 3, 8, 8), 0.5),
        ((torch.rand(2, 3), None), 0.5),
        (None, None),
        (torch.rand(2, 3, 16, 16), torch.tensor([0.25, 0.75])),
        (torch.rand(2, 3, 16, 16).to(torch.bfloat16), np.float32(0.5)),
    ],
)
def test_odd_outputs_and_losses_cost_only_what_they_lack(
    tiny_net, analyzer_for, directory, lines, made, loss
):
    analyzer = analyzer_for(tiny_net(), analysis_freq=1)
    record = analyzer.analyze_batch(0, torch.rand(2, 3, 16, 16), made, loss)
    comparable = isinstance(made, torch.Tensor) and made.shape == (2, 3, 16, 16)
    assert (record["mse"] is not None) == comparable
    assert record["loss"] == (None if loss is None else pytest.approx(0.5))
    analyzer.finish()
    assert (directory / "train_batch_000001.png").exists()
    assert not [line for line in lines if "failed" in line]


def test_identical_images_have_an_infinite_psnr_and_valid_json(tiny_net, analyzer_for, directory):
    analyzer = analyzer_for(tiny_net())
    images = torch.rand(2, 3, 16, 16)
    assert analyzer.analyze_batch(0, images, images, math.nan)["psnr"] == math.inf
    (written,) = log_of(directory)
    assert written["psnr"] is None
    assert written["non_finite"] == {"loss": "NaN", "psnr": "Infinity"}


def test_a_range_that_was_not_given_is_said_once(tiny_net, analyzer_for, lines):
    analyzer = analyzer_for(tiny_net(), data_range=None)
    images = torch.rand(2, 3, 16, 16)
    for batch in range(3):
        analyzer.analyze_batch(batch, images, images * 0.5, 0.1)
    assert len([line for line in lines if "data_range is not given" in line]) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"data_range": 0}, "data_range is 0"),
        ({"data_range": math.nan}, "data_range is nan"),
        ({"analysis_freq": -1}, "analysis_freq is -1"),
        ({"layers": ["nowhere"]}, "No module 'nowhere'"),
    ],
)
def test_arguments_that_cannot_be_are_refused_before_the_training(tiny_net, tmp_path, options, message):
    with pytest.raises(UsageError, match=message):
        AutomaticAnalyzer(tiny_net(), save_dir=tmp_path, **options)


def test_a_model_without_attention_gets_the_rest(analyzer_for, lines):
    model = nn.Sequential(nn.Conv2d(3, 3, 1))
    analyzer = analyzer_for(model, detailed_freq=1)
    images = torch.rand(2, 3, 16, 16)
    record = analyzer.analyze_batch(0, images, model(images), 0.5)
    assert record["ssim"] is not None
    assert not [key for key in record if key.startswith("attention_")]
    assert lines == []


def test_a_forward_that_passes_the_hooks_by_is_said(tiny_net, analyzer_for, lines):
    model = tiny_net()
    analyzer = analyzer_for(model, detailed_freq=1)
    images = torch.rand(2, 3, 16, 16)
    for batch in range(2):
        analyzer.analyze_batch(batch, images, tiny_net()(images), 0.5)
    assert len([line for line in lines if "did not pass the hooks" in line]) == 1


def test_a_part_called_without_its_root_is_still_seen(tiny_net, analyzer_for):
    model = tiny_net()
    analyzer = analyzer_for(model, detailed_freq=1)
    images = torch.rand(2, 3, 16, 16)
    model.attention(model.enter(images))
    record = analyzer.analyze_batch(0, images, images, 0.5)
    assert "attention_bam_6_attention_entropy" in record


def test_large_maps_leave_their_peaks_to_the_worker(training, analyzer_for, directory, monkeypatch):
    from statkit.sources import sidecar
    from statkit.training import measurement

    monkeypatch.setattr(measurement, "MOST_CELLS", 100)
    run = training(lambda model: analyzer_for(model, analysis_freq=1, layers=["attention"])).steps(1)
    assert log_of(directory)[0]["attention_bam_6_num_attention_peaks"] is None
    run.analyzer.finish()
    _, meta = sidecar.read(directory / "train_batch_000001.npz")
    assert meta["record"]["attention_bam_6_num_attention_peaks"] >= 1
    assert run.records[0]["attention_bam_6_num_attention_peaks"] >= 1


class Failing:
    """A logger that does not get anything done."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *arguments: 1 / 0


class Listening:
    def __init__(self):
        self.calls = []

    def log_batch(self, record):
        self.calls.append(("batch", record["batch_idx"]))

    def log_dashboard(self, path, record):
        self.calls.append(("dashboard", path.name, record["batch_idx"], path.exists()))

    def log_epoch(self, epoch, summary):
        self.calls.append(("epoch", epoch, summary["total_batches"]))

    def finish(self):
        self.calls.append(("finish",))


def test_loggers_hear_everything_and_one_that_fails_harms_nobody(training, analyzer_for, lines):
    listening = Listening()
    run = training(lambda model: analyzer_for(model, analysis_freq=2, loggers=[Failing(), listening]))
    run.steps(3)
    run.analyzer.end_epoch(0)
    run.analyzer.cleanup()
    assert [call for call in listening.calls if call[0] != "dashboard"] == [
        ("batch", 0), ("batch", 1), ("batch", 2), ("epoch", 0, 3), ("finish",)
    ]  # fmt: skip
    assert [c for c in listening.calls if c[0] == "dashboard"] == [
        ("dashboard", "train_batch_000002.png", 1, True)
    ]
    assert any("Failing failed: ZeroDivisionError" in line for line in lines)


def test_after_cleanup_nothing_is_recorded_until_it_is_attached_again(training, analyzer_for, directory):
    run = training(analyzer_for).steps(1)
    run.analyzer.cleanup()
    assert run.steps(1, first=1).records[-1] == {}
    assert len(log_of(directory)) == 1
    run.analyzer.attach()
    assert run.steps(1, first=2).records[-1]["global_step"] == 2
    run.analyzer.cleanup()
    final = json.loads((directory / "final_training_metrics.json").read_text())
    assert [record["batch_idx"] for record in final["batch_metrics"]] == [0, 2]
