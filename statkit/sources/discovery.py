"""Which files of a directory make which series, and which directories are runs.

One scan of a directory: files are gathered into families (names with digits as ``#``), some
files of each family are looked into, and the registry says which source reads them. Only regular
files are opened; nothing is ever written.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from statkit.errors import RunNotFoundError, UnknownFormatError, shortened
from statkit.layout import (
    BATCH_LOG,
    EXPERIMENT_CONFIG,
    INNER_DIRECTORIES,
    RUNTIME_CONFIG,
    SUPERSEDED,
    is_batch_metrics,
    is_temporary,
    parse_page_download,
    parse_statistik,
)
from statkit.records import Notice
from statkit.sources.base import File, Group, Source, read_head
from statkit.sources.faults import os_reason
from statkit.sources.registry import claimant

_DIGITS = re.compile(r"[0-9]+")
_READABLE = (".json", ".jsonl", ".ndjson", ".csv", ".tsv")
_NO_SERIES = frozenset({RUNTIME_CONFIG, EXPERIMENT_CONFIG, "package.json", "tsconfig.json"})

#: How many files of a family are looked into.
_HEADS = 5
#: How deep runs are looked for below a directory.
_LEVELS = 40

#: A directory inside a run that holds part of its files.
METRICS_DIRECTORY = "metrics"


@dataclass(slots=True)
class RunFiles:
    """The files of one run, claimed.

    Attributes
    ----------
    path : str
        The directory, or the file the caller named.
    claimed : list of (Source, Group)
        Who reads what; at most one group a domain source, one a table.
    notices : list of Notice
        What looked like ours but is no regular file.
    """

    path: str
    claimed: list[tuple[Source, Group]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    @property
    def domain(self) -> bool:
        """Whether it holds more than tables of anyone's."""
        return any(source.series != "scalars" for source, _ in self.claimed)


def scan_file(path: str, step_column: str | None = None) -> RunFiles:
    """Claim one file the caller named.

    Raises
    ------
    RunNotFoundError, UnknownFormatError
        If it cannot be opened, or no source reads it.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise RunNotFoundError(f"{path}: is {_kind(status.st_mode)}, not a regular file.", path)
        head = read_head(path)
    except OSError as error:
        if isinstance(error, RunNotFoundError):
            raise
        raise RunNotFoundError(f"{path}: {os_reason(error)}.", path) from None
    name = os.path.basename(path)
    file = File(name, path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    group = Group(os.path.dirname(path) or ".", _family(name), [file], step_column, explicit=True)
    source = claimant(group, head)
    if source is None:
        raise UnknownFormatError(
            f"{path}: no known format. Possible: Statistik snapshots, batch metrics, CSV, TSV, JSONL, "
            f"NDJSON.",
            path,
        )
    return RunFiles(path, [(source, group)])


def scan_directory(path: str, step_column: str | None = None, *, superseded: bool = False) -> RunFiles:
    """Claim the files of one directory, with those of its ``metrics`` directory.

    Parameters
    ----------
    path : str
        The directory.
    step_column : str or None
        The step column of tables.
    superseded : bool
        Also take the files that a resumed training replaced (``superseded/<k>/``).

    Raises
    ------
    RunNotFoundError
        If it cannot be listed.
    """
    found = RunFiles(path)
    families: dict[str, list[File]] = {}
    places = [""]
    if os.path.isdir(os.path.join(path, METRICS_DIRECTORY)):
        places.append(METRICS_DIRECTORY)
    if superseded:
        places += _superseded(path)
    for place in places:
        try:
            for file in _files(path, place, found.notices):
                families.setdefault(_family(file.name), []).append(file)
        except RunNotFoundError as error:
            if not place:
                raise
            found.notices.append(Notice("skipped-file", place, str(error)))
    groups: dict[int, tuple[Source, Group]] = {}
    for family, files in sorted(families.items()):
        files.sort()
        group = Group(path, family, files, step_column)
        source = _claimant(group)
        if source is None:
            continue
        known = groups.get(id(source))
        if known is None:
            groups[id(source)] = (source, group)
        else:
            known[1].files += files
    found.claimed = list(groups.values())
    return found


def _superseded(path: str) -> list[str]:
    try:
        with os.scandir(os.path.join(path, SUPERSEDED)) as entries:
            names = [entry.name for entry in entries if entry.is_dir() and entry.name.isdecimal()]
    except OSError:
        return []
    return [f"{SUPERSEDED}/{name}" for name in sorted(names, key=int)]


def _files(directory: str, place: str, notices: list[Notice]) -> Iterator[File]:
    here = os.path.join(directory, place) if place else directory
    prefix = place + "/" if place else ""
    try:
        with os.scandir(here) as entries:
            for entry in entries:
                name = entry.name
                if not name.endswith(_READABLE) or name in _NO_SERIES or is_temporary(name):
                    continue
                file = _regular(entry, prefix, notices)
                if file is not None:
                    yield file
    except OSError as error:
        raise RunNotFoundError(f"{here}: {os_reason(error)}.", here) from None


def _regular(entry: os.DirEntry[str], prefix: str, notices: list[Notice]) -> File | None:
    """Take a directory entry if it is a regular file; note one that only bears the name of ours."""
    try:
        status = entry.stat()
        if stat.S_ISREG(status.st_mode):
            times = (status.st_mtime_ns, status.st_ctime_ns)
            return File(prefix + entry.name, entry.path, status.st_size, *times, status.st_ino)
        reason = f"is {_kind(status.st_mode)}, not a regular file"
    except OSError as error:
        dangling = isinstance(error, FileNotFoundError) and entry.is_symlink()
        reason = "is a dangling link" if dangling else os_reason(error)
    if parse_statistik(entry.name) or is_batch_metrics(entry.name):
        notices.append(Notice("skipped-file", prefix + entry.name, reason))
    return None


def _kind(mode: int) -> str:
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


def _family(name: str) -> str:
    base = name.rpartition("/")[2]
    if parse_statistik(base):
        return "Statistik_#.json"
    page = parse_page_download(base)
    if page:
        return f"vsr_training_{page.kind}_#.json"
    if is_batch_metrics(base):
        return BATCH_LOG if base == BATCH_LOG else "#_metrics.json"
    return base if base.endswith((".csv", ".tsv", ".jsonl", ".ndjson")) else _DIGITS.sub("#", base)


def _claimant(group: Group) -> Source | None:
    """Ask who reads a family, file by file for a few of them; the most votes win, then the first."""
    filled = [file for file in group.files if file.size]
    votes: Counter[Source] = Counter()
    looked = False
    for file in filled[:: -(-len(filled) // _HEADS) or 1]:
        try:
            source = claimant(group, read_head(file.path))
        except OSError:
            continue
        looked = True
        if source is not None:
            votes[source] += 1
    if votes:
        return votes.most_common(1)[0][0]
    return None if looked else claimant(group, b"")


def find_runs(root: str, step_column: str | None = None, *, superseded: bool = False) -> list[RunFiles]:
    """Find every run at or below a directory.

    A directory that holds a series of ours is one run and is not searched further. One that holds
    only tables is a run if nothing below it is. Links to directories are not followed, and nothing
    below 40 levels is found.

    Raises
    ------
    RunNotFoundError
        If the root cannot be listed.
    UnknownFormatError
        If nothing at or below it is a run; the message says what was found.
    """
    runs = list(_walk(root, step_column, superseded))
    if not runs:
        raise UnknownFormatError(_nothing(root), root)
    return runs


def _walk(path: str, step_column: str | None, superseded: bool, levels: int = _LEVELS) -> Iterator[RunFiles]:
    here = scan_directory(path, step_column, superseded=superseded)
    if here.domain:
        yield here
        return
    below: list[RunFiles] = []
    for name in _subdirectories(path) if levels else ():
        try:
            below += _walk(
                name if path == "." else os.path.join(path, name), step_column, superseded, levels - 1
            )
        except RunNotFoundError:
            continue  # a directory that may not be listed hides no run the caller named
    if below:
        yield from below
    elif here.claimed:
        yield here


def _subdirectories(path: str) -> list[str]:
    try:
        with os.scandir(path) as entries:
            names = [e.name for e in entries if e.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(name for name in names if not name.startswith(".") and name not in INNER_DIRECTORIES)


def _nothing(path: str) -> str:
    try:
        names = sorted(os.listdir(path))
    except OSError as error:
        return f"{path}: {os_reason(error)}."
    if not names:
        return f"{path} is empty: no run there. Name a directory with Statistik_<step>.json files."
    return (
        f"{path} holds no run. Found: {shortened(names, 5)}. Possible: Statistik_<step>.json, "
        f"*_metrics.json with batch_metrics, CSV, TSV or JSONL with a step column."
    )
