"""What is seen on a forward pass."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from statkit.training.callbacks.forwards import ForwardWatch, images, like


class Returns(nn.Module):
    """Gives what a function makes of its input."""

    def __init__(self, make):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))
        self.make = make

    def forward(self, x=None, **named):
        return self.make(self.weight * x if x is not None else None, **named)


BATCH = torch.rand(2, 3, 8, 8)


def seen(make, *given, output=None, **named):
    module = Returns(make)
    watch = ForwardWatch(module, output)
    module(*given, **named)
    return watch.take()


def test_images_are_found_in_nested_values_in_their_order():
    first, second, third = (torch.rand(1, 1, 2, 2) for _ in range(3))
    value = {
        "a": [first, "text", (torch.rand(3), second)],
        "b": {"c": third, "ids": torch.ones(1, 1, 2, 2).int()},
    }
    assert [id(image) for image in images(value)] == [id(first), id(second), id(third)]
    assert images(None) == images(torch.rand(2, 3)) == []


def test_an_output_of_the_inputs_shape_is_preferred():
    small, same = torch.rand(2, 8, 4, 4), torch.rand(2, 3, 8, 8)
    assert like(BATCH, (small, same)) is same
    assert like(BATCH, [small]) is small
    assert like(BATCH, torch.rand(2, 5)) is None


def test_input_and_output_are_kept_off_the_graph():
    found = seen(lambda x: x * 2, BATCH)
    torch.testing.assert_close(found.input, BATCH)
    torch.testing.assert_close(found.output, BATCH * 2)
    assert not found.output.requires_grad
    assert found.training
    assert found.loss is None


def test_named_inputs_and_the_models_own_loss_are_seen():
    found = seen(
        lambda _x, pixels, labels: {"loss": pixels.mean(), "logits": torch.rand(2, 5), "image": pixels},
        pixels=BATCH,
        labels=torch.tensor([0, 1]),
    )
    assert found.input is not None
    assert float(found.loss) == pytest.approx(float(BATCH.mean()))


def test_the_image_can_be_picked():
    found = seen(lambda x: (x, x + 1), BATCH, output=lambda made: made[1])
    torch.testing.assert_close(found.output, BATCH + 1)


@pytest.mark.parametrize("make", [lambda x: x.mean(), lambda x: None])
def test_no_image_out_is_nothing(make):
    assert seen(make, BATCH) is None


def test_no_image_in_is_nothing():
    assert seen(lambda x: BATCH, torch.rand(4)) is None


def test_what_is_taken_is_gone_and_the_last_forward_counts():
    module = Returns(lambda x: x)
    watch = ForwardWatch(module)
    module(BATCH)
    module(BATCH + 1)
    torch.testing.assert_close(watch.take().input, BATCH + 1)
    assert watch.take() is None
    module(BATCH)
    watch.close()
    assert watch.take() is None
    assert not module._forward_hooks


def test_the_second_forward_of_checkpointing_is_passed_over():
    module = Returns(lambda x: x)
    watch = ForwardWatch(module)
    output = checkpoint(module, BATCH.clone().requires_grad_(), use_reentrant=True)
    assert watch.take() is not None
    output.sum().backward()
    assert watch.take() is None


def test_a_copy_of_the_module_is_not_watched():
    module = Returns(torch.square)
    watch = ForwardWatch(module)
    copy.deepcopy(module)(BATCH)
    assert watch.take() is None
