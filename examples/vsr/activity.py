"""How much each layer does: the mean absolute activation, read by forward hooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn


class LayerActivity:
    """Mean absolute output of named layers over the passes that were watched.

    Parameters
    ----------
    layers : mapping of str to Module
        What to watch, by the name to report.
    """

    def __init__(self, layers: Mapping[str, nn.Module]) -> None:
        self._layers = dict(layers)
        self._sums = dict.fromkeys(self._layers, 0.0)
        self._passes = dict.fromkeys(self._layers, 0)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the layers for as long as the block runs, starting from nothing."""
        self._sums = dict.fromkeys(self._layers, 0.0)
        self._passes = dict.fromkeys(self._layers, 0)
        handles = [layer.register_forward_hook(self._reader(name)) for name, layer in self._layers.items()]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _reader(self, name: str) -> Any:
        def read(_module: nn.Module, _inputs: tuple[Any, ...], output: Tensor) -> None:
            self._sums[name] += float(output.detach().abs().mean())
            self._passes[name] += 1

        return read

    def map(self) -> dict[str, float]:
        """Give the raw mean of each layer; 0.0 for one that saw no pass."""
        return {name: self._sums[name] / max(1, self._passes[name]) for name in self._layers}
