"""What went into a model and came out, seen on the forward pass that a framework makes anyway."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from statkit.training.hooks import Hook, in_backward

#: Turns what a model returned into the image to analyze.
Output = Callable[[Any], Tensor | None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forward:
    """The last forward pass.

    Attributes
    ----------
    input, output : Tensor
        B×C×H×W, cut off from the graph, where they lie.
    loss : Tensor or None
        What the model itself returned as ``loss``.
    training : bool
        Whether the model was in training mode.
    """

    input: Tensor
    output: Tensor
    loss: Tensor | None
    training: bool


class ForwardWatch:
    """A forward hook that keeps images of the last forward pass until they are taken.

    Parameters
    ----------
    module : Module
        The outermost module that takes the images.
    output : callable, optional
        Picks the image from what the module returned. Left out: the first floating tensor B×C×H×W,
        one of the input's shape if there is one.
    """

    def __init__(self, module: nn.Module, output: Output | None = None) -> None:
        self.name = type(module).__name__
        self._output = output
        self._last: Forward | None = None
        self._handle = module.register_forward_hook(Hook(self._see), with_kwargs=True)

    def take(self) -> Forward | None:
        """Hand over the last forward pass, and forget it; None if there was none with images."""
        last, self._last = self._last, None
        return last

    def close(self) -> None:
        """Take the hook off."""
        self._handle.remove()
        self._last = None

    def _see(self, module: nn.Module, given: tuple[Any, ...], named: dict[str, Any], made: Any) -> None:
        if in_backward():
            return
        source = next(iter(images((given, named))), None)
        if source is None:
            return
        chosen = self._output(made) if self._output is not None else like(source, made)
        if chosen is not None:
            self._last = Forward(
                input=source.detach(), output=chosen.detach(), loss=_loss(made), training=module.training
            )


def images(value: Any) -> list[Tensor]:
    """Find the floating tensors B×C×H×W in nested tuples, lists and mappings, in their order."""
    if isinstance(value, Tensor):
        return [value] if value.ndim == 4 and torch.is_floating_point(value) else []
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, tuple | list):
        return [image for part in value for image in images(part)]
    return []


def like(source: Tensor, made: Any) -> Tensor | None:
    """Choose an image from an output: one of the source's shape if there is one, else the first."""
    found = images(made)
    return next((image for image in found if image.shape == source.shape), found[0] if found else None)


def _loss(made: Any) -> Tensor | None:
    loss = made.get("loss") if isinstance(made, Mapping) else None
    return loss.detach() if isinstance(loss, Tensor) and loss.ndim == 0 else None
