"""What "zero overhead" means here: nothing run twice, nothing waited for, nothing disturbed."""

import copy

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

EVERYTHING = {"analysis_freq": 3, "detailed_freq": 2, "validation_batches": 2}


def state(run):
    optimizer = run.optimizer.state_dict()["state"]
    return [*run.model.state_dict().values(), *(v for s in optimizer.values() for v in s.values())]


def test_fifty_steps_leave_the_same_bits_with_and_without(training, analyzer_for):
    without = training().steps(25).validate(5).steps(25)
    numbers = torch.rand(3)
    run = training(lambda model: analyzer_for(model, pathology=True, **EVERYTHING))
    with_it = run.steps(25).validate(5).steps(25)
    assert torch.equal(numbers, torch.rand(3)), "the random numbers moved"
    assert len(state(with_it)) > 20
    for expected, found in zip(state(without), state(with_it), strict=True):
        assert torch.equal(expected, found)


def test_no_forward_but_the_trainings_own(training, analyzer_for):
    run = training(lambda model: analyzer_for(model, **EVERYTHING)).steps(12).validate(3)
    run.analyzer.finish()
    assert run.model.forwards == 15


def test_gradients_and_grad_mode_stay(training, analyzer_for):
    run = training(lambda model: analyzer_for(model, **EVERYTHING)).steps(6)
    assert torch.is_grad_enabled()
    without = training().steps(6)
    for expected, found in zip(without.model.parameters(), run.model.parameters(), strict=True):
        assert torch.equal(expected.grad, found.grad)


class Counter(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.names.append(str(function))
        return function(*args, **(kwargs or {}))


def test_no_value_of_a_tensor_is_read(training, analyzer_for):
    run = training(lambda model: analyzer_for(model, **EVERYTHING))
    with Counter() as counter:
        run.steps(12).validate(3)
    assert len(counter.names) > 1000
    read = [name for name in counter.names if "_local_scalar_dense" in name or "nonzero" in name]
    assert len(read) == len([n for n in Counted(training).names if "_local_scalar_dense" in n])


class Counted:
    """The same loop without an analyzer: Adam itself reads its step counter on a CPU."""

    def __init__(self, training):
        with Counter() as counter:
            training().steps(12).validate(3)
        self.names = counter.names


def on_cuda(model):
    """Move parameters; running statistics go, for without CUDA nothing can be copied into them."""
    for module in model.modules():
        module._buffers = dict.fromkeys(module._buffers)
        for name, tensor in module._parameters.items():
            module._parameters[name] = torch.empty(tensor.shape, device="cuda")
    return model


def test_the_hot_path_runs_on_a_cuda_device_whose_values_cannot_be_read(
    tiny_net, analyzer_for, slow_port, never
):
    port = slow_port(never)
    with FakeTensorMode(), torch.no_grad():  # a build without CUDA has no autograd for it
        model = on_cuda(tiny_net())
        analyzer = analyzer_for(model, port=port, pathology=True, **EVERYTHING)
        failures = []
        analyzer._engine.guard.failed = lambda what, error: failures.append((what, error))
        for batch in range(6):
            images = torch.empty(2, 3, 16, 16, device="cuda")
            output = model(images)
            loss = (output - images).square().mean()
            record = analyzer.analyze_batch(batch, images, output, loss)
            assert record["loss"] is None
            with pytest.raises(Exception, match="_local_scalar_dense"):
                loss.item()  # what the analysis must not do
        analyzer.detach()
        analyzer._engine.arrivals._waiting.clear()
    assert failures == []
    assert [len(sent) for sent in port.sent] == [1, 4, 8, 4, 1, 8]


def test_inputs_and_outputs_are_not_written_to(tiny_net, analyzer_for):
    model = tiny_net()

    def in_place(images):
        return images.mul_(0.5).add_(0.5)

    analyzer = analyzer_for(model, denormalize=in_place, data_range=2.0, **EVERYTHING)
    for batch in range(3):
        images = torch.rand(2, 3, 16, 16) * 2 - 1
        output = model(images)
        before = copy.deepcopy((images, output.detach()))
        analyzer.analyze_batch(batch, images, output, 0.1)
        assert torch.equal(images, before[0])
        assert torch.equal(output, before[1])


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad])
def test_outputs_of_inference_mode_are_measured(tiny_net, analyzer_for, lines, mode):
    model = tiny_net().eval()
    analyzer = analyzer_for(model)
    with mode():
        images = torch.rand(2, 3, 16, 16)
        output = model(images)
    record = analyzer.analyze_batch(0, images, output, (output - images).square().mean(), "val")
    assert record["mse"] == pytest.approx(float((output - images).double().square().mean()), rel=1e-6)
    assert record["attention_bam_6_attention_entropy"] > 0
    assert lines == []
