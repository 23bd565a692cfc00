"""Real trainings of Hugging Face's Trainer, on the CPU, watched by the callback."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import torch
from transformers import Trainer, TrainingArguments
from transformers.utils import ModelOutput

from statkit.training import AutomaticAnalyzer
from statkit.training.callbacks.huggingface import StatkitTrainerCallback

pytestmark = pytest.mark.filterwarnings(
    "default:::transformers", "default:::accelerate", "default:::torch.utils.data"
)


@pytest.fixture
def model(net):
    """A model as transformers have them: named inputs, and an output with its loss."""

    class Denoiser(net):
        def __init__(self):
            super().__init__()
            self.losses = {"train": [], "val": []}

        def forward(self, pixel_values, labels=None):
            made = super().forward(pixel_values)
            loss = (made - labels).square().mean()
            self.losses["train" if self.training else "val"].append(float(loss.detach()))
            return ModelOutput(loss=loss, reconstruction=made, hidden=torch.rand(len(made), 8))

    return Denoiser()


@pytest.fixture
def tiles(images):
    """A data set of mappings."""
    return [{"pixel_values": noisy, "labels": clean} for noisy, clean in zip(*images, strict=True)]


def train(model, tiles, callback, tmp_path, **options):
    usual = {
        "output_dir": str(tmp_path / "out"),
        "num_train_epochs": 2,
        "per_device_train_batch_size": 4,
        "per_device_eval_batch_size": 4,
        "eval_strategy": "epoch",
        "save_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
        "use_cpu": True,
        "seed": 1,
    }
    trainer = Trainer(
        model,
        TrainingArguments(**(usual | options)),
        train_dataset=tiles,
        eval_dataset=tiles,
        callbacks=[] if callback is None else [callback],
    )
    trainer.train()
    return trainer


def test_every_batch_has_its_record(model, tiles, quiet, recorded, tmp_path, hooks_of):
    train(model, tiles, StatkitTrainerCallback(**quiet), tmp_path)
    assert [(r["epoch"], r["phase"], r["batch_idx"]) for r in recorded()] == [
        (epoch, phase, batch) for epoch in (0, 1) for phase in ("train", "val") for batch in range(3)
    ]
    for phase in ("train", "val"):
        assert [r["loss"] for r in recorded(phase)] == pytest.approx(model.losses[phase])
    assert [r["global_step"] for r in recorded("train")] == [1, 2, 3, 4, 5, 6]
    assert "attention_gate_attention_entropy" in recorded("train")[0]
    assert model.forwards == 12
    assert hooks_of(model) == 0


def test_an_epochs_file_holds_the_evaluation_after_it(model, tiles, quiet, tmp_path):
    train(model, tiles, StatkitTrainerCallback(**quiet), tmp_path)
    for epoch in (0, 1):
        saved = json.loads((tmp_path / "run" / f"epoch_{epoch}_metrics.json").read_text())
        assert [r["phase"] for r in saved["batch_metrics"]] == ["train"] * 3 + ["val"] * 3
    assert (tmp_path / "run" / "final_training_metrics.json").exists()


def test_every_forward_counts_when_gradients_accumulate(model, tiles, quiet, recorded, tmp_path):
    train(
        model,
        tiles,
        StatkitTrainerCallback(**quiet),
        tmp_path,
        gradient_accumulation_steps=3,
        num_train_epochs=1,
    )
    assert [r["loss"] for r in recorded("train")] == pytest.approx(model.losses["train"])
    assert [r["global_step"] for r in recorded("train")] == [0, 0, 1]


def test_every_evaluation_within_an_epoch_counts_from_nought(model, tiles, quiet, recorded, tmp_path):
    options = {"eval_strategy": "steps", "eval_steps": 1, "num_train_epochs": 1}
    train(model, tiles, StatkitTrainerCallback(**quiet), tmp_path, **options)
    found = [(r["phase"], r["batch_idx"], r["epoch"]) for r in recorded()]
    assert found == [
        place for batch in range(3) for place in [("train", batch, 0), *(("val", n, 0) for n in range(3))]
    ]


def test_the_weights_are_those_of_a_training_without(tiles, quiet, tmp_path, net):
    class Plain(net):
        def forward(self, pixel_values, labels):
            made = super().forward(pixel_values)
            return {"loss": (made - labels).abs().mean(), "logits": made}

    ends = []
    for callback in (None, StatkitTrainerCallback(**quiet)):
        torch.manual_seed(2)
        model = Plain()
        train(model, tiles, callback, tmp_path)
        ends.append(model.state_dict())
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


def test_evaluations_before_and_after_the_training_leave_nothing(model, tiles, quiet, recorded, tmp_path):
    trainer = train(model, tiles, StatkitTrainerCallback(**quiet), tmp_path, eval_on_start=True)
    trainer.evaluate()
    assert len(recorded()) == 12
    assert [r["loss"] for r in recorded("val")] == pytest.approx(model.losses["val"][3:9])


def test_the_image_can_be_picked(model, tiles, quiet, recorded, tmp_path):
    callback = StatkitTrainerCallback(output=lambda made: 1 - made["reconstruction"], **quiet)
    train(model, tiles, callback, tmp_path, num_train_epochs=1, eval_strategy="no")
    assert len(recorded()) == 3


def test_a_model_without_images_is_said_once(model, tiles, quiet, tmp_path):
    lines = []
    callback = StatkitTrainerCallback(output=lambda made: None, **(quiet | {"echo": lines.append}))
    train(model, tiles, callback, tmp_path)
    (line,) = [line for line in lines if "No images" in line]
    assert "Denoiser" in line


def test_an_analyzer_of_ones_own_is_used(model, tiles, quiet, recorded, tmp_path):
    class Custom(AutomaticAnalyzer):
        def custom_analysis(self, batch_metrics):
            return {"doubled": 2 * batch_metrics["loss"]}

    train(model, tiles, StatkitTrainerCallback(Custom(model, **quiet)), tmp_path)
    assert [r["custom/doubled"] for r in recorded("train")] == pytest.approx(
        [2 * loss for loss in model.losses["train"]]
    )


def test_without_transformers_the_error_says_what_to_install():
    script = (
        "import sys\n"
        "sys.modules['transformers'] = None\n"
        "from statkit.errors import MissingExtraError\n"
        "try:\n    import statkit.training.callbacks.huggingface\n"
        "except MissingExtraError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", timeout=60)
    assert done.stdout.strip() == "transformers is not installed. Run: pip install 'transformers[torch]'"
