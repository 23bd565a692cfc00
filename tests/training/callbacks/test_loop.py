"""A plain loop hands over what it has."""

from __future__ import annotations

import json

import pytest
import torch

from statkit.training import AutomaticAnalyzer
from statkit.training.callbacks.loop import LoopCallback


def train(watched, model, images, epochs, batch_size=4, fail_at=None):
    """Two phases an epoch; the records that came back."""
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    noisy, clean = (part.split(batch_size) for part in images)
    told = []
    for epoch in watched.epochs(epochs):
        for phase in ("train", "val"):
            for x, y in watched.batches(zip(noisy, clean, strict=True), phase):
                model.train(phase == "train")
                output = model(x)
                loss = (output - y).square().mean()
                if phase == "train":
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                told.append(watched.observe(x, output, loss, target_tensor=y))
                if fail_at == len(told):
                    raise ValueError(f"failed in epoch {epoch}")
    return told


def test_batches_epochs_and_phases_are_counted(net, quiet, images, recorded, tmp_path):
    model = net()
    with LoopCallback(AutomaticAnalyzer(model, **quiet)) as watched:
        told = train(watched, model, images, epochs=2)
    found = recorded()
    assert [(r["epoch"], r["phase"], r["batch_idx"]) for r in found] == [
        (epoch, phase, batch) for epoch in (0, 1) for phase in ("train", "val") for batch in range(3)
    ]
    assert [r["loss"] for r in found] == [r["loss"] for r in told]
    assert [r["global_step"] for r in recorded("train")] == [1, 2, 3, 4, 5, 6]
    assert model.forwards == 12
    for epoch in (0, 1):
        saved = json.loads((tmp_path / "run" / f"epoch_{epoch}_metrics.json").read_text())
        assert len(saved["batch_metrics"]) == 6
    assert (tmp_path / "run" / "final_training_metrics.json").exists()


def test_the_target_is_what_the_output_is_compared_with(net, quiet, images):
    model = net()
    with LoopCallback(AutomaticAnalyzer(model, **quiet)) as watched:
        for record in train(watched, model, images, epochs=1):
            assert record["mse"] == pytest.approx(record["loss"], rel=1e-5)


def test_a_resumed_loop_goes_on_counting_epochs(net, quiet, images, recorded):
    model = net()
    with LoopCallback(AutomaticAnalyzer(model, **quiet)) as watched:
        x = images[0][:4]
        for epoch in watched.epochs(2, first=5):
            for batch in watched.batches([x]):
                watched.observe(batch, model(batch), 0.5)
            assert epoch in (5, 6)
    assert [record["epoch"] for record in recorded()] == [5, 6]


def test_a_loop_that_fails_leaves_its_files_and_no_hooks(net, quiet, images, tmp_path, hooks_of):
    model = net()
    with (
        pytest.raises(ValueError, match="failed in epoch 0"),
        LoopCallback(AutomaticAnalyzer(model, **quiet)) as watched,
    ):
        train(watched, model, images, epochs=2, fail_at=2)
    final = json.loads((tmp_path / "run" / "final_training_metrics.json").read_text())
    assert len(final["batch_metrics"]) == 2
    assert hooks_of(model) == 0
