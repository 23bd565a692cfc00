"""What a request may name: opaque ids, looked up and never joined to a path."""

from __future__ import annotations

import hashlib
import os
from typing import Final

_LENGTH: Final = 16


def opaque_id(*parts: str) -> str:
    """Make the id of something: hexadecimal, the same at every start of the page.

    Parameters
    ----------
    *parts : str
        What tells it from others, a real path for instance; they cannot be read from the id.
    """
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=_LENGTH // 2).hexdigest()


def is_inside(directory: str, path: str) -> bool:
    """Tell whether a path, links followed to their end, lies in a directory, links followed too."""
    root, real = os.path.realpath(directory), os.path.realpath(path)
    return real == root or real.startswith(os.path.join(root, ""))
