"""Columns that grow chunk by chunk, each as compact as its values allow.

Floats and integers lie in arrays of eight bytes a row; text, truth values, None and lists of text are
kept once and numbered. What fits neither becomes a plain list.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from struct import error, pack_into
from typing import Any, Final

from statkit.records import Coded

#: Kinds whose equal values are one value, so that they can be numbered: lists only if they hold text.
_CODABLE: Final = ({str, type(None)}, {bool, type(None)}, {list, type(None)})

#: A column of more different values is a plain list.
_MOST: Final = 1 << 16
_ODD: Final = object()
_FLOATS: Final = {float}
_INTEGERS: Final = {int}


class Growing:
    """One column under construction.

    Parameters
    ----------
    expected : int
        How many rows it will have, more or less: so much is set aside for an array.
    """

    __slots__ = ("_codes", "_count", "_expected", "_last", "_store")

    def __init__(self, expected: int = 0) -> None:
        self._store: array[Any] | Coded | list[Any] | None = None
        self._count = 0  # rows: an array may have more room
        self._expected = expected
        self._codes: dict[Any, int] = {}
        self._last: Any = None

    def pad(self, count: int) -> None:
        """Append None up to so many rows."""
        if count > self._count:
            self.extend([None] * (count - self._count), {type(None)})

    def extend(self, values: Sequence[Any], kinds: set[type]) -> None:
        """Append one value a row.

        Parameters
        ----------
        values : sequence
            JSON values, maps apart; None where a record lacks the field.
        kinds : set of type
            Their types.
        """
        if not values:
            return
        if not self._packed(values, kinds) and not self._coded(values, kinds):
            if not isinstance(self._store, list):
                self._store = list(self.column())
            self._store.extend(values)
        self._count += len(values)

    def column(self) -> Sequence[Any]:
        """Give the finished column."""
        if isinstance(self._store, array):
            del self._store[self._count :]
        return [] if self._store is None else self._store

    def _packed(self, values: Sequence[Any], kinds: set[type]) -> bool:
        """Append numbers of one kind to an array, if this column is one or can be."""
        typecode = "d" if kinds == _FLOATS else "q" if kinds == _INTEGERS else ""
        if self._store is None and typecode:
            self._store = array(typecode, bytes(8 * max(self._expected, len(values))))
        store = self._store
        if not isinstance(store, array) or store.typecode != typecode:
            return False
        missing = self._count + len(values) - len(store)
        if missing > 0:
            store.frombytes(bytes(8 * max(missing, len(store) // 8)))
        try:
            pack_into(f"{len(values)}{typecode}", store, 8 * self._count, *values)
        except error:  # an integer of more than 64 bits
            return False
        return True

    def _coded(self, values: Sequence[Any], kinds: set[type]) -> bool:
        """Append values by their numbers, if this column is kept so or can be, and they are few."""
        if not any(kinds <= codable for codable in _CODABLE):
            return False
        if self._store is None:
            self._store = Coded(array("B"), [])
        store = self._store
        if not isinstance(store, Coded):
            return False
        if self._codes and values.count(self._last) == len(values):
            codes = [self._codes[_key(self._last)]] * len(values)
        else:
            keys = [_key(value) for value in values] if list in kinds else values
            if _ODD in keys or not self._learnt(store, dict(zip(keys, values, strict=True))):
                return False
            codes = [self._codes[key] for key in keys]
            self._last = values[-1]
        if store.codes.typecode == "B" and len(store.values) > 256:
            store.codes = array("H", store.codes)
        store.codes.extend(array("B", bytes(codes)) if store.codes.typecode == "B" else array("H", codes))
        return True

    def _learnt(self, store: Coded, values: dict[Any, Any]) -> bool:
        """Number the values not met before; tell whether all of them are still few."""
        for key in values.keys() - self._codes.keys():
            self._codes[key] = len(store.values)
            store.values.append(values[key])
        return len(store.values) <= _MOST


def _key(value: Any) -> Any:
    """What tells a codable value from others; `_ODD` for a list of something else than text."""
    if type(value) is not list:
        return value
    return tuple(value) if set(map(type, value)) <= {str} else _ODD
