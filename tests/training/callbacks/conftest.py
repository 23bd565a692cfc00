"""A model of one gate, and an analyzer that draws nothing, for every framework."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn


class Net(nn.Module):
    """Noisy image in, clean image out; counts its forwards."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.gate = nn.Sigmoid()
        self.forwards = 0

    def forward(self, x):
        self.forwards += 1
        features = self.conv(x)
        return features * self.gate(features)


@pytest.fixture
def net():
    """The model's class."""
    return Net


@pytest.fixture
def quiet(tmp_path):
    """Options of an analyzer: every batch detailed, no pictures. The records tell what it was told."""
    return {
        "save_dir": tmp_path / "run",
        "data_range": 1.0,
        "layers": {"gate": "gate"},
        "analysis_freq": 0,
        "detailed_freq": 1,
        "validation_batches": 0,
        "echo": print,
    }


@pytest.fixture
def recorded(tmp_path):
    """Read the records of the run, of one phase or all, in order."""

    def read(phase=None):
        lines = (tmp_path / "run" / "batch_metrics.jsonl").read_text(encoding="utf-8").splitlines()
        return [record for record in map(json.loads, lines) if phase in (None, record["phase"])]

    return read


@pytest.fixture
def hooks_of():
    """Count the forward hooks and pre-hooks on a module and its parts."""

    def count(module):
        return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in module.modules())

    return count


@pytest.fixture
def images():
    """Twelve pairs of noisy and clean images, 3×16×16."""
    generator = torch.Generator().manual_seed(0)
    clean = torch.rand(12, 3, 16, 16, generator=generator)
    return clean + 0.1 * torch.randn(clean.shape, generator=generator), clean
