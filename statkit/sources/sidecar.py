"""The arrays behind a dashboard, read back: no pickle, no byte of the file trusted.

Every size is checked against what the archive holds before anything is allocated.
"""

from __future__ import annotations

import io
import math
import os
import re
import struct
import sys
import zipfile
import zlib
from typing import Any, Final

from statkit import json_text, layout
from statkit.errors import MalformedFileError, RunNotFoundError, TruncatedFileError
from statkit.sources.base import read_bytes
from statkit.sources.builder import restore_non_finite
from statkit.sources.faults import os_reason

#: A file larger than this is refused, and so is one that would unpack to more (bytes).
MAX_FILE: Final = 256 << 20
MAX_UNPACKED: Final = 1 << 30

#: The most members an archive may have.
MAX_MEMBERS: Final = 1000

#: The most sides of one array.
MAX_SIDES: Final = 8

#: The most bytes of text in ``meta.json``.
MAX_META: Final = 16 << 20

_SUFFIX: Final = ".npy"
_MAGIC: Final = b"\x93NUMPY"
_HEADER = re.compile(
    rb"\{'descr': '([|<][a-z][0-9])', 'fortran_order': False, 'shape': \(([0-9, ]*)\), ?\} *\n"
)
_FORMATS: Final = {"|u1": "B", "|b1": "?", "<i4": "i", "<i8": "q", "<f4": "f", "<f8": "d"}
_KNOWN_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MAX_HEADER: Final = 1024

#: What zipfile raises at archives that contradict themselves.
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)


def read(path: str | os.PathLike[str]) -> tuple[dict[str, memoryview], dict[str, Any]]:
    """Read arrays and what belongs to them.

    Parameters
    ----------
    path : path
        An npz that `statkit.writers.sidecar` wrote; one from ``numpy.savez`` of the same element
        types is read too, and has no meta.

    Returns
    -------
    arrays : dict of str to memoryview
        Shape and format are set, so ``numpy.asarray`` takes each without a copy; read-only.
    meta : dict
        Plain values, NaN and infinities restored.

    Raises
    ------
    RunNotFoundError
        There is no such file.
    TruncatedFileError
        It is cut short.
    MalformedFileError
        It is no such file, is too large, would unpack to too much, or holds other element types.
    """
    name = os.path.basename(os.fspath(path))
    data = _bytes(path, name)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _unpacked(archive, name)
    except _DAMAGE as error:
        raise MalformedFileError(f"{name}: damaged npz archive: {error}.", name) from None


def members(path: str | os.PathLike[str]) -> list[str]:
    """Name the arrays of a sidecar without unpacking them.

    Raises
    ------
    RunNotFoundError, TruncatedFileError, MalformedFileError
        As `read`, as far as the archive's directory tells.
    """
    name = os.path.basename(os.fspath(path))
    data = _bytes(path, name)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [n.removesuffix(_SUFFIX) for n in archive.namelist() if n.endswith(_SUFFIX)]
    except _DAMAGE as error:
        raise MalformedFileError(f"{name}: damaged npz archive: {error}.", name) from None


def listed(directory: str | os.PathLike[str]) -> dict[layout.BatchImageName, str]:
    """Find the sidecars of a run's directory: by phase and number, train first, their paths.

    A directory that cannot be listed holds none.
    """
    try:
        names = os.listdir(directory)
    except OSError:
        return {}
    found = {
        image: os.path.join(os.fspath(directory), name)
        for name in sorted(names)
        if (image := layout.parse_sidecar(name)) is not None
    }
    return {image: found[image] for image in sorted(found, key=lambda each: (each.phase, each.number))}


def _bytes(path: str | os.PathLike[str], name: str) -> bytes:
    try:
        size = os.stat(path).st_size
        if size > MAX_FILE:
            raise MalformedFileError(
                f"{name}: its {size / 2**20:,.0f} MiB are more than the {MAX_FILE >> 20} MiB a sidecar may "
                f"have.",
                name,
            )
        data = read_bytes(os.fspath(path))
    except FileNotFoundError:
        raise RunNotFoundError(f"{os.fspath(path)}: no such sidecar.", os.fspath(path)) from None
    except OSError as error:
        raise MalformedFileError(f"{name}: cannot be read: {os_reason(error)}.", name) from None
    if not data.startswith(b"PK\x03\x04"):
        kind = "is empty" if not data else "is no npz archive"
        raise (TruncatedFileError if not data else MalformedFileError)(f"{name}: {kind}.", name)
    if b"PK\x05\x06" not in data[-(1 << 16) - 22 :]:
        raise TruncatedFileError(f"{name}: ends in the middle.", name)
    return data


def _unpacked(archive: zipfile.ZipFile, name: str) -> tuple[dict[str, memoryview], dict[str, Any]]:
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or total > MAX_UNPACKED:
        raise MalformedFileError(
            f"{name}: {len(members):,} members of {total / 2**20:,.0f} MiB; possible are {MAX_MEMBERS:,} of "
            f"{MAX_UNPACKED >> 20:,} MiB.",
            name,
        )
    arrays: dict[str, memoryview] = {}
    meta: dict[str, Any] = {}
    for member in members:
        if member.flag_bits & 1 or member.compress_type not in _KNOWN_METHODS:
            raise MalformedFileError(f"{name}: {member.filename!r} is packed in an unknown way.", name)
        if member.filename == layout.SIDECAR_META:
            meta = _meta(archive, member, name)
        elif member.filename.endswith(_SUFFIX):
            arrays[member.filename.removesuffix(_SUFFIX)] = _array(archive, member, name)
    return arrays, meta


def _meta(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> dict[str, Any]:
    if member.file_size > MAX_META:
        raise MalformedFileError(
            f"{name}: {member.file_size:,} bytes of {layout.SIDECAR_META} are too many.", name
        )
    document = json_text.loads(archive.read(member), name)
    if not isinstance(document, dict):
        raise MalformedFileError(f"{name}: {layout.SIDECAR_META} holds no object.", name)
    return restore_non_finite(document) if "non_finite" in document else document


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> memoryview:
    """Read one array: its header first, and the rest only if the sizes agree."""
    with archive.open(member) as stream:
        magic = stream.read(8)
        if magic[:6] != _MAGIC or magic[6:7] not in (b"\x01", b"\x02"):
            raise MalformedFileError(f"{name}: {member.filename!r} is no array.", name)
        wide = 2 if magic[6:7] == b"\x01" else 4
        length = int.from_bytes(stream.read(wide), "little")
        found = _HEADER.fullmatch(stream.read(length)) if length <= _MAX_HEADER else None
        kind = _FORMATS.get(found[1].decode()) if found else None
        if found is None or kind is None or (sys.byteorder == "big" and found[1][2:] != b"1"):
            said = found[1].decode() if found else "an unknown header"
            raise MalformedFileError(
                f"{name}: {member.filename!r} has {said}; possible: {', '.join(_FORMATS)} in C order.", name
            )
        shape = [int(side) for side in found[2].replace(b" ", b"").split(b",") if side]
        size = math.prod(shape) * int(found[1][2:])
        if size != member.file_size - 8 - wide - length or not size or len(shape) > MAX_SIDES:
            raise MalformedFileError(
                f"{name}: {member.filename!r} says shape {tuple(shape)}, but holds another number of bytes.",
                name,
            )
        data = stream.read(size)
    shaped: memoryview = memoryview(data).cast(kind, shape)  # type: ignore[call-overload]
    return shaped
