"""Annotations of any known format, recognised by what is in the file."""

from __future__ import annotations

import os
from typing import Any, Final

from statkit import json_text
from statkit.errors import MalformedFileError, RunNotFoundError, SourceError, UnknownFormatError
from statkit.pathology.annotations import asap, qupath, w3c
from statkit.pathology.annotations.loss import cited
from statkit.pathology.annotations.shape import Annotations
from statkit.sources.base import read_bytes

#: The most bytes a file of annotations may have.
MAX_BYTES: Final = 64 << 20

_POSSIBLE: Final = "possible: QuPath GeoJSON, W3C Web Annotations (JSON), ASAP XML"


def read(path: str | os.PathLike[str], *, image_size: tuple[int, int] | None = None) -> Annotations:
    """Read the annotations of one image.

    Parameters
    ----------
    path : path
        QuPath GeoJSON, W3C Web Annotations as JSON, or ASAP XML; the name does not matter.
    image_size : (width, height), optional
        Pixels; only W3C fragments in percent need it.

    Returns
    -------
    Annotations
        With a report of what could not be kept.

    Raises
    ------
    RunNotFoundError
        There is no such file.
    TruncatedFileError, MalformedFileError
        It cannot be read, is too large, cut short or damaged.
    UnknownFormatError
        It is none of these formats.
    """
    name = os.fspath(path)
    return read_text(_bytes(name), os.path.basename(name), image_size=image_size)


def read_text(data: bytes, name: str = "", *, image_size: tuple[int, int] | None = None) -> Annotations:
    """Read annotations from the bytes of a file, as `read` does.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        What messages call it.
    image_size : (width, height), optional
        Pixels.
    """
    if len(data) > MAX_BYTES:
        raise MalformedFileError(f"{name}: more than the {MAX_BYTES >> 20} MiB that are read.", name)
    if asap.is_xml(data):
        return asap.read(data, name)
    try:
        document = json_text.loads(data, name)
    except SourceError as error:
        raise type(error)(f"{name}: {error}.", name) from None
    if qupath.is_geojson(document):
        return qupath.parsed(document, name)
    if w3c.is_web_annotation(document):
        return w3c.parsed(document, image_size=image_size)
    raise UnknownFormatError(f"{name}: {_said(document)}; {_POSSIBLE}.", name)


def _bytes(path: str) -> bytes:
    try:
        size = os.stat(path).st_size
        return read_bytes(path) if size <= MAX_BYTES else bytes(MAX_BYTES + 1)
    except FileNotFoundError:
        raise RunNotFoundError(f"{path}: no such file of annotations.", path) from None
    except OSError as error:
        raise MalformedFileError(
            f"{os.path.basename(path)}: cannot be read: {error.strerror or type(error).__name__}.", path
        ) from None


def _said(document: Any) -> str:
    kind = document.get("type") if isinstance(document, dict) else None
    return f"JSON of type {cited(kind)}" if kind is not None else f"JSON that holds {cited(document)}"
