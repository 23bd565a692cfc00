"""Both ports; that of CUDA against a stand-in whose copies and events finish late."""

import numpy as np
import pytest
import torch

from statkit.training.ports import CudaPort, HostPort, port_of


class Event:
    def __init__(self, cuda, enable_timing):
        self.cuda, self.timing, self.at = cuda, enable_timing, None

    def record(self, stream):
        assert stream == "stream of cuda:3"
        self.at = self.cuda.queued = self.cuda.queued + 1

    def query(self):
        return self.cuda.done >= self.at

    def elapsed_time(self, other):
        assert self.timing
        assert self.query()
        assert other.query()
        return float(other.at - self.at)


class Cuda:
    """``torch.cuda``: what is queued is done when ``done`` says so."""

    def __init__(self):
        self.queued = self.done = 0
        self.events = 0

    def Event(self, enable_timing):
        self.events += 1
        return Event(self, enable_timing)

    def current_stream(self, device):
        return f"stream of {device}"

    def max_memory_allocated(self, device):
        return 3 * 2**20


@pytest.fixture
def cuda(monkeypatch):
    plain = torch.empty

    def empty(*size, pin_memory=False, **options):
        assert pin_memory
        return plain(*size, **options)

    monkeypatch.setattr("statkit.training.ports.torch.empty", empty)
    return Cuda()


@pytest.fixture
def port(cuda):
    return CudaPort(torch.device("cuda:3"), cuda)


def test_a_host_parcel_is_there_at_once():
    port = port_of(torch.device("cpu"))
    assert isinstance(port, HostPort)
    parcel = port.send([torch.arange(3.0), torch.ones(2, 2, dtype=torch.uint8)])
    assert parcel.ready()
    assert parcel.wait(0)
    first, second = parcel.arrays()
    assert first.tolist() == [0, 1, 2]
    assert second.dtype == np.uint8
    start = port.mark()
    assert port.milliseconds(start, start + 0.5) == 500
    assert port.memory_mib() > 10


def test_a_parcel_from_the_device_arrives_when_its_event_has_passed(cuda, port):
    sent = [
        torch.tensor([1.5, -2.0], dtype=torch.float64),
        torch.rand(2, 3, 5),
        torch.full((7,), 9, dtype=torch.uint8),
    ]
    parcel = port.send(sent)
    assert not parcel.ready()
    assert not parcel.wait(0.002)
    cuda.done = 1
    assert parcel.ready()
    assert parcel.wait(0)
    for expected, found in zip(sent, parcel.arrays(), strict=True):
        assert found.dtype == expected.numpy().dtype
        assert np.array_equal(found, expected.numpy())


def test_buffers_in_flight_are_not_shared_and_landed_ones_are_used_again(cuda, port):
    first, second = port.send([torch.ones(4)]), port.send([torch.zeros(4)])
    cuda.done = 2
    (ones,) = first.arrays()
    third = port.send([torch.full((4,), 3.0)])
    cuda.done = 3
    assert ones.tolist() == [1] * 4, "what was handed out belongs to the caller"
    assert second.arrays()[0].tolist() == [0] * 4
    assert third.arrays()[0].tolist() == [3] * 4
    assert len(port._buffers) == 2
    assert cuda.events == 2


def test_a_larger_parcel_gets_a_larger_buffer(cuda, port):
    port.send([torch.ones(4)])
    parcel = port.send([torch.arange(5000.0)])
    cuda.done = 2
    assert parcel.arrays()[0].tolist() == list(range(5000))


def test_times_come_from_events_that_are_used_again(cuda, port):
    first, last = port.mark(), port.mark()
    cuda.done = 2
    assert port.milliseconds(first, last) == 1.0
    port.mark()
    assert cuda.events == 2
    assert port.memory_mib() == 3.0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_real_device_hands_over_without_waiting():
    port = port_of(torch.device("cuda", torch.cuda.current_device()))
    torch.cuda.set_sync_debug_mode("error")
    try:
        start = port.mark()
        values = torch.arange(1000.0, device="cuda") * 2
        end = port.mark()
        parcel = port.send([values])
        parcel.ready()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert parcel.wait(10)
    assert parcel.arrays()[0].tolist() == [2.0 * i for i in range(1000)]
    assert port.milliseconds(start, end) >= 0
