"""Hooks that stay with one module: copies and pickles of a module carry none that do anything.

A module keeps its hooks in its ``__dict__``, so they travel with ``copy.deepcopy``, ``pickle`` and
``torch.save`` of a whole module (never with ``state_dict``). These become a callable of the standard
library that does nothing, so that a copy disturbs no analysis and a pickle loads without statkit.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch

#: Takes any positional arguments and returns None.
IDLE = nullcontext().__exit__


class Hook:
    """A forward hook or pre-hook; torch.compile leaves it to the interpreter.

    Parameters
    ----------
    call : callable
        Takes what torch hands over: module, inputs and, after the forward, output. It returns nothing.
    """

    __slots__ = ("_call",)

    def __init__(self, call: Callable[..., None]) -> None:
        self._call: Callable[..., None] = torch.compiler.disable(call)  # type: ignore[no-untyped-call]

    def __call__(self, *arguments: Any) -> None:
        """Pass the arguments on."""
        self._call(*arguments)

    def __deepcopy__(self, memo: dict[int, Any]) -> Callable[..., None]:
        return IDLE

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (nullcontext(), "__exit__")


def in_backward() -> bool:
    """Tell whether autograd is at work in this thread: a forward then is checkpointing's second one."""
    return bool(torch._C._current_graph_task_id() != -1)
