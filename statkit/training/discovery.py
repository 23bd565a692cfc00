"""Which modules of a model are watched, found by their class or named by the caller.

A class whose name holds ``BAM``, ``SpatialGate``, ``SpatialAttention`` or ``AttentionGate`` is an
attention module; one whose name holds ``KAN`` has no attention, its activation energy is taken, unless
it is a network: one that holds attention, or convolutions and further KAN layers. What stands inside a
module that was found is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, TypeAlias, cast

from torch import nn

from statkit.errors import UsageError, shortened
from statkit.training.reduction import KINDS, Kind

#: What ``layers=`` may hold: a module, its dotted name, or either with a kind.
Layer: TypeAlias = nn.Module | str | tuple[nn.Module | str, str]
Layers: TypeAlias = Mapping[str, Layer] | Sequence[Layer]

_ATTENTION: Final = re.compile(r"BAM|Bam(?![a-z])|SpatialGate|SpatialAttention|AttentionGate")
_KAN: Final = re.compile(r"KAN|Kan(?![a-z])")

#: Attention whose output is the input times the gate. BAM adds the input; so does what is not known.
_MULTIPLICATIVE: Final = re.compile(r"CBAM|Cbam|SpatialGate|SpatialAttention|AttentionGate")

_CONVOLUTIONS: Final = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target:
    """One module to watch.

    Attributes
    ----------
    module : Module
        Its output (and input) is looked at.
    path : str
        Dotted name within the model; empty for the model itself.
    kind : {"gate", "gate_from_io", "energy"}
        What is taken.
    name : str or None
        Name in the records; None: class name and channels, once these are known.
    gate : Module or None
        For ``gate_from_io``: the inner module whose output is the gate, preferred where its map has the
        size of the module's.
    residual : bool
        For ``gate_from_io``: whether the module adds its input.
    """

    module: nn.Module
    path: str
    kind: Kind
    name: str | None = None
    gate: nn.Module | None = None
    residual: bool = True

    @property
    def expected(self) -> Kind:
        """The kind its maps will have, if the inner gate is one."""
        return "gate" if self.gate is not None else self.kind


def discover(model: nn.Module) -> list[Target]:
    """Find attention modules and KAN layers by the names of their classes, in the model's order."""
    return list(_discovered(model, ""))


def _discovered(module: nn.Module, path: str) -> Iterator[Target]:
    kind = _kind_of(module) if path else None
    if kind is not None:
        yield _target(module, path, kind, None)
        return
    for name, child in module.named_children():
        yield from _discovered(child, f"{path}.{name}" if path else name)


def _kind_of(module: nn.Module) -> Kind | None:
    name = type(module).__name__
    if _ATTENTION.search(name):
        return "gate_from_io"
    return "energy" if _KAN.search(name) and not _is_network(module) else None


def _is_network(module: nn.Module) -> bool:
    parts = [part for part in module.modules() if part is not module]
    names = [type(part).__name__ for part in parts]
    if any(map(_ATTENTION.search, names)):
        return True
    return any(map(_KAN.search, names)) and any(isinstance(part, _CONVOLUTIONS) for part in parts)


def resolve(model: nn.Module, layers: Layers) -> list[Target]:
    """Find the modules the caller named.

    Parameters
    ----------
    model : Module
        Where dotted names are looked up.
    layers : mapping or sequence
        Name in the records to module, dotted name, or (either, kind); a sequence leaves the names to
        the classes. Without a kind the class decides, and a class that says nothing is taken for a gate.

    Raises
    ------
    UsageError
        A name that the model does not have, a kind that does not exist, or something else than a module.
    """
    if isinstance(layers, str | nn.Module):
        raise UsageError(
            f"layers is {_said(layers)}; give a list of modules or names, or a dict of names to them"
        )
    named = layers.items() if isinstance(layers, Mapping) else [(None, layer) for layer in layers]
    return [_resolved(model, name, layer) for name, layer in named]


def _resolved(model: nn.Module, name: str | None, layer: Layer) -> Target:
    where, kind = layer if isinstance(layer, tuple) else (layer, None)
    if kind is not None and kind not in KINDS:
        raise UsageError(f"layers names the kind {kind!r}; possible: {', '.join(KINDS)}")
    if isinstance(where, str):
        module, path = _named(model, where), where
    elif isinstance(where, nn.Module):
        module, path = where, next((p for p, m in model.named_modules() if m is where), "")
    else:
        raise UsageError(
            f"layers holds {_said(where)}; possible: a module or its dotted name, alone or with a kind"
        )
    return _target(module, path, cast("Kind", kind) if kind else (_kind_of(module) or "gate"), name)


def _named(model: nn.Module, path: str) -> nn.Module:
    modules: dict[str, nn.Module] = dict(model.named_modules())
    if path in modules:
        return modules[path]
    near = get_close_matches(path, modules, n=3, cutoff=0.5)
    known = (
        f"Did you mean {' or '.join(near)}?" if near else f"It has: {shortened([p for p in modules if p])}."
    )
    raise UsageError(f"No module {path!r} in {type(model).__name__}. {known}")


def _target(module: nn.Module, path: str, kind: Kind, name: str | None) -> Target:
    if kind != "gate_from_io":
        return Target(module=module, path=path, kind=kind, name=name)
    residual = _MULTIPLICATIVE.search(type(module).__name__) is None
    return Target(module=module, path=path, kind=kind, name=name, gate=_inner_gate(module), residual=residual)


def _inner_gate(module: nn.Module) -> nn.Module | None:
    """Find the part that gives the gate: one called ``gate``, else the only sigmoid."""
    gate = getattr(module, "gate", None)
    if isinstance(gate, nn.Module):
        return gate
    sigmoids = [part for part in module.modules() if isinstance(part, nn.Sigmoid)]
    return sigmoids[0] if len(sigmoids) == 1 else None


def _said(value: Any) -> str:
    return f"{value!r}" if isinstance(value, str) else f"of type {type(value).__name__}"
