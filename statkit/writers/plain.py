r"""Whatever a training loop puts into a record, as plain JSON values.

Nothing here imports numpy or torch: their scalars and arrays are known by their shape. A number is
never written as its ``str()``; what is no number and no container becomes text.

===============================  ==========================================================
given                            written
===============================  ==========================================================
NaN, infinity                    null, and named in ``non_finite`` under its dotted path
integer of over 4,200 digits     as infinity: no parser reads it back
numpy, torch, JAX scalar         its number (bfloat16, CUDA and requires_grad too)
array of up to 4,096 numbers     nested lists; a larger one: a line that says its shape
Decimal, Fraction, timedelta     float (timedelta in seconds)
dict, mapping, dataclass         object; keys become text, a second key of that text gets ``#2``
list, tuple, set, deque          list; a set is sorted where its values sort
bytes                            text, bytes that are not UTF-8 as ``\xff``
Enum                             its value
datetime, Path, anything else    ISO text, the path, ``str()``
a container inside itself        ``"<cycle>"``; below 100 levels ``"<too deep>"``
===============================  ==========================================================
"""

from __future__ import annotations

import dataclasses
import math
import os
from collections import deque
from collections.abc import Mapping, Sequence, Set, ValuesView
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any, Final

import orjson

from statkit import json_text

#: Containers nested deeper than this are cut.
MOST_LEVELS: Final = 100

#: Arrays of more elements than this are named, not written.
MOST_ELEMENTS: Final = 4096

#: Text of an unknown object is cut here (characters).
MOST_TEXT: Final = 1000

#: Where the names of non-finite numbers stand in a record.
NON_FINITE_KEY: Final = "non_finite"

_MOST_BITS = 14_000  # 4,215 digits; Python and most parsers refuse integers of over 4,300
_COPY_ATTEMPTS = 100
_ATOMS = (bool, int, float, str, bytes, type(None))


def plain(values: Any) -> dict[str, Any]:
    """Copy a record into plain JSON values, so that later changes to it do no harm.

    Parameters
    ----------
    values : mapping or dataclass
        The record; nested as it likes.

    Returns
    -------
    dict of str to object
        Only dict, list, str, int, finite float, bool and None. Non-finite numbers are None, and
        the key ``non_finite`` maps their dotted paths to ``"NaN"``, ``"Infinity"`` or
        ``"-Infinity"``.

    Raises
    ------
    TypeError
        If the record is neither a mapping nor a dataclass.
    """
    walk = _Walk()
    tree = walk.convert(values, "", 0)
    if not isinstance(tree, dict):
        raise TypeError(
            f"a record must be a mapping of names to values, this is of type {type(values).__name__}"
        )
    if walk.non_finite:
        _name_non_finite(tree, walk.non_finite)
    return tree


def to_bytes(tree: Mapping[str, Any], *, indent: bool) -> bytes:
    """Write what `plain` gave as strict JSON in UTF-8, with a newline at its end."""
    options = orjson.OPT_APPEND_NEWLINE | (orjson.OPT_INDENT_2 if indent else 0)
    try:
        return orjson.dumps(tree, option=options)
    except TypeError:  # integers beyond 64 bits
        return json_text.dumps(tree, indent=indent).encode() + b"\n"


def _name_non_finite(tree: dict[str, Any], found: dict[str, str]) -> None:
    """Add the map of non-finite numbers; one that is already there is completed."""
    given = tree.pop(NON_FINITE_KEY, None)
    if isinstance(given, dict) and all(
        isinstance(name, str) and name in json_text.NON_FINITE for name in given.values()
    ):
        found = {**given, **found}
    elif given is not None:
        tree[_unique(NON_FINITE_KEY, {**tree, NON_FINITE_KEY: None})] = given
    tree[NON_FINITE_KEY] = found


class _Walk:
    """One pass over one record."""

    __slots__ = ("non_finite", "open")

    def __init__(self) -> None:
        self.non_finite: dict[str, str] = {}
        self.open: set[int] = set()  # ids of the containers that enclose the present value

    def convert(self, value: Any, path: str, level: int) -> Any:
        kind = type(value)
        if kind is float:
            return value if math.isfinite(value) else self._note(value, path)
        if kind is int:
            return value if value.bit_length() <= _MOST_BITS else self._note(_infinity(value), path)
        if kind is str:
            return clean(value)
        if value is None or kind is bool:
            return value
        try:
            return self._odd(value, path, level)
        except Exception:
            return text_of(value)

    def _note(self, value: float, path: str) -> None:
        self.non_finite[path] = json_text.name_of_non_finite(value)

    def _odd(self, value: Any, path: str, level: int) -> Any:
        if isinstance(value, float):
            return self.convert(float.__float__(value), path, level)
        if isinstance(value, dict | list | tuple):
            return self._container(value, path, level)
        if isinstance(value, int):
            return self.convert(int.__int__(value), path, level)
        if isinstance(value, str):
            return clean(str.__str__(value))
        if hasattr(value, "dtype") and hasattr(value, "shape") and hasattr(value, "item"):
            return self._array(value, path, level)
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value).decode("utf-8", "backslashreplace")
        if isinstance(value, Enum):
            return self.convert(value.value, path, level)
        if _is_container(value):
            return self._container(value, path, level)
        return self._single(value, path, level)

    def _single(self, value: Any, path: str, level: int) -> Any:
        if isinstance(value, datetime | date | time):
            return value.isoformat()
        if isinstance(value, timedelta):
            return value.total_seconds()
        if isinstance(value, os.PathLike):
            return clean(os.fsdecode(value))
        if hasattr(type(value), "__index__"):
            return self.convert(value.__index__(), path, level)
        if hasattr(type(value), "__float__"):
            return self.convert(float(value), path, level)
        return text_of(value)

    def _array(self, value: Any, path: str, level: int) -> Any:
        if getattr(value.dtype, "kind", "") in ("m", "M"):
            return text_of(value)
        if len(value.shape) == 0:
            single = value.item()
            return self.convert(single if type(single) in _ATOMS else float(single), path, level)
        if math.prod(value.shape) > MOST_ELEMENTS:
            return f"<{type(value).__name__} of shape {tuple(value.shape)}, too large to write>"
        return self.convert(value.tolist() if hasattr(value, "tolist") else value.to_list(), path, level)

    def _container(self, value: Any, path: str, level: int) -> Any:
        if id(value) in self.open:
            return "<cycle>"
        if level >= MOST_LEVELS:
            return "<too deep>"
        self.open.add(id(value))
        try:
            prefix = path + "." if path else ""
            if isinstance(value, Mapping):
                return self._mapping(_copied_mapping(value), prefix, level + 1)
            if dataclasses.is_dataclass(value):
                fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
                return self._mapping(fields, prefix, level + 1)
            items = _copied_items(value)
            return [self.convert(item, f"{prefix}{place}", level + 1) for place, item in enumerate(items)]
        finally:
            self.open.discard(id(value))

    def _mapping(self, copy: Mapping[Any, Any], prefix: str, level: int) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for key, item in copy.items():
            name = clean(key) if type(key) is str else _key_text(key)
            if name in tree:
                name = _unique(name, tree)
            if type(item) is float and item - item == 0.0:  # most are; saves a call
                tree[name] = item
            else:
                tree[name] = self.convert(item, prefix + name, level)
        return tree


def _is_container(value: Any) -> bool:
    if isinstance(value, Mapping | Set | Sequence | ValuesView | deque):
        return True
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _copied_mapping(value: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Copy a mapping that another thread may be changing."""
    if type(value) is dict:
        return value.copy()
    return dict(_persistently(lambda: [(key, value[key]) for key in list(value)]))


def _copied_items(value: Any) -> list[Any]:
    """Copy a sequence or set that another thread may be changing; a set in a stable order."""
    items: list[Any] = _persistently(lambda: list(value))
    if isinstance(value, Set):
        try:
            items.sort()
        except Exception:
            items.sort(key=text_of)
    return items


def _persistently(copy: Any) -> Any:
    for _ in range(_COPY_ATTEMPTS):
        try:
            return copy()
        except (RuntimeError, KeyError):  # changed while it was copied
            continue
    return copy()


def _infinity(value: int) -> float:
    return math.inf if value > 0 else -math.inf


def _key_text(key: Any) -> str:
    try:
        if isinstance(key, Enum):
            return _key_text(key.value)
        if isinstance(key, bytes | bytearray):
            return bytes(key).decode("utf-8", "backslashreplace")
        if key is None or isinstance(key, bool):
            return {None: "null", True: "true", False: "false"}[key]
        if isinstance(key, str):
            return clean(str.__str__(key))
    except Exception:
        return text_of(key)
    return text_of(key)


def _unique(name: str, tree: Mapping[str, Any]) -> str:
    number = 2
    while f"{name}#{number}" in tree:
        number += 1
    return f"{name}#{number}"


def clean(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot hold, by U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def text_of(value: Any) -> str:
    """Describe any object; never raises an Exception."""
    try:
        text = clean(str.__str__(str(value)))
        return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"
    except Exception:
        return f"<{type(value).__name__}>"
