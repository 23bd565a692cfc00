"""The model's forward passes as they happen: timed, and their layers watched where the batch is due."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from itertools import chain
from typing import Any

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from statkit.training.capture import Capture
from statkit.training.guard import Guard
from statkit.training.hooks import Hook, in_backward
from statkit.training.ports import Port
from statkit.training.timing import StepTimer

_watched: weakref.WeakKeyDictionary[nn.Module, weakref.ref[Forwards]] = weakref.WeakKeyDictionary()


class Forwards:
    """Hooks on the root of a model and, through `Capture`, on its layers.

    A model has one of these at a time: a later one takes the hooks of the earlier off.

    Parameters
    ----------
    model : Module
        The root, as the training calls it.
    capture : Capture
        The hooks on its layers.
    port : callable
        Gives the port of a device.
    due : callable
        Tells whether the batch of a forward in training mode (True), or not, will be looked at closely.
    guard : Guard
        Takes what fails.

    Attributes
    ----------
    training : bool
        The mode of the last forward.
    device : torch.device
        The model's, at the last forward.
    count : int
        Forwards so far, those of checkpointing's second pass left out.
    """

    def __init__(
        self,
        model: nn.Module,
        capture: Capture,
        port: Callable[[torch.device], Port],
        due: Callable[[bool], bool],
        guard: Guard,
    ) -> None:
        self.model = model
        self.capture = capture
        self.training = model.training
        self.count = 0
        self.device = device_of(model)
        self.timer = StepTimer(lambda: port(self.device))
        self._due = due
        self._guard = guard
        self._spent = 0.0
        self._handles: list[RemovableHandle] = []

    @property
    def spent(self) -> float:
        """Seconds that all hooks took so far."""
        return self._spent + self.capture.spent

    def attach(self) -> None:
        """Put the hooks on, if they are not."""
        if self._handles:
            return
        earlier = _watched.get(self.model)
        if earlier is not None and (other := earlier()) is not None:
            other.detach()
        _watched[self.model] = weakref.ref(self)
        self._handles = [
            self.model.register_forward_pre_hook(Hook(self._starts)),
            self.model.register_forward_hook(Hook(self._ends)),
        ]
        self.capture.attach()
        self.expect(self.training)

    def detach(self) -> None:
        """Take the hooks off."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self.capture.detach()
        self.capture.armed = False

    @property
    def attached(self) -> bool:
        """Whether the hooks are on."""
        return bool(self._handles)

    def expect(self, training: bool) -> None:
        """Arm the layers' hooks, if the next batch is due."""
        self.capture.armed = self._due(training)

    def _starts(self, module: nn.Module, given: tuple[Any, ...]) -> None:
        if in_backward() or getattr(module, "_is_replica", False):
            return
        start = time.perf_counter()
        with self._guard.part("forward hook"):
            self.training = module.training
            self.device = device_of(self.model)
            self.capture.clear()
            self.expect(self.training)
            self.timer.forward_starts(self.training)
        self._spent += time.perf_counter() - start

    def _ends(self, module: nn.Module, given: tuple[Any, ...], made: Any) -> None:
        if in_backward() or getattr(module, "_is_replica", False):
            return
        start = time.perf_counter()
        with self._guard.part("forward hook"):
            self.timer.forward_ends()
            self.count += 1
        self._spent += time.perf_counter() - start


def device_of(model: nn.Module) -> torch.device:
    """Give the device of a model's first parameter or buffer; the CPU where it has none."""
    first = next(chain(model.parameters(), model.buffers()), None)
    return torch.device("cpu") if first is None else first.device
