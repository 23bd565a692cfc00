import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from statkit.training.capture import Capture
from statkit.training.discovery import discover, resolve
from statkit.training.guard import Guard


@pytest.fixture
def capture_of(lines):
    made = []

    def make(model, layers=None, armed=True):
        targets = discover(model) if layers is None else resolve(model, layers)
        capture = Capture(targets, Guard(lines.append))
        capture.attach()
        capture.armed = armed
        made.append(capture)
        return capture

    yield make
    for capture in made:
        capture.detach()


@pytest.fixture
def images():
    torch.manual_seed(0)
    return torch.rand(2, 3, 12, 10)


def test_the_gate_of_a_bam_is_the_gate_not_its_output(tiny_net, capture_of, images):
    model = tiny_net().eval()
    capture = capture_of(model)
    model(images)
    attention, energy, again = capture.take()
    assert [(m.name, m.kind) for m in (attention, energy, again)] == [
        ("bam_6", "gate"),
        ("kanconv_6", "energy"),
        ("bam_6_2", "gate"),
    ]
    features = model.enter(images)
    gate = torch.sigmoid(model.attention.channel(features) + model.attention.spatial(features))
    assert attention.maps.shape == (2, 12, 10)
    assert torch.allclose(attention.maps, gate.mean(1), atol=1e-6)
    assert attention.maps.min() > 0
    assert attention.maps.max() < 1
    output = model.bottleneck(model.attention(features))
    assert torch.allclose(energy.maps, (output**2).sum(1), atol=1e-5)
    assert not attention.maps.requires_grad


def test_hooks_that_are_not_armed_take_nothing(tiny_net, capture_of, images):
    model = tiny_net()
    capture = capture_of(model, armed=False)
    model(images)
    assert capture.take() == []
    assert capture.spent == 0.0


def test_taking_hands_over_once(tiny_net, capture_of, images):
    model = tiny_net()
    capture = capture_of(model)
    model(images)
    assert len(capture.take()) == 3
    assert capture.take() == []


class Functional(nn.Module):
    """A BAM whose sigmoid is a function."""

    def forward(self, x):
        return x + x * torch.sigmoid(x.mean(1, keepdim=True))


class ChannelOnly(nn.Module):
    """A BAM whose only sigmoid gives one number a channel."""

    def __init__(self):
        super().__init__()
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        return x + x * self.sigmoid(x.mean((2, 3), keepdim=True)) * torch.sigmoid(x.mean(1, keepdim=True))


Functional.__name__, ChannelOnly.__name__ = "BAM", "BAM"


@pytest.mark.parametrize("block", [Functional, ChannelOnly])
def test_a_gate_that_cannot_be_hooked_is_recovered(block, capture_of, images):
    model = nn.Sequential(block())
    capture = capture_of(model)
    made = model(images)
    (found,) = capture.take()
    assert found.kind == "gate_from_io"
    x, y = images.double(), made.double()
    assert torch.allclose(found.maps.double(), (x * (y - x)).sum(1) / (x * x).sum(1), atol=1e-5)


@pytest.mark.parametrize("reentrant", [True, False])
def test_the_second_forward_of_checkpointing_is_passed_over(tiny_net, capture_of, images, reentrant):
    model = tiny_net()
    capture = capture_of(model)
    made = checkpoint(model.attention, model.enter(images), use_reentrant=reentrant)
    (first,) = capture.take()
    made.sum().backward()
    assert capture.take() == []
    assert first.kind == "gate"


def test_the_last_of_several_forwards_counts(tiny_net, capture_of, images):
    model = tiny_net().eval()
    capture = capture_of(model)
    model(images)
    model(images[:1])
    assert [m.maps.shape[0] for m in capture.take()] == [1, 1, 1]


def test_an_in_place_layer_behind_does_not_change_the_map(capture_of, images):
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(inplace=True))
    capture = capture_of(model, {"features": ("0", "energy")})
    model(images)
    (found,) = capture.take()
    expected = (nn.functional.conv2d(images, model[0].weight, model[0].bias) ** 2).sum(1)
    assert torch.allclose(found.maps, expected, atol=1e-5)


def test_a_layer_without_a_map_is_said_once(capture_of, lines):
    model = nn.Sequential(nn.Linear(4, 4))
    capture = capture_of(model, {"flat": ("0", "energy")})
    for _ in range(3):
        model(torch.ones(2, 4))
    assert capture.take() == []
    assert len(lines) == 1
    assert "No map from 0" in lines[0]
    assert "shape 2×4" in lines[0]


def test_a_failing_hook_does_not_reach_the_forward(tiny_net, capture_of, images, lines):
    model = tiny_net()
    capture = capture_of(model)
    capture._reduced = None  # calling it raises TypeError
    model(images)
    model(images)
    assert capture.take() == []
    assert len(lines) == 3  # one a layer
    assert "Analysis failed (attention of attention): TypeError" in lines[0]


def test_half_precision_is_widened_first(capture_of):
    model = nn.Sequential(nn.Identity())
    capture = capture_of(model, {"x": ("0", "energy")})
    model(torch.full((1, 512, 4, 4), 30.0, dtype=torch.bfloat16))
    (found,) = capture.take()
    assert found.maps.dtype == torch.float32
    assert found.maps.numpy() == pytest.approx(512 * 900.0, rel=1e-3)


def test_replicas_are_joined_in_the_order_of_their_devices(tiny_net, capture_of, images):
    model = tiny_net().eval()
    capture = capture_of(model)
    replica = object.__new__(type(model.attention))
    replica.__dict__ = {**model.attention.__dict__, "_is_replica": True}  # as DataParallel makes them
    replica(model.enter(images))
    replica(model.enter(images[:1]))
    (found,) = capture.take()
    assert found.maps.shape[0] == 1  # of one device the last counts
    assert found.kind == "gate"


def test_names_the_caller_gave_are_kept_apart_from_found_ones(tiny_net, capture_of, images):
    model = tiny_net()
    capture = capture_of(model, {"bam_6": "again", "other": "attention"})
    model(images)
    assert [m.name for m in capture.take()] == ["bam_6", "other"]


def test_detached_hooks_are_gone(tiny_net, capture_of, images):
    model = tiny_net()
    capture = capture_of(model)
    capture.detach()
    model(images)
    assert capture.take() == []
    assert all(not module._forward_hooks for module in model.modules())
