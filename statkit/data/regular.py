"""Epochs and steps of a long batch series that was written in one go, computed on whole arrays.

The rules are those of `history`; only what needs none of its exceptions is answered here.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from statkit.records import Coded, Columns

#: Rows looked at together: their temporary arrays stay small.
_BLOCK: Final = 1 << 16

#: Epochs that are numbered, None among them; more of them are a plain list.
_MOST: Final = 1 << 16

Integers = NDArray[np.int64]
Codes = NDArray[Any]


def places(columns: Columns) -> tuple[Sequence[int | None], Sequence[int]] | None:
    """Give the epoch and the step of each row.

    Parameters
    ----------
    columns : Columns
        A batch series in order of writing.

    Returns
    -------
    tuple of two sequences, or None
        None where ``batch_idx`` rewinds, is missing somewhere, or the file states some of the epochs or
        steps only; and where columns are plain lists.
    """
    indices, phases = columns.keys.get("batch_index"), columns.key("phase")
    given, stated = columns.keys.get("step"), columns.keys.get("epoch")
    if "phase" not in columns.keys:
        phases = Coded.same(None, len(columns))
    if not isinstance(indices, array) or not isinstance(phases, Coded):
        return None
    if not isinstance(given, array | None) or not isinstance(stated, array | None):
        return None
    numbers = np.frombuffer(indices, np.int64)
    codes = np.frombuffer(phases.codes, phases.codes.typecode)
    epochs = None if stated is None else np.frombuffer(stated, np.int64)
    walk = _Walk(phases.values)
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(indices), _BLOCK)]
    for block in blocks:
        walk.see(codes[block], numbers[block])
    for block in blocks:
        if not walk.take(codes[block], numbers[block], None if epochs is None else epochs[block]):
            return None
    return (walk.found_epochs() if stated is None else stated, walk.steps if given is None else given)


class _Walk:
    """What is known of each phase while blocks of rows go by.

    Parameters
    ----------
    phases : sequence
        The phases by code.
    """

    def __init__(self, phases: Sequence[Any]) -> None:
        self.steps = array("q")
        self._epochs = array("q")
        self._train = phases.index("train") if "train" in phases else -1
        self._started = self._train < 0
        self._unstarted = self._trained = 0
        self._lowest: list[int | None] = [None] * len(phases)
        self._last: list[tuple[int, int] | None] = [None] * len(phases)

    def see(self, codes: Codes, numbers: Integers) -> None:
        """Note where each phase starts counting."""
        for phase, lowest in enumerate(self._lowest):
            mine = numbers[codes == phase]
            if len(mine):
                low = int(mine.min())
                self._lowest[phase] = low if lowest is None else min(low, lowest)

    def take(self, codes: Codes, numbers: Integers, stated: Integers | None) -> bool:
        """Place the rows of one block; False where one does not lie above the last of its phase."""
        training = codes == self._train
        self.steps.frombytes((self._trained + np.cumsum(training) - training).astype(np.int64).tobytes())
        self._trained += int(training.sum())
        if stated is not None:
            return self._placed(codes, numbers, stated)
        begin = 0
        if not self._started:  # a sanity check: validation before the first training row has no epoch
            begin = int(np.argmax(training)) if training.any() else len(codes)
            if not self._placed(codes[:begin], numbers[:begin], np.full(begin, -1)):
                return False
            self._epochs.frombytes(bytes(8 * begin))
            self._unstarted += begin
            if begin < len(codes):
                self._started = True
                self._last = [None] * len(self._last)
        epochs = self._counted(codes[begin:], numbers[begin:])
        self._epochs.frombytes(epochs.tobytes())
        return self._placed(codes[begin:], numbers[begin:], epochs)

    def found_epochs(self) -> Sequence[int | None]:
        """Give the epochs that were counted, None before training began."""
        if not self._unstarted:
            return self._epochs
        most = max(self._epochs) + 2
        if most > _MOST:
            return [None] * self._unstarted + self._epochs[self._unstarted :].tolist()
        typecode = "B" if most <= 256 else "H"
        codes = np.frombuffer(self._epochs, np.int64) + 1
        codes[: self._unstarted] = 0
        return Coded(array(typecode, codes.astype(typecode).tobytes()), [None, *range(most - 1)])

    def _counted(self, codes: Codes, numbers: Integers) -> Integers:
        """Count an epoch wherever the index falls to the first of its phase."""
        epochs = np.zeros(len(codes), np.int64)
        for phase, rows, mine in self._by_phase(codes, numbers):
            last = self._last[phase]
            before = np.concatenate(([mine[0] - 1 if last is None else last[1]], mine[:-1]))
            first = 1 if self._lowest[phase] == 1 else 0
            opens = (mine == first) & (mine <= before)
            epochs[rows] = (0 if last is None else last[0]) + np.cumsum(opens)
        return epochs

    def _placed(self, codes: Codes, numbers: Integers, epochs: Integers) -> bool:
        """Tell whether every position (epoch, index) lies above the one before it in its phase."""
        for phase, rows, mine in self._by_phase(codes, numbers):
            own = epochs[rows]
            last = self._last[phase]
            self._last[phase] = (int(own[-1]), int(mine[-1]))
            if last is not None:
                own, mine = np.concatenate(([last[0]], own)), np.concatenate(([last[1]], mine))
            above = (own[1:] > own[:-1]) | ((own[1:] == own[:-1]) & (mine[1:] > mine[:-1]))
            if not above.all():
                return False
        return True

    def _by_phase(self, codes: Codes, numbers: Integers) -> Iterator[tuple[int, Integers, Integers]]:
        for phase in range(len(self._last)):
            rows = np.flatnonzero(codes == phase)
            if len(rows):
                yield phase, rows, numbers[rows]
