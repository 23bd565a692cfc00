"""Our JSON dialect: tolerant in, strict out. The one place that parses JSON.

In: strict JSON goes the fast way (orjson). What that refuses is looked at again: a byte order
mark, UTF-16 or UTF-32, the bare tokens ``NaN``, ``Infinity`` and ``-Infinity``, integers beyond
64 bits (kept exact up to 4,300 digits, infinity beyond), bytes that are not UTF-8 and lone surrogates
(U+FFFD). Everything else that RFC 8259 refuses is refused here too, and so is a document nested
deeper than a thousand levels or so. Duplicate keys: the last wins.

Out: strict JSON; a non-finite number is the string ``"NaN"``, ``"Infinity"`` or ``"-Infinity"``.
"""

from __future__ import annotations

import math
from typing import Any

import orjson

from statkit.errors import MalformedFileError, TruncatedFileError

#: Levels of nesting beyond which a value is cut when it is written.
MAX_LEVELS = 100


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
    for start in range(0, len(data), _WINDOW):
        digits = data[start : start + _WINDOW + _OVERLAP].translate(_DIGITS)
        at = digits.find(_LONG)
        while at >= 0:
            place = start + at
            rest = data[place : place + _OVERLAP].lstrip(_DECIMALS)
            if data[place - 1 : place] in _BEFORE and rest[:1] in _AFTER:
                return True
            at = digits.find(_LONG, at + len(_LONG))
    return False


_DECIMALS = b"0123456789"
_DIGITS = bytes(48 if byte in _DECIMALS else 32 for byte in range(256))
_LONG = b"0" * 19
_WINDOW, _OVERLAP = 1 << 20, 64
_BEFORE = frozenset(bytes([byte]) for byte in b"\t\n\r :,[-") | {b""}  # what stands around an integer
_AFTER = frozenset(bytes([byte]) for byte in b"\t\n\r ,]}") | {b""}


def _loads_tolerant(data: bytes, path: str) -> Any:
    import json

    text = decode(data)
    if not text.strip(_BLANK):
        raise TruncatedFileError("empty file" if not data else "nothing but blanks", path)
    try:
        return json.loads(_without_surrogates(text), parse_int=_integer)
    except json.JSONDecodeError as error:
        if _at_end(error, text):
            raise TruncatedFileError(f"ends in the middle (byte {len(data):,})", path) from None
        raise MalformedFileError(f"not JSON: {error.msg}, line {error.lineno}", path) from None
    except RecursionError:
        raise MalformedFileError("nested too deep", path) from None


#: What a file may end with and still be cut short: blanks, the zeros a power loss leaves, half a character.
_BLANK = " \t\r\n\0\ufffd"


def decode(data: bytes) -> str:
    """Decode JSON bytes: UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    Bytes that are no text become U+FFFD.
    """
    import json

    zeros = len(data) - len(data.lstrip(b"\0"))
    encoding = "utf-8" if zeros > 3 else json.detect_encoding(data)
    return data.decode(encoding, errors="replace")


def _integer(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:  # more digits than Python converts
        return -math.inf if digits.startswith("-") else math.inf


_TOKENS = ("true", "false", "null", "NaN", "Infinity", "-Infinity", ".", "e+", "e-", "E+", "E-")


def _at_end(error: Any, text: str) -> bool:
    end = len(text.rstrip(_BLANK))
    if error.pos >= end or error.msg.startswith("Unterminated string"):
        return True
    tail = text[error.pos : end]  # a token that was cut: "tru", "-", "Nan"; the end of "1e"
    if any(token.startswith(tail) for token in _TOKENS):
        return True
    return error.msg.startswith("Invalid \\") and len(tail) < 6


def _without_surrogates(text: str) -> str:
    """Replace escapes of lone surrogates, which no terminal, file or data frame can hold, by U+FFFD."""
    if "\\u" not in text:
        return text
    import re

    escape = re.compile(
        r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u([dD][89a-fA-F][0-9a-fA-F]{2})|.)",
        re.DOTALL,
    )
    return escape.sub(lambda found: "\\ufffd" if found[1] else found[0], text)


def finite(value: Any, levels: int = MAX_LEVELS) -> Any:
    """Copy a JSON value with every non-finite number written as its name.

    What is nested deeper than ``levels`` becomes the text ``"<too deep>"``.
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else name_of_non_finite(value)
    if isinstance(value, dict | list | tuple) and not levels:
        return "<too deep>"
    if isinstance(value, dict):
        return {key: finite(item, levels - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item, levels - 1) for item in value]
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
    except TypeError:  # integers beyond 64 bits, names of files that are no text
        import json

        text = json.dumps(
            value, indent=2 if indent else None, ensure_ascii=False, separators=None if indent else (",", ":")
        )
        return speakable(text)


def speakable(text: str) -> str:
    """Replace lone surrogates (bytes of a file's name that are no text) by U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
