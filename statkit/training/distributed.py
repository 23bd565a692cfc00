"""What several processes, or several devices, change: the wrappers around a model, and directories."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from torch import nn

from statkit.writers.processes import may_write, rank

#: Wrappers by class name, and the attribute that holds the wrapped model.
_WRAPPERS: Final = {
    "DataParallel": "module",
    "DistributedDataParallel": "module",
    "OptimizedModule": "_orig_mod",
}


def unwrapped(model: nn.Module) -> nn.Module:
    """Give the model inside DataParallel, DistributedDataParallel and torch.compile's wrapper."""
    while (attribute := _WRAPPERS.get(type(model).__name__)) is not None:
        inner = getattr(model, attribute, None)
        if not isinstance(inner, nn.Module):
            break
        model = inner
    return model


def is_active(all_ranks: bool) -> bool:
    """Tell whether this process analyses: rank 0, or every one where asked; no DataLoader worker."""
    return may_write(all_ranks)


def directory_of_rank(directory: Path) -> Path:
    """Give this process's own directory: the one given for rank 0, else ``<name>_rank_<r>`` beside it."""
    number = rank()
    return directory if number == 0 else directory.with_name(f"{directory.name}_rank_{number}")
