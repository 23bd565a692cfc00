import math
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from statkit.training import AutomaticAnalyzer

sys.path.append(str(Path(__file__).parents[2] / "examples"))

RANKS = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "JSM_NAMESPACE_RANK", "LOCAL_RANK")


class BAM(nn.Module):
    """y = x + x · M, the gate a module of its own."""

    def __init__(self, channels):
        super().__init__()
        self.channel = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, channels, 1))
        self.spatial = nn.Conv2d(channels, 1, 3, padding=1)
        self.gate = nn.Sigmoid()

    def forward(self, x):
        return x + x * self.gate(self.channel(x) + self.spatial(x))


class KANConv(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.mix = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        return torch.tanh(self.mix(x))


class TinyNet(nn.Module):
    """An autoencoder with everything that could be disturbed: batch norm, dropout, attention, KAN."""

    def __init__(self):
        super().__init__()
        self.enter = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(inplace=True))
        self.attention = BAM(6)
        self.bottleneck = KANConv(6)
        self.again = BAM(6)
        self.drop = nn.Dropout(0.2)
        self.leave = nn.Conv2d(6, 3, 3, padding=1)
        self.forwards = 0

    def forward(self, x):
        self.forwards += 1
        features = self.again(self.bottleneck(self.attention(self.enter(x))))
        return torch.sigmoid(self.leave(self.drop(features)))


class Training:
    """A loop of a few lines, with or without an analyzer."""

    def __init__(self, analyzer=None, model=None, seed=0):
        torch.manual_seed(seed)
        self.model = model if model is not None else TinyNet()
        self.optimizer = torch.optim.Adam(self.model.parameters(), 1e-3)
        self.analyzer = analyzer(self.model) if analyzer is not None else None
        self.records = []

    def steps(self, count, first=0):
        self.model.train()
        for batch in range(first, first + count):
            images = torch.rand(2, 3, 16, 16)
            output = self.model(images)
            loss = (output - images).square().mean()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            if self.analyzer is not None:
                self.records.append(self.analyzer.analyze_batch(batch, images, output, loss))
        return self

    def validate(self, count):
        self.model.eval()
        with torch.no_grad():
            for batch in range(count):
                images = torch.rand(2, 3, 16, 16)
                output = self.model(images)
                if self.analyzer is not None:
                    loss = (output - images).square().mean()
                    self.records.append(self.analyzer.analyze_batch(batch, images, output, loss, "val"))
        return self


class SlowParcel:
    """Arrives after so many looks; `math.inf`: only when waited for."""

    def __init__(self, tensors, looks):
        self.tensors, self.looks = tensors, looks

    def ready(self):
        self.looks -= 1
        return self.looks < 0

    def wait(self, seconds):
        self.looks = -1
        return True

    def arrays(self):
        assert self.looks < 0, "read before it arrived"
        return [tensor.numpy().copy() for tensor in self.tensors]


class SlowPort:
    """A device whose copies take a while, in the shape of a port."""

    def __init__(self, looks=3):
        self.looks, self.sent, self.clock = looks, [], 0.0

    def mark(self):
        self.clock += 0.004
        return self.clock

    def milliseconds(self, first, last):
        return (last - first) * 1000

    def send(self, tensors):
        self.sent.append([tuple(tensor.shape) for tensor in tensors])
        return SlowParcel(tensors, self.looks)

    def memory_mib(self):
        return 5.0


@pytest.fixture(autouse=True)
def _rank_zero(monkeypatch):
    for name in (*RANKS, "NODE_RANK", "GROUP_RANK"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def lines():
    """Collects what the analysis says."""
    return []


@pytest.fixture
def analyzer_for(tmp_path, lines):
    """Make analyzers of models; all are cleaned up."""
    made = []

    def make(model, **options):
        options = {"save_dir": tmp_path / "auto_analysis", "data_range": 1.0, "echo": lines.append} | options
        made.append(AutomaticAnalyzer(model, **options))
        return made[-1]

    yield make
    for analyzer in made:
        analyzer.cleanup()


@pytest.fixture
def training():
    return Training


@pytest.fixture
def tiny_net():
    return TinyNet


@pytest.fixture
def slow_port():
    return SlowPort


@pytest.fixture
def never():
    return math.inf
