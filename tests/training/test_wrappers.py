"""Everything a training wraps around a model: compilation, AMP, checkpointing, ranks, copies."""

import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from statkit.training import AutomaticAnalyzer
from statkit.training.distributed import unwrapped

ROOT = Path(__file__).parents[2]
ENTROPY = "attention_bam_6_attention_entropy"


def entropies(run):
    return [record.get(ENTROPY) for record in run.records]


@pytest.fixture
def plain(training, analyzer_for, tmp_path):
    return training(lambda model: analyzer_for(model, save_dir=tmp_path / "plain", detailed_freq=1)).steps(2)


@pytest.mark.filterwarnings("ignore:The .grad attribute:UserWarning")  # torch's own, while it traces
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_compiled_model_is_seen_as_the_plain_one(training, analyzer_for, plain, backend):
    run = training(lambda model: analyzer_for(model, detailed_freq=1))
    run.model = torch.compile(run.model, backend=backend)
    run.steps(2)
    assert entropies(run) == pytest.approx(entropies(plain), rel=1e-5)
    assert all(record["inference_time_ms"] > 0 for record in run.records)
    torch._dynamo.reset()


@pytest.mark.filterwarnings("ignore:The .grad attribute:UserWarning")  # torch's own, while it traces
def test_a_model_compiled_before_gives_its_times_and_says_what_to_do(training, analyzer_for, lines):
    run = training()
    run.model = torch.compile(run.model, backend="eager")
    run.steps(1)
    run.analyzer = analyzer_for(run.model, detailed_freq=1)
    run.steps(2)
    assert run.records[-1]["inference_time_ms"] > 0
    assert run.records[-1]["ssim"] is not None
    if ENTROPY not in run.records[-1]:
        assert any("before torch.compile" in line for line in lines)
    torch._dynamo.reset()


def test_a_model_compiled_as_one_graph_gives_all_but_attention(training, analyzer_for, lines):
    run = training()
    run.model = torch.compile(run.model.eval(), backend="eager", fullgraph=True)
    run.analyzer = analyzer_for(run.model, layers={}, validation_batches=2)
    run.validate(2)
    assert all(record["inference_time_ms"] > 0 and record["ssim"] is not None for record in run.records)
    assert lines == []
    torch._dynamo.reset()


class Checkpointed(nn.Module):
    def __init__(self, inner, reentrant):
        super().__init__()
        self.inner, self.reentrant = inner, reentrant

    def forward(self, x):
        return checkpoint(self.inner, x, use_reentrant=self.reentrant)


@pytest.mark.parametrize("reentrant", [True, False])
def test_checkpointing_is_measured_once(training, analyzer_for, plain, tiny_net, reentrant):
    torch.manual_seed(0)
    model = Checkpointed(tiny_net(), reentrant)
    run = training(lambda model: analyzer_for(model, detailed_freq=1), model=model)
    torch.manual_seed(0)
    tiny_net()  # as the plain one drew its weights
    model.train()
    for batch in range(2):
        images = torch.rand(2, 3, 16, 16, requires_grad=reentrant)
        output = model(images)
        loss = (output - images).square().mean()
        run.optimizer.zero_grad()
        loss.backward()
        run.optimizer.step()
        run.records.append(run.analyzer.analyze_batch(batch, images, output, loss))
    assert entropies(run)[0] == pytest.approx(entropies(plain)[0], rel=1e-5)
    assert run.analyzer._engine.forwards.count == 2
    assert model.inner.forwards == 4, "checkpointing itself runs twice"


def test_autocast_changes_no_arithmetic_of_the_analysis(tiny_net, analyzer_for):
    torch.manual_seed(0)
    model = tiny_net()
    analyzer = analyzer_for(model, detailed_freq=1)
    images = torch.rand(2, 3, 16, 16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(images)
        inside = analyzer.analyze_batch(0, images, output, 0.5)
    outside = analyzer.analyze_batch(1, images, output, 0.5)
    assert output.dtype == torch.bfloat16
    for name in ("mse", "psnr", "ssim"):
        assert inside[name] == outside[name]
    assert inside[ENTROPY] > 0


def test_data_parallel_and_the_like_are_seen_through(training, analyzer_for, plain):
    run = training(lambda model: analyzer_for(nn.DataParallel(model), detailed_freq=1))
    run.model = run.analyzer.model
    run.steps(2)
    assert entropies(run) == pytest.approx(entropies(plain))
    assert unwrapped(run.model) is run.model.module
    assert unwrapped(run.model.module) is run.model.module


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copied_model_feeds_no_analysis_and_its_state_is_its_own(training, analyzer_for, copied):
    run = training(lambda model: analyzer_for(model, detailed_freq=1)).steps(1)
    keys = set(run.model.state_dict())
    twin = copied(run.model)
    assert set(twin.state_dict()) == keys
    count = run.analyzer._engine.forwards.count
    twin(torch.rand(2, 3, 16, 16))
    assert run.analyzer._engine.forwards.count == count
    assert not [key for key in keys if "hook" in key or "analy" in key]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_model_that_carries_its_analyzer_can_be_copied(training, analyzer_for, tmp_path, copied):
    run = training(lambda model: analyzer_for(model, detailed_freq=1, denormalize=lambda x: x))
    run.model.auto_analyzer = run.analyzer
    run.steps(2)
    twin = copied(run.model)
    assert isinstance(twin.auto_analyzer, AutomaticAnalyzer)
    assert twin.auto_analyzer.model is twin
    log = (tmp_path / "auto_analysis" / "batch_metrics.jsonl").read_bytes()
    twin.auto_analyzer.cleanup()
    assert (tmp_path / "auto_analysis" / "batch_metrics.jsonl").read_bytes() == log
    images = torch.rand(2, 3, 16, 16)
    twin.auto_analyzer.attach()
    record = twin.auto_analyzer.analyze_batch(0, images, twin(images), 0.5)
    assert ENTROPY in record
    twin.auto_analyzer.cleanup()


def test_other_ranks_do_nothing(training, analyzer_for, monkeypatch, tmp_path):
    monkeypatch.setenv("RANK", "3")
    run = training(lambda model: analyzer_for(model, analysis_freq=1)).steps(2)
    assert run.records == [{}, {}]
    assert run.analyzer.finish() is None
    assert run.analyzer.create_batch_visualization(0, torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8)) is None
    assert not list(tmp_path.iterdir())
    assert all(not m._forward_hooks for m in run.model.modules())


def test_all_ranks_write_into_directories_of_their_own(training, analyzer_for, monkeypatch, tmp_path):
    monkeypatch.setenv("RANK", "3")
    run = training(lambda model: analyzer_for(model, all_ranks=True)).steps(1)
    run.analyzer.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["auto_analysis_rank_3"]


DISTRIBUTED = """
import os, sys
sys.path[:0] = sys.argv[2:]
import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel
from statkit.training import AutomaticAnalyzer
torch.set_num_threads(1)
meet, rank = "file://" + sys.argv[1] + "/meet", int(os.environ["AS"])
distributed.init_process_group("gloo", init_method=meet, rank=rank, world_size=2)
model = DistributedDataParallel(nn.Sequential(nn.Conv2d(3, 3, 1), nn.Sigmoid()))
analyzer = AutomaticAnalyzer(
    model,
    save_dir=sys.argv[1] + "/run",
    data_range=1.0,
    layers=[("1", "gate")],
    detailed_freq=1,
    echo=lambda line: None,
)
for batch in range(3):
    images = torch.rand(2, 3, 16, 16)
    output = model(images)
    loss = (output - images).square().mean()
    loss.backward()
    record = analyzer.analyze_batch(batch, images, output, loss)
print(len(record), record.get("attention_sigmoid_3_attention_entropy"), flush=True)
analyzer.cleanup()
distributed.destroy_process_group()
"""


@pytest.mark.slow
def test_two_processes_of_a_distributed_training(tmp_path):
    command = [sys.executable, "-W", "ignore", "-c", DISTRIBUTED, str(tmp_path), str(ROOT)]
    both = [
        subprocess.Popen(command, env={**os.environ, "AS": rank}, stdout=subprocess.PIPE, text=True)
        for rank in ("0", "1")
    ]
    said = [process.communicate(timeout=180)[0].split() for process in both]
    assert float(said[0][1]) > 0
    assert said[1] == ["0", "None"]
    assert len((tmp_path / "run" / "batch_metrics.jsonl").read_text().splitlines()) == 3
