"""Attention and activation maps, read off the forward pass that happens anyway.

Hooks stay in place for the whole training and return at once, except in a forward whose batch is
due; then each reduces its tensor to one map an image where it lies. Nothing is kept of the graph.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from statkit.training.discovery import Target
from statkit.training.guard import Guard
from statkit.training.hooks import Hook, in_backward
from statkit.training.reduction import Kind, energy_map, gate_from_io, gate_map


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayerMaps:
    """The maps of one layer for one batch.

    Attributes
    ----------
    name : str
        Unique among the layers: ``bam_32``.
    kind : {"gate", "gate_from_io", "energy"}
        What was taken.
    maps : Tensor of float32, shape (B, H, W)
        On the layer's device.
    """

    name: str
    kind: Kind
    maps: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    kind: Kind
    channels: int
    maps: Tensor


class Capture:
    """Forward hooks on the watched layers.

    A layer that fires twice in a forward counts by its last; the replicas of DataParallel are joined
    in the order of their devices; the second forward of gradient checkpointing is passed over.

    Parameters
    ----------
    targets : sequence of Target
        What to watch.
    guard : Guard
        Takes what fails.

    Attributes
    ----------
    armed : bool
        Whether the hooks take maps.
    spent : float
        Seconds that the hooks took so far.
    """

    def __init__(self, targets: Sequence[Target], guard: Guard) -> None:
        self.armed = False
        self.spent = 0.0
        self.targets = tuple(targets)
        self._guard = guard
        self._names: dict[int, str] = {}
        self._taken: dict[int, list[_Taken]] = {}
        self._gates: dict[tuple[int, torch.device], Tensor] = {}
        self._handles: list[RemovableHandle] = []

    def attach(self) -> None:
        """Hook the layers, if they are not."""
        if self._handles:
            return
        for place, target in enumerate(self.targets):
            if target.gate is not None:
                self._hook(target.gate, place, self._see_gate)
            self._hook(target.module, place, self._see)

    def _hook(self, module: nn.Module, place: int, see: Any) -> None:
        def call(module: nn.Module, given: tuple[Any, ...], made: Any) -> None:
            if not self.armed or in_backward():
                return
            start = time.perf_counter()
            with self._guard.part(f"attention of {self.targets[place].path or 'the model'}"), torch.no_grad():
                see(place, module, given, made)
            self.spent += time.perf_counter() - start

        self._handles.append(module.register_forward_hook(Hook(call)))

    def detach(self) -> None:
        """Take the hooks off."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self.clear()

    def clear(self) -> None:
        """Forget what was taken."""
        self._taken.clear()
        self._gates.clear()

    def take(self) -> list[LayerMaps]:
        """Hand over what the last forward gave, in the order of the targets."""
        taken = [
            LayerMaps(name=self._name(place, parts[-1].channels), kind=parts[-1].kind, maps=_joined(parts))
            for place, parts in sorted(self._taken.items())
        ]
        self.clear()
        return taken

    def _see_gate(self, place: int, _module: nn.Module, _given: tuple[Any, ...], made: Any) -> None:
        if isinstance(made, Tensor):
            found = gate_map(made)
            if found is not None:
                self._gates[place, made.device] = found

    def _see(self, place: int, module: nn.Module, given: tuple[Any, ...], made: Any) -> None:
        made = _first_tensor(made)
        found = self._reduced(place, _first_tensor(given), made) if made is not None else None
        if found is None or made is None:
            target = self.targets[place]
            self._guard.once(
                f"shape/{place}",
                f"⚠️  No map from {target.path or 'the model'}: a layer of kind {target.kind} must give "
                f"images, B×C×H×W; {_shape(made)} was found",
            )
            return
        replica = getattr(module, "_is_replica", False)  # of DataParallel: one of several in this forward
        others = [part for part in self._taken.get(place, ()) if part.maps.device != found.maps.device]
        self._taken[place] = [*others, found] if replica else [found]

    def _reduced(self, place: int, given: Tensor | None, made: Tensor) -> _Taken | None:
        target = self.targets[place]
        channels = made.shape[1] if made.ndim == 4 else 1
        if target.kind == "energy":
            return _taken("energy", channels, energy_map(made))
        if target.kind == "gate":
            return _taken("gate", channels, gate_map(made))
        gate = self._gates.pop((place, made.device), None)
        if gate is not None and gate.shape[-2:] == made.shape[-2:]:
            return _Taken("gate", channels, gate)
        if given is None:
            return None
        return _taken("gate_from_io", channels, gate_from_io(given, made, residual=target.residual))

    def _name(self, place: int, channels: int) -> str:
        """Name a layer once: as the caller did, else class and channels, with a suffix where taken."""
        if place not in self._names:
            target = self.targets[place]
            stem = target.name or f"{type(target.module).__name__.lower()}_{channels}"
            others = {*self._names.values(), *(t.name for t in self.targets if t is not target)}
            self._names[place] = _unique(stem, others)
        return self._names[place]


def _taken(kind: Kind, channels: int, maps: Tensor | None) -> _Taken | None:
    return None if maps is None else _Taken(kind, channels, maps)


def _unique(stem: str, others: set[str | None]) -> str:
    name, number = stem, 2
    while name in others:
        name, number = f"{stem}_{number}", number + 1
    return name


def _joined(parts: list[_Taken]) -> Tensor:
    if len(parts) == 1:
        return parts[0].maps
    ordered = sorted((part.maps for part in parts), key=lambda maps: maps.device.index or 0)
    return torch.cat([maps.to(ordered[0].device, non_blocking=True) for maps in ordered])


def _first_tensor(value: Any) -> Tensor | None:
    if isinstance(value, Tensor):
        return value
    if isinstance(value, tuple | list):
        return next((item for item in value if isinstance(item, Tensor)), None)
    return None


def _shape(value: Tensor | None) -> str:
    return "no tensor" if value is None else f"shape {'×'.join(map(str, value.shape)) or '()'}"
