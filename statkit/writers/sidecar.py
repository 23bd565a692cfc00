"""The arrays behind a dashboard, kept beside its picture: an npz that needs no pickle.

The file is a ZIP archive of one ``<name>.npy`` an array and ``meta.json``; ``numpy.load`` opens it.
The same input gives the same bytes: members are sorted and carry no date.
"""

from __future__ import annotations

import io
import os
import struct
import sys
import zipfile
from collections.abc import Mapping
from typing import Any, Final

from statkit.layout import SIDECAR_META
from statkit.writers.atomic import replace_file
from statkit.writers.plain import plain, to_bytes

_SUFFIX: Final = ".npy"
_MAGIC: Final = b"\x93NUMPY\x01\x00"
_ALIGNMENT: Final = 64
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_LEVEL: Final = 1  # floats hardly compress: a higher level takes longer and gains 2 %

#: Format characters of the buffer protocol as numpy's type letters.
_LETTERS: Final = {"B": "u", "?": "b", **dict.fromkeys("ilq", "i"), **dict.fromkeys("fd", "f")}


def write(
    path: str | os.PathLike[str], arrays: Mapping[str, Any], meta: Mapping[str, Any], system: Any = os
) -> None:
    """Write arrays and what belongs to them, atomically and durably.

    Parameters
    ----------
    path : path
        The target; its directory exists.
    arrays : mapping of str to array
        Whatever gives its memory by the buffer protocol (numpy does): uint8, bool, int32, int64,
        float32 or float64, of any shape with at least one element.
    meta : mapping
        Plain values; a number that is not finite is null and named in ``non_finite``.
    system : object, default the module ``os``
        Where the calls to the operating system go; for tests.

    Raises
    ------
    ValueError
        An array of another type, one without elements, or a name that cannot be a member's.
    OSError
        Whatever a call raised; the target is then the old or the new file, whole.
    """
    replace_file(os.path.abspath(path), [encoded(arrays, meta)], system)


def encoded(arrays: Mapping[str, Any], meta: Mapping[str, Any]) -> bytes:
    """Give the bytes of such a file; parameters and ValueError as in `write`."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        _add(archive, SIDECAR_META, to_bytes(plain(meta), indent=True))
        for name in sorted(arrays):
            _add(archive, _member(name), _npy(name, arrays[name]))
    return stream.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    member = zipfile.ZipInfo(name, date_time=_EPOCH)
    member.create_system = 3  # the same on every system
    member.external_attr = 0o644 << 16
    archive.writestr(member, data, zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)


def _member(name: str) -> str:
    if not name or any(c in '\\:\0<>|*?"' or ord(c) < 32 for c in name) or ".." in name or name[0] == "/":
        raise ValueError(f"{name!r} cannot name an array: use letters, digits, - and _, / between parts")
    return name + _SUFFIX


def _npy(name: str, array: Any) -> bytes:
    """Write one array in the format numpy calls 1.0: magic, header, bytes in C order."""
    view = memoryview(array)
    letter = _LETTERS.get(view.format.lstrip("<=@"))
    if letter is None or (sys.byteorder == "big" and view.itemsize > 1):
        raise ValueError(
            f"array {name!r} has elements of format {view.format!r}; possible: uint8, bool, int32, int64, "
            f"float32 and float64, little-endian"
        )
    shape = view.shape or ()
    if 0 in shape:
        raise ValueError(f"array {name!r} of shape {shape} has no element: leave it out")
    kind = f"{'|' if view.itemsize == 1 else '<'}{letter}{view.itemsize}"
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape!r}, }}".encode("ascii")
    padded = header.ljust(-(len(_MAGIC) + 2 + len(header) + 1) % _ALIGNMENT + len(header)) + b"\n"
    return _MAGIC + struct.pack("<H", len(padded)) + padded + view.tobytes()
