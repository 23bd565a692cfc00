"""Which epoch a batch belongs to, told by the training or read off its batch indices."""

from __future__ import annotations

from typing import Any


class Epochs:
    """The present epoch, 0-based.

    As long as `start` is not called, a training batch of index 0 after a higher one opens an epoch.
    """

    def __init__(self) -> None:
        self.number = 0
        self.told = False
        self._last_index: int | None = None

    def start(self, number: int) -> None:
        """Say which epoch begins."""
        self.number = number
        self.told = True

    def sees(self, phase: str, index: Any) -> bool:
        """Take a batch; tell whether it is the first of an epoch that nobody told of."""
        if phase != "train" or type(index) is not int:
            return False
        last, self._last_index = self._last_index, index
        return not self.told and index == 0 and last is not None and last > 0
