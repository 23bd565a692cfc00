"""Documents as strict JSON for the page: what is not finite is null."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import orjson

from statkit.json_text import dumps


def encoded(document: Mapping[str, Any]) -> bytes:
    """Write a document; integers of any size stay exact, NaN and infinities are null."""
    try:
        return orjson.dumps(document)
    except TypeError:  # integers beyond 64 bits, names of files that are no text
        return dumps(_finite(document)).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value
