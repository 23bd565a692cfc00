"""A run of a few steps: the files and lines it leaves."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from vsr import training as training_module
from vsr.settings import Settings
from vsr.training import Training

SCRIPT = Path(__file__).parents[2] / "examples" / "vsr_training.py"

#: The original program's sample file, field by field, and the type of each value.
SAMPLE = {
    "step_current": int,
    "epoch_num": int,
    "step_max": int,
    "epoch_step_current": int,
    "epoch_step_total": int,
    "learning_rate_value": float,
    "lr_phase_name": str,
    "total_loss_value": float,
    "l1_loss_value": float,
    "ms_loss_value": float,
    "gradient_loss_value": float,
    "perceptual_loss_value": float,
    "l1_weight_current": float,
    "ms_weight_current": float,
    "gradient_weight_current": float,
    "perceptual_weight_current": float,
    "gradient_clip_val": float,
    "adaptive_mode": str,
    "adaptive_is_cooldown": bool,
    "adaptive_cooldown_remaining": int,
    "adaptive_plateau_counter": int,
    "adaptive_lr_boost_available": bool,
    "adaptive_perceptual_trend": float,
    "quality_lr_value": float,
    "quality_ki_value": float,
    "quality_improvement_value": float,
    "quality_ki_to_gt_value": float,
    "quality_lr_to_gt_value": float,
    "validation_loss_value": float,
    "best_quality_ever": float,
    "iteration_duration": float,
    "vram_usage_gb": float,
    "adam_momentum_avg": float,
    "eta_total_formatted": str,
    "eta_epoch_formatted": str,
    "layer_activity_map": dict,
    "training_active": bool,
    "validation_running": bool,
    "training_paused": bool,
    "last_update_time": float,
}

#: What differs between two runs of the same settings.
CLOCKS = {"iteration_duration", "eta_total_formatted", "eta_epoch_formatted", "last_update_time"}

BLOCK = """\
═══════════════════════════════════════════════════════════════════
🔍 VALIDATION
═══════════════════════════════════════════════════════════════════

Progress: [████████████████████████████] 100.0% | Batch 10/10 (40 samples) | ETA: 0.0s

Validation Results:
  LR Quality:    {percent} (avg PSNR/SSIM vs GT)
  KI Quality:    {percent} (avg PSNR/SSIM vs GT)
  Improvement:   {percent} (KI better than LR)
  Val Loss:      {loss}

📊 Logging validation metrics to TensorBoard...
✅ Successfully logged all 10 validation images to TensorBoard
📊 Statistics saved: Statistik_{step}.json

"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Three steps as a user starts them, validated after the second and the last."""
    directory = tmp_path_factory.mktemp("run")
    arguments = ["--steps", "3", "--validate-every", "2", "--seed", "5", "--output", str(directory)]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, encoding="utf-8", env=_environment()
    )
    assert done.returncode == 0, done.stderr
    return directory / "Learn", done.stdout


def _environment():
    import os

    return {**os.environ, "PYTHONIOENCODING": "utf-8"}


def snapshot(learn, step):
    return json.loads((learn / f"Statistik_{step}.json").read_text(encoding="utf-8"))


def train(directory, **settings):
    chosen = {
        "steps": 2,
        "validate_every": 2,
        "checkpoints": False,
        "board": "none",
        "quiet": True,
    } | settings
    Training(Settings(output=directory, **chosen)).run()
    return directory / "Learn"


def numbers(learn, step=2):
    return {name: value for name, value in snapshot(learn, step).items() if name not in CLOCKS}


def test_every_field_of_the_sample_is_written_with_its_type(run):
    for step in (2, 3):
        values = snapshot(run[0], step)
        assert {name: type(values.get(name)) for name in SAMPLE} == SAMPLE
        assert set(values) - set(SAMPLE) == {"layer_activity_peak_value"}


def test_fields_agree_with_each_other(run):
    values = snapshot(run[0], 3)
    assert (values["step_current"], values["step_max"], values["epoch_num"]) == (3, 3, 1)
    assert values["quality_improvement_value"] == pytest.approx(
        values["quality_ki_value"] - values["quality_lr_value"]
    )
    assert values["quality_improvement_value"] == pytest.approx(
        values["quality_ki_to_gt_value"] - values["quality_lr_to_gt_value"]
    )
    earlier = snapshot(run[0], 2)["quality_ki_value"]
    assert values["best_quality_ever"] == max(earlier, values["quality_ki_value"])
    shared = sum(values[f"{term}_weight_current"] for term in ("l1", "ms", "gradient"))
    assert shared == pytest.approx(1)
    assert values["layer_activity_peak_value"] == max(values["layer_activity_map"].values()) > 0


def test_layers_carry_the_names_of_the_trunks(run):
    assert list(snapshot(run[0], 2)["layer_activity_map"]) == [
        *("Backward 1", "Backward 2", "Backward 3", "Backward Fuse"),
        *("Forward 1", "Forward 2", "Forward 3", "Forward Fuse"),
        "Final Fusion",
    ]


def test_the_console_prints_the_block_of_the_original_program(run):
    pattern = "".join(re.escape(BLOCK).replace(r"\{step\}", step) for step in ("2", "3"))
    pattern = pattern.replace(r"\{percent\}", r"-?\d+\.\d%").replace(r"\{loss\}", r"\d\.\d{4}")
    assert re.fullmatch(pattern, run[1])


def test_the_console_and_the_file_say_the_same(run):
    values = snapshot(run[0], 2)
    assert f"LR Quality:    {100 * values['quality_lr_value']:.1f}%" in run[1]
    assert f"KI Quality:    {100 * values['quality_ki_value']:.1f}%" in run[1]
    assert f"Val Loss:      {values['validation_loss_value']:.4f}" in run[1]


def test_the_directory_holds_what_the_original_leaves(run):
    found = {path.relative_to(run[0]).as_posix() for path in run[0].rglob("*") if path.is_file()}
    events = {name for name in found if name.startswith("active_run/events.out.tfevents.")}
    assert len(events) == 1
    assert found - events == {
        *("Statistik_2.json", "Statistik_3.json", "runtime_config.json"),
        *("training.log", "training_status.txt"),
        *("checkpoints/checkpoint_step_0000002.pth", "checkpoints/checkpoint_step_0000003.pth"),
        *("checkpoints/checkpoint_latest.pth", "checkpoints/checkpoint_best.pth"),
    }


def test_checkpoints_link_to_the_latest_and_to_the_best(run):
    directory = run[0] / "checkpoints"
    qualities = {step: snapshot(run[0], step)["quality_ki_value"] for step in (2, 3)}
    best = max(qualities, key=qualities.get)
    assert (directory / "checkpoint_latest.pth").readlink().name == "checkpoint_step_0000003.pth"
    assert (directory / "checkpoint_best.pth").readlink().name == f"checkpoint_step_{best:07d}.pth"
    state = torch.load(directory / "checkpoint_latest.pth", weights_only=True)
    assert state["step"] == 3
    assert state["network"]


def test_a_worse_validation_leaves_the_best_link_where_it_was(tmp_path):
    harm = {"learning_rate": 1e-6, "learning_rate_floor": 0.1}  # the last step has the floor
    learn = train(tmp_path, validate_every=1, checkpoints=True, **harm)
    first, second = (snapshot(learn, step) for step in (1, 2))
    assert second["quality_ki_value"] < first["quality_ki_value"]
    assert second["best_quality_ever"] == first["quality_ki_value"]
    links = [learn / "checkpoints" / f"checkpoint_{name}.pth" for name in ("best", "latest")]
    assert [link.readlink().name for link in links] == [
        "checkpoint_step_0000001.pth",
        "checkpoint_step_0000002.pth",
    ]


def test_the_log_has_a_header_and_stamped_lines(run):
    lines = (run[0] / "training.log").read_text(encoding="utf-8").splitlines()
    assert lines[0] == lines[2] == "=" * 80
    stamps, messages = zip(*(line.split("] ", 1) for line in lines[3:]), strict=True)
    assert all(re.fullmatch(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", stamp) for stamp in stamps)
    quality = snapshot(run[0], 2)["quality_ki_value"]
    assert messages[:5] == (
        "🚀 TRAINING STARTED",
        f"🔍 Step 2 | Validation | KI Quality: {quality:.1%}",
        "📊 Statistics JSON saved: Statistik_2.json",
        "💾 Checkpoint saved: checkpoint_step_0000002.pth",
        f"🏆 NEW BEST CHECKPOINT! (Step 2, Quality {quality:.1%})",
    )
    assert messages[-1] == "🏁 TRAINING COMPLETED"


def test_the_status_says_that_it_is_over(run):
    text = (run[0] / "training_status.txt").read_text(encoding="utf-8")
    assert text.startswith("status: completed\nstep: 3/3\nepoch: 1\n")


def test_the_configuration_holds_the_seed_and_no_path(run):
    text = (run[0] / "runtime_config.json").read_text(encoding="utf-8")
    config = json.loads(text)
    assert (config["seed"], config["loss"], config["steps"]) == (5, "full", 3)
    assert str(run[0].parent) not in text


def test_tensorboard_reads_scalars_and_ten_images_a_validation(run):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = EventAccumulator(str(run[0] / "active_run"), size_guidance={"images": 0, "scalars": 0}).Reload()
    assert len(log.Tags()["images"]) == 10
    assert [event.step for event in log.Images("Validation/chelsea")] == [2, 3]
    values = [event.value for event in log.Scalars("Quality/quality_ki_value")]
    assert values == pytest.approx([snapshot(run[0], step)["quality_ki_value"] for step in (2, 3)])


def test_the_same_seed_gives_the_same_numbers(tmp_path):
    first, second = (numbers(train(tmp_path / name, seed=3)) for name in "ab")
    assert first == second


@pytest.mark.parametrize("change", [{"seed": 4}, {"loss": "coarse"}])
def test_another_seed_or_loss_gives_other_numbers(tmp_path, change):
    first, second = (
        numbers(train(tmp_path / "a", seed=3)),
        numbers(train(tmp_path / "b", **({"seed": 3} | change))),
    )
    assert first["validation_loss_value"] != second["validation_loss_value"]
    assert first["quality_lr_value"] == second["quality_lr_value"]


def test_what_is_switched_off_leaves_nothing(tmp_path, capfd):
    learn = train(tmp_path)
    assert capfd.readouterr().out == ""
    assert {path.name for path in learn.iterdir()} == {
        *("Statistik_2.json", "runtime_config.json", "training.log", "training_status.txt")
    }


def test_a_crash_is_logged_and_raised(tmp_path, monkeypatch):
    def broken(self, step, clips):
        raise RuntimeError("loss exploded")

    monkeypatch.setattr(training_module.Training, "_step", broken)
    with pytest.raises(RuntimeError, match="loss exploded"):
        train(tmp_path)
    log = (tmp_path / "Learn" / "training.log").read_text(encoding="utf-8")
    assert log.endswith("❌ Training crashed: RuntimeError: loss exploded\n")


@pytest.mark.slow
def test_it_learns(tmp_path):
    learn = train(tmp_path, steps=300, validate_every=100)
    gains = [snapshot(learn, step)["quality_improvement_value"] for step in (100, 200, 300)]
    assert gains[0] < gains[1] < gains[2]
    assert gains[2] > 0.015
