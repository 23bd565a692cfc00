"""Maps against the definitions, cell by cell in float64."""

import numpy as np
import pytest
import torch

from statkit.training.reduction import energy_map, gate_from_io, gate_map


def batch(*shape, seed=0, dtype=torch.float32):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape)).to(dtype)


def test_a_gate_is_averaged_over_its_channels():
    gate = batch(3, 5, 4, 6).sigmoid()
    expected = [
        [[np.mean([float(g[c, y, x]) for c in range(5)]) for x in range(6)] for y in range(4)] for g in gate
    ]
    assert gate_map(gate).numpy() == pytest.approx(np.array(expected), rel=1e-6)


def test_a_gate_without_channels_is_copied():
    gate = batch(2, 4, 4)
    found = gate_map(gate)
    gate.zero_()
    assert found.abs().min() > 0


@pytest.mark.parametrize("residual", [True, False])
def test_the_gate_comes_back_from_input_and_output(residual):
    x, gate = batch(2, 7, 5, 6), batch(2, 1, 5, 6, seed=1).sigmoid()
    y = x + x * gate if residual else x * gate
    assert gate_from_io(x, y, residual=residual).numpy() == pytest.approx(gate[:, 0].numpy(), abs=2e-6)


def test_a_gate_that_differs_between_channels_is_weighted_by_energy():
    x, gate = batch(1, 3, 2, 2), batch(1, 3, 2, 2, seed=1).sigmoid()
    square = x.double() ** 2
    expected = (square * gate).sum(1) / square.sum(1)
    assert gate_from_io(x, x + x * gate, residual=True).numpy() == pytest.approx(expected.numpy(), abs=1e-5)


def test_what_writes_into_its_input_has_no_gate():
    x = batch(1, 2, 3, 3)
    assert gate_from_io(x, x, residual=True) is None


def test_energy_is_the_sum_of_squares_and_does_not_overflow_in_half_precision():
    made = torch.full((2, 512, 3, 3), 40.0, dtype=torch.float16)
    assert energy_map(made).tolist() == pytest.approx(np.full((2, 3, 3), 512 * 40.0**2), rel=1e-5)
    assert energy_map(made).dtype == torch.float32
    made = batch(2, 9, 4, 5)
    expected = (made.double().numpy() ** 2).sum(axis=1)
    assert energy_map(made).numpy() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4, 5, 6)])
def test_other_shapes_have_no_map(shape):
    assert energy_map(torch.ones(shape)) is None
    assert gate_map(torch.ones(shape)) is None
    assert gate_from_io(torch.ones(shape), torch.ones(shape), residual=True) is None


def test_autocast_around_the_forward_rounds_no_map():
    x, gate = batch(2, 64, 5, 6), batch(2, 1, 5, 6, seed=1).sigmoid()
    made = x + x * gate
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = gate_from_io(x, made, residual=True), energy_map(made), gate_map(gate)
    outside = gate_from_io(x, made, residual=True), energy_map(made), gate_map(gate)
    for found, expected in zip(inside, outside, strict=True):
        assert torch.equal(found, expected)
