"""Real fits of Lightning, on the CPU, watched by the callback."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from statkit.errors import UsageError
from statkit.sources.sidecar import read
from statkit.training import AutomaticAnalyzer
from statkit.training.callbacks.lightning import StatkitCallback, outermost, run_name

pytestmark = [
    pytest.mark.filterwarnings("default:::lightning"),  # its advice on workers and hardware
    pytest.mark.filterwarnings("default:::torch.utils.data"),
]


class Module(LightningModule):
    """Somebody's module: the net is a part, and called as one."""

    def __init__(self, net, gives="loss"):
        super().__init__()
        self.net = net
        self.extra = nn.Linear(2, 2)
        self.gives = gives
        self.losses = {"train": [], "val": []}

    def step(self, batch, phase):
        noisy, clean = batch if isinstance(batch, list) else (batch["image"], batch["target"])
        output = self.net(noisy)
        loss = (output - clean).square().mean()
        if not self.trainer.sanity_checking:
            self.losses[phase].append(float(loss.detach()))
        return loss

    def training_step(self, batch, _batch_idx):
        loss = self.step(batch, "train")
        return {"loss": loss} if self.gives == "mapping" else loss

    def validation_step(self, batch, _batch_idx):
        loss = self.step(batch, "val")
        return {"loss": loss, "mapping": {"loss": loss}, "nothing": None}[self.gives]

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


class Whole(Module):
    """A module with a forward of its own."""

    def forward(self, noisy):
        return self.net(noisy)

    def step(self, batch, phase):
        noisy, clean = batch
        loss = (self(noisy) - clean).square().mean()
        self.losses[phase].append(float(loss.detach()))
        return loss


class Dictionaries(torch.utils.data.Dataset):
    def __init__(self, images):
        self.pairs = list(zip(*images, strict=True))

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        noisy, clean = self.pairs[index]
        return {"image": noisy, "target": clean, "sample_ids": f"tile-{index}"}


def trainer(callback, tmp_path, **options):
    usual = {
        "max_epochs": 2,
        "accelerator": "cpu",
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "default_root_dir": tmp_path,
    }
    return Trainer(callbacks=[callback], **(usual | options))


def loader(images):
    return DataLoader(TensorDataset(*images), batch_size=4)


def fitted(module, callback, images, tmp_path, **options):
    made = trainer(callback, tmp_path, **options)
    made.fit(module, loader(images), loader(images))
    return made


@pytest.mark.parametrize("gives", ["loss", "mapping"])
def test_every_batch_of_a_fit_has_its_record(gives, net, quiet, images, recorded, tmp_path, hooks_of):
    module = Module(net(), gives)
    fitted(module, StatkitCallback(**quiet), images, tmp_path)
    found = recorded()
    assert [(r["epoch"], r["phase"], r["batch_idx"]) for r in found] == [
        (epoch, phase, batch) for epoch in (0, 1) for phase in ("train", "val") for batch in range(3)
    ]
    for phase in ("train", "val"):
        assert [r["loss"] for r in recorded(phase)] == pytest.approx(module.losses[phase])
        assert [r["mse"] for r in recorded(phase)] == pytest.approx(module.losses[phase], rel=1e-5)
    assert [r["global_step"] for r in recorded("train")] == [1, 2, 3, 4, 5, 6]
    assert "attention_gate_attention_entropy" in recorded("train")[0]
    assert hooks_of(module) == 0


def test_no_forward_is_added_and_the_sanity_check_leaves_no_record(net, quiet, images, recorded, tmp_path):
    module = Module(net())
    fitted(module, StatkitCallback(**quiet), images, tmp_path, num_sanity_val_steps=2)
    assert module.net.forwards == 2 * (3 + 3) + 2
    assert len(recorded()) == 2 * (3 + 3)


def test_epochs_and_the_end_are_written(net, quiet, images, tmp_path):
    fitted(Module(net()), StatkitCallback(**quiet), images, tmp_path)
    for epoch in (0, 1):
        saved = json.loads((tmp_path / "run" / f"epoch_{epoch}_metrics.json").read_text())
        assert [r["phase"] for r in saved["batch_metrics"]] == ["train"] * 3 + ["val"] * 3
    assert (tmp_path / "run" / "final_training_metrics.json").exists()
    assert (tmp_path / "run" / "final_summary_report.md").exists()


def test_a_fit_with_and_without_ends_in_the_same_weights(net, quiet, images, tmp_path):
    ends = []
    for callbacks in ([], [StatkitCallback(**quiet)]):
        torch.manual_seed(3)
        module = Module(net())
        made = trainer(StatkitCallback(**quiet), tmp_path)
        made.callbacks = [c for c in made.callbacks if not isinstance(c, StatkitCallback)] + callbacks
        made.fit(module, loader(images), loader(images))
        ends.append((module.state_dict(), torch.get_rng_state()))
    (plain, state), (watched, state_too) = ends
    assert all(torch.equal(plain[name], watched[name]) for name in plain)
    assert torch.equal(state, state_too)


def test_the_loss_is_that_of_the_batch_when_gradients_accumulate(net, quiet, images, recorded, tmp_path):
    module = Module(net())
    fitted(module, StatkitCallback(**quiet), images, tmp_path, accumulate_grad_batches=3, max_epochs=1)
    assert [r["loss"] for r in recorded("train")] == pytest.approx(module.losses["train"])
    assert [r["global_step"] for r in recorded("train")] == [0, 0, 1]


def test_a_validation_that_returns_nothing_has_no_loss(net, quiet, images, recorded, tmp_path):
    fitted(Module(net(), "nothing"), StatkitCallback(**quiet), images, tmp_path)
    assert [r["loss"] for r in recorded("val")] == [None] * 6
    assert all(r["mse"] > 0 for r in recorded("val"))


def test_batches_may_be_mappings(net, quiet, images, recorded, tmp_path):
    module = Module(net())
    made = trainer(StatkitCallback(**(quiet | {"validation_batches": 1})), tmp_path, max_epochs=1)
    tiles = DataLoader(Dictionaries(images), batch_size=4)
    made.fit(module, tiles, tiles)
    assert [r["mse"] for r in recorded()] == pytest.approx(
        [*module.losses["train"], *module.losses["val"]], rel=1e-5
    )
    _arrays, meta = read(tmp_path / "run" / "val_batch_000001.npz")
    assert meta["meta"]["sample_ids"] == ["tile-0", "tile-1", "tile-2", "tile-3"]


def test_the_loss_can_be_picked(net, quiet, images, recorded, tmp_path):
    callback = StatkitCallback(loss=lambda outputs: 7.0, **quiet)
    fitted(Module(net()), callback, images, tmp_path, accumulate_grad_batches=2)
    assert {r["loss"] for r in recorded()} == {7.0}


class TestWhatIsWatched:
    def test_the_module_itself_where_it_has_a_forward_else_its_largest_part(self, net):
        module, whole = Module(net()), Whole(net())
        assert outermost(module) is module.net
        assert outermost(whole) is whole

    def test_a_module_with_a_forward(self, net, quiet, images, recorded, tmp_path):
        module = Whole(net())
        options = quiet | {"layers": {"gate": "net.gate"}}
        fitted(module, StatkitCallback(**options), images, tmp_path, num_sanity_val_steps=0)
        assert [r["loss"] for r in recorded("train")] == pytest.approx(module.losses["train"])

    def test_a_part_can_be_named(self, net, quiet, images, recorded, tmp_path):
        module = Whole(net())
        fitted(module, StatkitCallback(module="net", **quiet), images, tmp_path)
        assert len(recorded()) == 12

    def test_a_part_that_is_not_there_is_an_error(self, net, quiet, images, tmp_path):
        with pytest.raises(UsageError, match="No module 'unet' in Whole"):
            fitted(Whole(net()), StatkitCallback(module="unet", **quiet), images, tmp_path)

    def test_a_part_through_which_no_images_go_is_said_once(self, net, quiet, images, tmp_path):
        lines = []
        callback = StatkitCallback(module="extra", **(quiet | {"echo": lines.append, "layers": []}))
        fitted(Module(net()), callback, images, tmp_path)
        (line,) = [line for line in lines if "No images" in line]
        assert "Linear" in line
        assert "StatkitCallback(module=" in line


class TestTheAnalyzer:
    def test_one_of_ones_own_is_used(self, net, quiet, images, recorded, tmp_path):
        class Custom(AutomaticAnalyzer):
            def custom_analysis(self, batch_metrics):
                return {"doubled": 2 * batch_metrics["loss"]}

        module = Module(net())
        callback = StatkitCallback(Custom(module.net, **quiet))
        fitted(module, callback, images, tmp_path)
        assert [r["custom/doubled"] for r in recorded("train")] == pytest.approx(
            [2 * loss for loss in module.losses["train"]]
        )

    def test_one_assigned_later_takes_the_hooks_of_the_earlier_off(self, net, quiet, hooks_of):
        one, two = net(), net()
        callback = StatkitCallback(AutomaticAnalyzer(one, **quiet))
        assert hooks_of(one) > 0
        callback.analyzer = later = AutomaticAnalyzer(two, **quiet)
        assert hooks_of(one) == 0
        assert hooks_of(two) > 0
        assert callback.analyzer is later
        later.cleanup()

    def test_a_fit_that_breaks_off_leaves_its_files_and_no_hooks(
        self, net, quiet, images, tmp_path, recorded, hooks_of
    ):
        class Breaks(Module):
            def training_step(self, batch, batch_idx):
                if batch_idx == 2:
                    raise RuntimeError("the loss is NaN")
                return super().training_step(batch, batch_idx)

        module = Breaks(net())
        with pytest.raises(RuntimeError, match="the loss is NaN"):
            fitted(module, StatkitCallback(**quiet), images, tmp_path)
        assert len(recorded()) == 2
        assert (tmp_path / "run" / "final_training_metrics.json").exists()
        assert hooks_of(module) == 0

    def test_a_second_fit_goes_on(self, net, quiet, images, recorded, tmp_path):
        module, callback = Module(net()), StatkitCallback(**quiet)
        for _ in range(2):
            fitted(module, callback, images, tmp_path, max_epochs=1)
        assert len(recorded()) == 12
        assert [r["attention_gate_attention_entropy"] is not None for r in recorded("train")] == [True] * 6

    def test_validate_and_test_outside_a_fit_leave_nothing(self, net, quiet, images, recorded, tmp_path):
        module, callback = Module(net()), StatkitCallback(**quiet)
        made = fitted(module, callback, images, tmp_path, max_epochs=1)
        made.validate(module, loader(images), verbose=False)
        assert len(recorded()) == 6

    def test_a_resumed_fit_goes_on_counting(self, net, quiet, images, recorded, tmp_path):
        made = fitted(Module(net()), StatkitCallback(**quiet), images, tmp_path, max_epochs=1)
        made.save_checkpoint(tmp_path / "one.ckpt")
        made = trainer(StatkitCallback(**quiet), tmp_path, max_epochs=2)
        made.fit(Module(net()), loader(images), loader(images), ckpt_path=tmp_path / "one.ckpt")
        found = recorded("train")
        assert [r["epoch"] for r in found] == [0, 0, 0, 1, 1, 1]
        assert [r["global_step"] for r in found] == [1, 2, 3, 4, 5, 6]
        assert made.callbacks[0].analyzer.state_dict()["batches"] == {"train": 6, "val": 6}

    def test_checkpoints_of_a_watched_fit_load_without_statkit(self, net, quiet, images, tmp_path):
        saving = ModelCheckpoint(dirpath=tmp_path / "checkpoints")
        made = trainer(StatkitCallback(**quiet), tmp_path, enable_checkpointing=True)
        made.callbacks.append(saving)
        made.fit(Module(net()), loader(images))
        script = (
            "import sys, torch\n"
            "found = torch.load(sys.argv[1], weights_only=True)\n"
            "assert set(found['state_dict']) >= {'net.conv.weight'}\n"
            "assert 'statkit' not in sys.modules"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, saving.best_model_path], capture_output=True, encoding="utf-8"
        )
        assert done.returncode == 0, done.stderr


class TestLoggers:
    def test_the_trainers_own_loggers_get_the_numbers(self, net, quiet, images, recorded, tmp_path):
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        boards = [TensorBoardLogger(tmp_path, name="board"), CSVLogger(tmp_path, name="table")]
        options = quiet | {"analysis_freq": 2}
        made = fitted(Module(net()), StatkitCallback(**options), images, tmp_path, logger=boards)
        events = EventAccumulator(made.loggers[0].log_dir, size_guidance={"scalars": 0, "images": 0})
        events.Reload()
        losses = [(r["global_step"], r["loss"]) for r in recorded("train")]
        assert [(e.step, e.value) for e in events.Scalars("train/loss")] == [
            (step, pytest.approx(loss)) for step, loss in losses
        ]
        assert [i.step for i in events.Images("train/batch_visualization_2")] == [2]
        assert "epoch/train/loss_mean" in events.Tags()["scalars"]
        table = (tmp_path / "table" / "version_0" / "metrics.csv").read_text()
        assert "train/loss" in table.splitlines()[0]

    def test_they_can_be_left_out(self, net, quiet, images, tmp_path):
        board = CSVLogger(tmp_path, name="table")
        fitted(Module(net()), StatkitCallback(log=False, **quiet), images, tmp_path, logger=board)
        table = tmp_path / "table" / "version_0" / "metrics.csv"
        assert not table.exists() or "train/loss" not in table.read_text()

    def test_the_directory_is_named_after_them(self, net, images, tmp_path, monkeypatch, quiet):
        monkeypatch.chdir(tmp_path)
        del quiet["save_dir"]
        board = CSVLogger(tmp_path, name="tissue")
        fitted(Module(net()), StatkitCallback(**quiet), images, tmp_path, logger=board)
        assert (tmp_path / "auto_analysis_tissue_version_0" / "batch_metrics.jsonl").exists()

    def test_a_name_of_the_run_comes_before_that_of_the_project(self):
        class Logger:
            def __init__(self, experiment, name="project", version="4f2a"):
                self.experiment, self.name, self.version = experiment, name, version

        class Experiment:
            def __init__(self, name, identity=None):
                self.name, self.id = name, identity

        def named(*loggers):
            return run_name(type("Fake", (), {"loggers": list(loggers)}))

        assert named(Logger(Experiment("elated-firebrand-3"))) == "elated-firebrand-3"
        assert named(Logger(Experiment(None, "4f2a"))) == "4f2a"
        assert named(Logger(None)) == "project_4f2a"
        assert named(Logger(None, version=2)) == "project_version_2"
        assert named() == "run"


WITH_WANDB = """
import os, sys
import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.loggers import WandbLogger
from statkit.training.callbacks.lightning import StatkitCallback


class Module(LightningModule):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Conv2d(3, 3, 3, padding=1)

    def training_step(self, batch, _batch_idx):
        return (self.net(batch) - batch).square().mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


os.chdir(sys.argv[1])
board = WandbLogger(project="tissue", offline=True, save_dir=".")
trainer = Trainer(max_epochs=1, accelerator="cpu", logger=board, enable_checkpointing=False,
                  enable_progress_bar=False, callbacks=[StatkitCallback(data_range=1.0, analysis_freq=2)])
trainer.fit(Module(), torch.utils.data.DataLoader(torch.rand(12, 3, 16, 16), batch_size=4))
assert os.path.exists(f"auto_analysis_{board.experiment.id}/train_batch_000002.png")
"""


@pytest.mark.slow
def test_a_wandb_logger_gets_numbers_and_dashboards(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    done = subprocess.run(
        [sys.executable, "-c", WITH_WANDB, str(tmp_path)],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        env={**kept, "HOME": str(tmp_path), "NETRC": str(tmp_path / "netrc")},
    )
    assert done.returncode == 0, done.stderr
    (log,) = tmp_path.glob("wandb/offline-run-*/run-*.wandb")
    assert all(
        name in log.read_bytes() for name in (b"train/loss", b"epoch/epoch", b"train/batch_visualization_2")
    )
    assert (
        len(list(tmp_path.glob("wandb/offline-run-*/files/media/images/train/batch_visualization_2*.png")))
        == 1
    )


def test_without_lightning_the_error_says_what_to_install():
    script = (
        "import sys\n"
        "sys.modules['lightning'] = sys.modules['lightning.pytorch'] = None\n"
        "sys.modules['pytorch_lightning'] = None\n"
        "from statkit.errors import MissingExtraError\n"
        "try:\n    import statkit.training.callbacks.lightning\n"
        "except MissingExtraError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", timeout=60)
    assert done.stdout.strip() == "lightning is not installed. Run: pip install lightning"
