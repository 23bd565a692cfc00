"""One scan of a directory, column by column: thousands of files cost one call each and no object."""

from __future__ import annotations

import os
import stat
import time
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, overload

from statkit.errors import RunNotFoundError
from statkit.layout import (
    CHECKPOINT_PREFIX,
    EXPERIMENT_CONFIG,
    RUNTIME_CONFIG,
    is_batch_metrics,
    is_temporary,
    parse_statistik,
)
from statkit.records import Notice
from statkit.sources.base import File
from statkit.sources.faults import os_reason

_READABLE = (".json", ".jsonl", ".ndjson", ".csv", ".tsv")
_NO_SERIES = frozenset({RUNTIME_CONFIG, EXPERIMENT_CONFIG, "package.json", "tsconfig.json"})
_KIND, _REGULAR = 0o170000, stat.S_IFREG
_LOW_63 = 2**63 - 1

#: Numbers kept of each file: size in bytes, mtime_ns, ctime_ns, inode.
NUMBERS: Final = 4

#: A file that changed less than so long before it was listed has not rested (nanoseconds): clocks of file
#: systems tick in steps of up to two seconds, and within one step a second change does not show.
RESTED_NS: Final = 2_000_000_000


class Listing:
    """The files of a directory that a source may read, as they stood when it was scanned.

    Attributes
    ----------
    directory : str
        The directory, as the caller wrote it.
    names : list of str
        Paths relative to it, ``/`` between parts, in the order of the scan.
    numbers : array of int64
        For each name `NUMBERS` integers: size, mtime_ns, ctime_ns, inode.
    checkpoints : list of str
        Names in the directory that begin as those of checkpoints do.
    began_ns : int
        When the scan began (unix nanoseconds).
    counted : bool
        Whether `numbers` holds anything: a listing that nobody compares with another does without, and
        with that without a call to the system for each file.
    """

    __slots__ = ("_prefix", "began_ns", "checkpoints", "counted", "directory", "names", "numbers")

    def __init__(self, directory: str, *, counted: bool = True) -> None:
        self.directory = directory
        self.counted = counted
        self._prefix = os.path.join(directory, "")
        self.began_ns = time.time_ns()
        self.names: list[str] = []
        self.numbers = array("q")
        self.checkpoints: list[str] = []

    def __len__(self) -> int:
        return len(self.names)

    def file(self, row: int) -> File:
        """One of the files."""
        name = self.names[row]
        path = self._prefix + name
        if self.counted:
            return File(name, path, *self.numbers[row * NUMBERS : (row + 1) * NUMBERS])
        try:
            return File(name, path, *_narrow(os.stat(path)))
        except OSError:  # it has gone: reading it will say so
            return File(name, path, 0, 0, 0, 0)

    def rested(self) -> bytes:
        """Give `numbers` as bytes; a file that had not rested gets a ctime that no file has."""
        numbers, limit = self.numbers, self.began_ns - RESTED_NS
        if max(max(numbers[1::NUMBERS], default=0), max(numbers[2::NUMBERS], default=0)) <= limit:
            return numbers.tobytes()
        marked = array("q", numbers)
        changed = zip(numbers[1::NUMBERS], numbers[2::NUMBERS], strict=True)
        for row in [row for row, (mtime, ctime) in enumerate(changed) if mtime > limit or ctime > limit]:
            marked[row * NUMBERS + 2] = -1
        return marked.tobytes()

    def scan(self, place: str, notices: list[Notice]) -> None:
        """Add what lies in the directory, or in one of its directories.

        Parameters
        ----------
        place : str
            ``""``, or a path relative to the directory.
        notices : list of Notice
            Takes what only bears the name of ours: links that lead nowhere, directories, FIFOs.

        Raises
        ------
        RunNotFoundError
            If it cannot be listed.
        """
        here = os.path.join(self.directory, place) if place else self.directory
        prefix = place + "/" if place else ""
        add_name, add_numbers = self.names.append, self.numbers.extend
        light = not self.counted
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    name = entry.name
                    if not name.endswith(_READABLE):
                        if not place and name.startswith(CHECKPOINT_PREFIX):
                            self.checkpoints.append(name)
                        continue
                    if name in _NO_SERIES or (name[0] == "." and is_temporary(name)):
                        continue
                    if light and entry.is_file():
                        add_name(prefix + name)
                        continue
                    try:
                        status = entry.stat()
                    except OSError as error:
                        _note(entry, _reason(entry, error), prefix, notices)
                        continue
                    if status.st_mode & _KIND != _REGULAR:
                        reason = f"is {kind_of(status.st_mode)}, not a regular file"
                        _note(entry, reason, prefix, notices)
                        continue
                    try:
                        add_numbers((status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino))
                    except OverflowError:  # a clock of the year 2300, an inode of 64 bits
                        del self.numbers[len(self.names) * NUMBERS :]
                        add_numbers(_narrow(status))
                    add_name(prefix + name)
        except OSError as error:
            raise RunNotFoundError(f"{here}: {os_reason(error)}.", here) from None


def _narrow(status: os.stat_result) -> tuple[int, ...]:
    wide = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    return tuple(number & _LOW_63 for number in wide)


def _reason(entry: os.DirEntry[str], error: OSError) -> str:
    dangling = isinstance(error, FileNotFoundError) and entry.is_symlink()
    return "is a dangling link" if dangling else os_reason(error)


def _note(entry: os.DirEntry[str], reason: str, prefix: str, notices: list[Notice]) -> None:
    if parse_statistik(entry.name) or is_batch_metrics(entry.name):
        notices.append(Notice("skipped-file", prefix + entry.name, reason))


def kind_of(mode: int) -> str:
    """Say what a directory entry is that is no regular file."""
    for test, name in (
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):
        if test(mode):
            return name
    return "something else"


class Files(Sequence[File]):
    """Some files of a listing, each made when it is asked for.

    Parameters
    ----------
    listing : Listing
        The scan.
    rows : sequence of int
        Which of its files, in order.
    """

    __slots__ = ("listing", "rows")

    def __init__(self, listing: Listing, rows: Sequence[int]) -> None:
        self.listing = listing
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[File]:
        return map(self.listing.file, self.rows)

    @overload
    def __getitem__(self, index: int) -> File: ...
    @overload
    def __getitem__(self, index: slice) -> Files: ...
    def __getitem__(self, index: int | slice) -> File | Files:
        """One file, or some of them."""
        if isinstance(index, slice):
            return Files(self.listing, self.rows[index])
        return self.listing.file(self.rows[index])

    @property
    def names(self) -> list[str]:
        """The names alone."""
        known = self.listing.names
        return [known[row] for row in self.rows]

    def named(self, wanted: Iterable[str]) -> list[File]:
        """Those of the given names, in order."""
        only = frozenset(wanted)
        known = self.listing.names
        if len(only) == 1:
            try:
                row = known.index(next(iter(only)))
            except ValueError:
                return []
            return [self.listing.file(row)] if row in self.rows else []
        return [self.listing.file(row) for row in self.rows if known[row] in only]
