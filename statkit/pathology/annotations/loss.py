"""What a conversion could not keep, as a report."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

#: Losses listed one by one; beyond, they are counted.
MOST: Final = 100

_WIDTH: Final = 60


class Loss(NamedTuple):
    """One thing that was not kept.

    Attributes
    ----------
    where : str
        Which part of the file or of the annotations: ``feature 3, child 2``; features count from 1.
    what : str
        What is not there any more, or was changed.
    """

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class LossReport:
    """Collects losses while a file is read or written; the first `MOST` by name, the rest as a number."""

    def __init__(self) -> None:
        self._losses: list[Loss] = []
        self._more = 0

    def add(self, where: str, what: str) -> None:
        """Note one loss."""
        if len(self._losses) < MOST:
            self._losses.append(Loss(where, what))
        else:
            self._more += 1

    def losses(self) -> tuple[Loss, ...]:
        """Give everything noted, in order."""
        if not self._more:
            return tuple(self._losses)
        return (*self._losses, Loss("the rest", f"{self._more:,} further losses of these kinds"))


def cited(value: Any) -> str:
    """Quote a value of a file for a message: short, and without control characters."""
    text = value if isinstance(value, str) else _shallow(value)
    kept = text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
    return repr(kept) if isinstance(value, str) else kept


def _shallow(value: Any) -> str:
    """Name a container by its kind: its own text may be huge, or too deep to make."""
    kinds = {dict: "an object", list: "a list", bool: "a truth value", type(None): "null"}
    if type(value) in kinds:
        return kinds[type(value)]
    return (
        f"{value:.6g}" if isinstance(value, float) else "a number" if value.bit_length() > 99 else str(value)
    )
