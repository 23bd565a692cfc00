"""Our JSON dialect: tolerant in, strict out. The one place that parses JSON.

In: strict JSON goes the fast way (orjson). What that refuses is looked at again: a byte order
mark, UTF-16 or UTF-32, the bare tokens ``NaN``, ``Infinity`` and ``-Infinity``, integers beyond
64 bits (kept exact), bytes that are not UTF-8 (shown as U+FFFD). Everything else that RFC 8259
refuses is refused here too. Duplicate keys: the last wins.

Out: strict JSON; a non-finite number is the string ``"NaN"``, ``"Infinity"`` or ``"-Infinity"``.
"""

from __future__ import annotations

import math
from typing import Any

import orjson

from statkit.errors import MalformedFileError, TruncatedFileError

#: Depth beyond which a document is refused: the fast parser's own limit.
MAX_DEPTH = 1024


def loads(data: bytes, path: str = "") -> Any:
    """Parse one JSON document.

    Parameters
    ----------
    data : bytes
        The whole document.
    path : str
        Where it came from, for the message.

    Returns
    -------
    object
        Dicts, lists, str, int (exact at any size), float (NaN and infinity included), bool, None.

    Raises
    ------
    TruncatedFileError
        If the text ends where more was promised, or is empty.
    MalformedFileError
        If it is not JSON.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return _loads_tolerant(data, path)
    if _may_hold_big_integers(data):
        return _loads_tolerant(data, path)
    return value


def _may_hold_big_integers(data: bytes) -> bool:
    """Tell whether digits so long occur that the fast parser would round an integer to a float."""
    global _LONG_INTEGER
    if _LONG_INTEGER is None:
        import re

        _LONG_INTEGER = re.compile(rb"[\s:,\[]-?[0-9]{19,}[\s,\]}]")
    return _LONG_INTEGER.search(data) is not None


_LONG_INTEGER: Any = None


def _loads_tolerant(data: bytes, path: str) -> Any:
    import json

    text = decode(data)
    if not text.strip(" \t\r\n\0"):
        raise TruncatedFileError("empty file" if not data else "nothing but blanks", path)
    try:
        value = json.loads(text, parse_int=_integer)
    except json.JSONDecodeError as error:
        if _at_end(error, text):
            raise TruncatedFileError(f"ends in the middle (byte {len(data):,})", path) from None
        raise MalformedFileError(f"not JSON: {error.msg}, line {error.lineno}", path) from None
    except RecursionError:
        raise MalformedFileError(f"nested deeper than {MAX_DEPTH:,} levels", path) from None
    return _without_surrogates(value) if "\\u" in text else value


def decode(data: bytes) -> str:
    """Decode JSON bytes: UTF-8, UTF-16 or UTF-32, with or without a byte order mark."""
    import json

    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode(encoding, errors="replace")


def _integer(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:  # more digits than Python converts
        return -math.inf if digits.startswith("-") else math.inf


def _at_end(error: Any, text: str) -> bool:
    end = len(text.rstrip(" \t\r\n\0"))
    if error.pos >= end or error.msg.startswith("Unterminated string"):
        return True
    tail = text[error.pos : end]  # a token that was cut: "tru", "-", "Nan", "1e"
    if any(token.startswith(tail) for token in ("true", "false", "null", "NaN", "Infinity", "-Infinity")):
        return True
    return error.msg.startswith("Invalid \\") and len(tail) < 6


def _without_surrogates(value: Any) -> Any:
    """Replace lone surrogates, which no terminal, file or data frame can hold, by U+FFFD."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return value
    if isinstance(value, dict):
        return {_without_surrogates(k): _without_surrogates(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_surrogates(v) for v in value]
    return value


def finite(value: Any) -> Any:
    """Copy a JSON value with every non-finite number written as its name."""
    if isinstance(value, float):
        return value if math.isfinite(value) else name_of_non_finite(value)
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def name_of_non_finite(value: float) -> str:
    """Name a non-finite number: ``"NaN"``, ``"Infinity"`` or ``"-Infinity"``."""
    if value != value:
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


#: The names of non-finite numbers, and the numbers.
NON_FINITE: dict[str, float] = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def dumps(value: Any, *, indent: bool = False) -> str:
    """Write strict JSON: UTF-8 text, non-finite numbers as strings, integers of any size exact."""
    value = finite(value)
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else None).decode()
    except TypeError:  # integers beyond 64 bits
        import json

        return json.dumps(
            value, indent=2 if indent else None, ensure_ascii=False, separators=None if indent else (",", ":")
        )
