"""Raters' names, of any script, as they can stand in a file name."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

from statkit.errors import UsageError

#: The longest name (characters).
MAX_LENGTH: Final = 200

_UNDECODED: Final = "\ufffd"  # several names would become one
_READABLE: Final = 24
_DIGITS: Final = 8


def name_of(text: str) -> str:
    """Give a name in its one form: blanks around it gone, composed (NFC).

    Raises
    ------
    UsageError
        It is empty, too long, or holds control characters or what could not be decoded (U+FFFD).
    """
    name = unicodedata.normalize("NFC", text.strip())
    unfit = any(unicodedata.category(c) in ("Cc", "Cs") or c == _UNDECODED for c in name)
    if not name or len(name) > MAX_LENGTH or unfit:
        raise UsageError(
            f"{text[:40]!r} is no name of a rater; possible: 1 to {MAX_LENGTH} characters on one line."
        )
    return name


def slug(rater: str) -> str:
    """Give what stands for a rater in file names: readable letters and a hash of the name.

    ``Anna Müller`` is ``anna-muller-`` and eight hexadecimal digits. Two names differ in the hash, however
    alike their letters are; the name itself stands inside the file.

    Raises
    ------
    UsageError
        As `name_of`.
    """
    name = name_of(rater)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    readable = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_READABLE].strip("-")
    digits = hashlib.sha256(name.encode()).hexdigest()[:_DIGITS]
    return f"{readable or 'rater'}-{digits}"
