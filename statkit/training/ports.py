"""The two lines between host and device: its clock, and copies that arrive later.

On a CPU both are immediate. On CUDA a copy goes into pinned memory while the host goes on, and an
event says when it is there; nothing waits for the device before `Parcel.wait`. Reading a buffer
before its event has passed would give garbage.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from statkit.training.memory import resident_mib

Array = NDArray[Any]

_ALIGNMENT: Final = 64
_POLL_SECONDS: Final = 0.0005


class Parcel(Protocol):
    """Tensors on their way to the host."""

    def ready(self) -> bool:
        """Tell whether they have arrived; never waits."""

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; tell whether they have arrived."""

    def arrays(self) -> list[Array]:
        """Give what arrived, in the order sent, as arrays of their own. Called once, after `ready`."""


class Port(Protocol):
    """What the analysis needs of a device."""

    def mark(self) -> Any:
        """Note a moment of the device's own time line."""

    def milliseconds(self, first: Any, last: Any) -> float:
        """Give the time between two marks, once a parcel sent after them is ready."""

    def send(self, tensors: Sequence[Tensor]) -> Parcel:
        """Start copying tensors that nobody will change any more."""

    def memory_mib(self) -> float | None:
        """Give the memory in use, in MiB: see the implementations."""


def port_of(device: torch.device) -> Port:
    """Give the port of a device; one that is neither CPU nor CUDA is copied from synchronously."""
    return CudaPort(device) if device.type == "cuda" else HostPort()


class HostPort:
    """A device whose work is done when a call returns; memory is the process's resident set."""

    def mark(self) -> float:
        """Give the seconds of the performance counter."""
        return time.perf_counter()

    def milliseconds(self, first: float, last: float) -> float:
        """Give their difference."""
        return (last - first) * 1000.0

    def send(self, tensors: Sequence[Tensor]) -> Parcel:
        """Hand the tensors over as they are."""
        return Arrived([tensor.cpu().numpy() for tensor in tensors])

    def memory_mib(self) -> float | None:
        """Give the resident set size."""
        return resident_mib()


class Arrived:
    """A parcel that is there."""

    def __init__(self, arrays: list[Array]) -> None:
        self._arrays = arrays

    def ready(self) -> bool:
        """Always."""
        return True

    def wait(self, seconds: float) -> bool:
        """Not needed."""
        return True

    def arrays(self) -> list[Array]:
        """Give the arrays."""
        return self._arrays


class CudaPort:
    """A CUDA device: events for its clock, pinned buffers for copies, both used again and again.

    Memory is ``max_memory_allocated``, the peak since the program began or last reset it.

    Parameters
    ----------
    device : torch.device
        Whose current stream is followed.
    cuda : module
        ``torch.cuda``, or what stands for it in a test.
    """

    def __init__(self, device: torch.device, cuda: Any = torch.cuda) -> None:
        self._device = device
        self._cuda = cuda
        self._marks: list[Any] = []
        self._events: list[Any] = []
        self._buffers: list[Tensor] = []

    def mark(self) -> Any:
        """Record an event."""
        return self._recorded(self._marks, timing=True)

    def milliseconds(self, first: Any, last: Any) -> float:
        """Give the time between two events that have passed, and use them again."""
        elapsed = float(first.elapsed_time(last))
        self._marks += (first, last)
        return elapsed

    def send(self, tensors: Sequence[Tensor]) -> Parcel:
        """Queue the copies and an event behind them."""
        places, end = [], 0
        for tensor in tensors:
            size = tensor.numel() * tensor.element_size()
            places.append(slice(end, end + size))
            end += -(-size // _ALIGNMENT) * _ALIGNMENT
        buffer = self._buffer(end)
        landing = [buffer[p].view(t.dtype).view(t.shape) for p, t in zip(places, tensors, strict=True)]
        for place, tensor in zip(landing, tensors, strict=True):
            place.copy_(tensor, non_blocking=True)
        return _Flying(self, landing, buffer, self._recorded(self._events, timing=False))

    def memory_mib(self) -> float | None:
        """Give the allocator's peak."""
        return float(self._cuda.max_memory_allocated(self._device)) / 2**20

    def landed(self, buffer: Tensor, event: Any) -> None:
        """Take back what a parcel no longer needs."""
        self._buffers.append(buffer)
        self._events.append(event)

    def _recorded(self, free: list[Any], *, timing: bool) -> Any:
        event = free.pop() if free else self._cuda.Event(enable_timing=timing)
        event.record(self._cuda.current_stream(self._device))
        return event

    def _buffer(self, size: int) -> Tensor:
        fitting = [b for b in self._buffers if b.numel() >= size]
        if fitting:
            smallest = min(fitting, key=Tensor.numel)
            self._buffers = [b for b in self._buffers if b is not smallest]
            return smallest
        return torch.empty(max(4096, 1 << (size - 1).bit_length()), dtype=torch.uint8, pin_memory=True)


class _Flying:
    """A parcel on its way into a pinned buffer."""

    def __init__(self, port: CudaPort, landing: list[Tensor], buffer: Tensor, event: Any) -> None:
        self._port = port
        self._landing = landing
        self._buffer = buffer
        self._event = event

    def ready(self) -> bool:
        return bool(self._event.query())

    def wait(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self.ready():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def arrays(self) -> list[Array]:
        arrays = [np.array(place.numpy()) for place in self._landing]
        self._port.landed(self._buffer, self._event)
        return arrays
