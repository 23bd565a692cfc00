"""How many tiles fit into a batch: tried out beforehand, and halved when memory runs out all the same."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor, nn

from dae_kan.settings import USUAL_BATCH_SIZE
from dae_kan.tiles import SIDE

#: The largest batch that is tried; beyond it the 400 tiles of an epoch make too few steps to learn.
LARGEST: Final = 64

#: The smallest: one tile has no spread that batch normalisation could divide by.
SMALLEST: Final = 2

#: What a CPU says where memory is short: the allocator, and oneDNN.
_SHORTAGES: Final = ("allocate memory", "could not create a primitive", "could not execute a primitive")


def largest_fitting(enough: Callable[[int], bool], start: int, largest: int) -> int:
    """Find the largest batch size that fits, by doubling from a start or halving from it to `SMALLEST`.

    Parameters
    ----------
    enough : callable
        Tells whether the memory is enough for a batch of that size.
    start, largest : int
        The first size tried, and the last.

    Raises
    ------
    MemoryError
        If not even the smallest fits.
    """
    size = start
    while not enough(size):
        if size <= SMALLEST:
            raise MemoryError(f"not even a batch of {size} tiles fits: free memory, or use --no-cuda")
        size //= 2
    if size == start:
        while size * 2 <= largest and enough(size * 2):
            size *= 2
    return size


def find(model: nn.Module, device: torch.device) -> int:
    """Choose a batch size: the largest that fits on a GPU; on a CPU the usual one, or what fits of it.

    A copy of the model is tried, so that weights and running statistics stay as they are.
    """
    largest = USUAL_BATCH_SIZE if device.type == "cpu" else LARGEST
    found = largest_fitting(lambda size: fits(model, size, device), USUAL_BATCH_SIZE, largest)
    if device.type == "cuda":
        torch.cuda.empty_cache()
    return found


def fits(model: nn.Module, size: int, device: torch.device) -> bool:
    """Try a forward and a backward pass of a copy; tell whether memory suffices."""
    try:
        output: Tensor = copy.deepcopy(model)(torch.zeros(size, 3, SIDE, SIDE, device=device))
        output.mean().backward()
    except torch.OutOfMemoryError:
        return False
    except RuntimeError as error:
        if any(said in str(error) for said in _SHORTAGES):
            return False
        raise
    return True
