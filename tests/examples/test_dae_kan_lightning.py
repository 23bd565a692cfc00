"""The original program's drop-in: a Lightning module that analyzes itself."""

from __future__ import annotations

import json

import pytest
import torch
from dae_kan.lightning_model import AnalysisEnabledMainModel
from lightning.pytorch import Trainer
from lightning.pytorch.loggers import CSVLogger
from torch.utils.data import DataLoader, TensorDataset

from statkit.training import AutomaticAnalyzer

pytestmark = [
    pytest.mark.filterwarnings("default:::lightning"),  # its advice on workers and hardware
    pytest.mark.filterwarnings("default:::torch.utils.data"),
]


class CustomAnalyzer(AutomaticAnalyzer):
    def custom_analysis(self, batch_metrics):
        return {"correlations": len(self.compute_pathology_correlations(batch_metrics))}


def hooks_of(module):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in module.modules())


def trainer(tmp_path, **options):
    usual = {
        "max_epochs": 1,
        "accelerator": "cpu",
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "default_root_dir": tmp_path,
    }
    return Trainer(**(usual | options))


def loaders(count=6, side=32, batch_size=2):
    clean = torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))
    pairs = TensorDataset((clean + 0.1).clamp(0, 1), clean)
    return DataLoader(pairs, batch_size=batch_size), DataLoader(pairs, batch_size=batch_size)


def records(directory):
    lines = (directory / "batch_metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Work in a directory of its own, as a user would."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_is_fitted_as_in_the_original_guide(here):
    model = AnalysisEnabledMainModel(batch_size=16, analysis_frequency=2)
    board = CSVLogger(here, name="tissue")
    trainer(here, logger=board).fit(model, *loaders())
    directory = here / "auto_analysis_tissue_version_0"
    found = records(directory)
    assert [record["phase"] for record in found] == ["train"] * 3 + ["val"] * 3
    assert [record["global_step"] for record in found] == [1, 2, 3, 3, 3, 3]
    assert {"attention_bam_32_attention_entropy", "attention_kan_48_attention_entropy"} <= found[1].keys()
    assert found[0]["mse"] < found[0]["loss"] < 1
    assert {path.name for path in directory.glob("*.png")} == {
        "train_batch_000002.png",
        *(f"val_batch_{number:06d}.png" for number in (1, 2, 3)),
    }
    assert (directory / "epoch_0_metrics.json").exists()
    assert (directory / "final_summary_report.md").exists()
    assert model.auto_analyzer.get_batch_summary()["total_batches"] == 6
    assert hooks_of(model) == 0


def test_the_module_brings_data_of_its_own(here):
    model = AnalysisEnabledMainModel(
        batch_size=4, tiles_per_epoch=8, save_dir=here / "run", validation_batches=0
    )
    trainer(here, limit_val_batches=1, max_epochs=2).fit(model)
    found = [record for record in records(here / "run") if record["phase"] == "train"]
    assert [(record["epoch"], record["batch_idx"]) for record in found] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len({record["loss"] for record in found}) == 4
    rate = model.trainer.optimizers[0].param_groups[0]["lr"]
    assert rate == pytest.approx(0, abs=1e-9)


def test_another_analyzer_may_be_assigned_and_the_old_ones_hooks_go(here):
    model = AnalysisEnabledMainModel(batch_size=16, analysis_frequency=50)
    old = model.auto_analyzer
    before = hooks_of(model)
    model.auto_analyzer = CustomAnalyzer(model, device="cpu", save_dir="custom_analysis", data_range=1.0)
    assert hooks_of(model) == before > 0
    old.detach()
    assert hooks_of(model) == before
    trainer(here).fit(model, *loaders())
    found = records(here / "custom_analysis")
    assert len(found) == 6
    assert {record["custom/correlations"] for record in found} == {0}
    assert not list(here.glob("auto_analysis*"))
    assert hooks_of(model) == 0


def test_the_analyzer_is_no_part_of_the_modules_state(here):
    model = AnalysisEnabledMainModel()
    assert all(name.startswith("model.") for name in model.state_dict())
    other = AnalysisEnabledMainModel()
    other.load_state_dict(model.state_dict())
    torch.testing.assert_close(other.model.state_dict(), model.model.state_dict())
