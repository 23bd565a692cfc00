"""What a source is: something that turns the files of one series into Columns."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol, runtime_checkable

from statkit.records import Columns

#: How much of a group's first file a source may look at to recognise its format.
HEAD_BYTES = 64 * 1024


class File(NamedTuple):
    """One regular file of a run, as the directory listing showed it.

    Attributes
    ----------
    name : str
        Path relative to the run's directory, ``/`` between parts.
    path : str
        Path to open.
    size : int
        Bytes.
    mtime_ns, ctime_ns, inode : int
        With the size, what tells whether the file changed.
    """

    name: str
    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(slots=True)
class Group:
    """The files of one series, sorted by name.

    Attributes
    ----------
    directory : str
        The run's directory.
    family : str
        The file names with digits as ``#``: what the files have in common.
    files : sequence of File
        Regular files only.
    step_column : str or None
        The column that holds the step, where the caller named one.
    explicit : bool
        Whether the caller named the file itself: then what cannot be read is an error.
    """

    directory: str
    family: str
    files: Sequence[File] = field(default_factory=list)
    step_column: str | None = None
    explicit: bool = False

    @property
    def names(self) -> list[str]:
        """The files' names."""
        known = getattr(self.files, "names", None)
        return [file.name for file in self.files] if known is None else list(known)

    def only(self, names: Iterable[str]) -> Group:
        """The same series with the files of the given names alone."""
        wanted = frozenset(names)
        named = getattr(self.files, "named", None)
        kept = named(wanted) if named else [file for file in self.files if file.name in wanted]
        return replace(self, files=kept)


class Document(NamedTuple):
    """One record as its file holds it, before flattening.

    Attributes
    ----------
    file : str
        The file's name.
    row : int
        Position within the file, from 0.
    content : dict
        The record.
    """

    file: str
    row: int
    content: dict[str, Any]


@runtime_checkable
class Source(Protocol):
    """A file format. A package adds one by an entry point in the group ``statkit.sources``.

    Attributes
    ----------
    name : str
        The format's name, shown by ``statkit show``.
    series : str
        The series it makes: ``validation``, ``batch``, ``epoch`` or ``scalars``.
    """

    name: str
    series: str

    def claims(self, group: Group, head: bytes) -> bool:
        """Tell whether these files are of this format.

        Parameters
        ----------
        group : Group
            The files.
        head : bytes
            The first bytes of the first file that has any, at most `HEAD_BYTES`.
        """
        ...

    def read(self, group: Group, fields: Sequence[str] | None = None) -> Columns:
        """Read the files into Columns, in file order.

        Parameters
        ----------
        group : Group
            The files.
        fields : sequence of str or None
            The fields wanted; None for all. Keys and what the order of records needs come anyway.
        """
        ...

    def documents(self, group: Group, files: Iterable[str] | None = None) -> Iterator[Document]:
        """Yield every record as its file holds it; ``files`` limits it to those names."""
        ...


@runtime_checkable
class PerFile(Protocol):
    """A source of which each file makes rows of its own, whatever the other files hold.

    Then what was read of one file stays true as long as that file does not change.
    """

    name: str
    series: str

    def read(self, group: Group, fields: Sequence[str] | None = None) -> Columns:
        """Read the files, as any source."""
        ...

    def joined(self, parts: Sequence[Columns]) -> Columns:
        """Put rows that were read apart into the order in which one reading gives them."""
        ...


@runtime_checkable
class PerRecord(Protocol):
    """A source that reads one record of a huge file again without the others."""

    def one(self, group: Group, file: str, row: int) -> Columns | None:
        """Read one record with all its fields; None where all records are at hand anyway."""
        ...


#: A larger file is refused: it is read into memory whole (bytes).
MAX_BYTES = 2 << 30

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


@contextlib.contextmanager
def small_files(directory: str) -> Iterator[Callable[[str], bytes]]:
    """Give a function that reads files of a directory by their relative names, three system calls each.

    It raises OSError as `read_bytes` does.
    """
    place = os.open(directory, os.O_RDONLY)
    try:
        if os.open not in os.supports_dir_fd:
            yield lambda name: read_bytes(os.path.join(directory, name))
            return

        def read(name: str) -> bytes:
            descriptor = os.open(name, _FLAGS, dir_fd=place)
            try:
                data = os.read(descriptor, _AT_ONCE)
            finally:
                os.close(descriptor)
            # empty: it may be something else than a file, which the other road tells
            return data if 0 < len(data) < _AT_ONCE else read_bytes(os.path.join(directory, name))

        yield read
    finally:
        os.close(place)


#: A file smaller than this is read by one call (bytes).
_AT_ONCE = 1 << 16


def read_bytes(path: str) -> bytes:
    """Read a whole file with as few calls as there are.

    Raises
    ------
    OSError
        If it cannot be opened or read, is no regular file, or is larger than `MAX_BYTES`.
    """
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "is no regular file", path)
        size = status.st_size
        if size > MAX_BYTES:
            most = f"the {MAX_BYTES / 2**30:g} GiB read at once"
            raise OSError(errno.EFBIG, f"its {size / 2**30:.1f} GiB are more than {most}", path)
        data = os.read(descriptor, size + 1)
        if len(data) == size:
            return data
        parts = [data]  # it grew, or the read was short
        while part := os.read(descriptor, 1 << 20):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def read_head(path: str) -> bytes:
    """Read the first `HEAD_BYTES` of a file."""
    descriptor = os.open(path, _FLAGS)
    try:
        return os.read(descriptor, HEAD_BYTES)
    finally:
        os.close(descriptor)


def head_text(head: bytes) -> bytes:
    """Reduce UTF-16, UTF-32 and marked UTF-8 to plain ASCII bytes, enough to look for keys."""
    return head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe").lstrip()


_TOKEN = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:\s*)?|[\[\]{}]', re.DOTALL)


def root_keys(text: bytes) -> dict[str, bytes]:
    """Find the keys of a JSON object, as far as its text goes, without those of objects inside it.

    Parameters
    ----------
    text : bytes
        What `head_text` gives: the document may be cut anywhere.

    Returns
    -------
    dict of str to bytes
        For each key, the first bytes of what stands behind it, at most 16.
    """
    keys: dict[str, bytes] = {}
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[1] is None:
            depth += 1 if token[0] in b"{[" else -1
        elif depth == 1 and token[2]:
            keys[token[1].decode("utf-8", "replace")] = text[token.end() : token.end() + 16]
    return keys
