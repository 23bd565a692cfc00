"""A run directory as a writer sees it: names in, whole files out, nothing of the past lost."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

from statkit import json_text, layout
from statkit.writers.atomic import create_directory, replace_file, synchronise_directory

#: Temporary files are swept when older than this (seconds) and their process is gone.
ORPHAN_AGE: Final = 3600.0

_NO_LINKS = (errno.EPERM, errno.EACCES, errno.EMLINK, errno.EXDEV, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)
_BLOCK = 1 << 20


class RunDirectory:
    """Writes files of one run, one at a time.

    A file about to be replaced is first kept as ``superseded/<k>/<name>``: a hard link, or a copy
    where links are impossible. One writer uses one ``k``, the lowest above all that exist when it
    first needs one, so the files that one resume replaced stand together; replacing the same file
    again starts the next ``k``.

    Attributes
    ----------
    path : str
        Absolute path of the directory.
    """

    def __init__(self, path: str, system: Any = os) -> None:
        self.path = path
        self._system = system
        self._superseded: str | None = None
        self._swept = False

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a file, keeping the one it replaces; creates the directory when it is missing.

        Raises
        ------
        OSError
            If any call fails; the old file is then still there, or the new one whole.
        """
        create_directory(self.path, self._system)
        target = os.path.join(self.path, name)
        self._keep_old(target, name)
        replace_file(target, chunks, self._system)
        if not self._swept:
            self._swept = True
            with suppress(Exception):
                sweep(self.path, self._system)

    def write_config(self, config: bytes, step: int) -> None:
        """Write ``runtime_config.json`` once, and never over another.

        If the run has one that differs, a resume with other settings, this one becomes
        ``runtime_config_step_<step>.json``, seven digits.
        """
        create_directory(self.path, self._system)
        for name in (layout.RUNTIME_CONFIG, f"runtime_config_step_{step:07d}.json"):
            target = os.path.join(self.path, name)
            if not os.path.lexists(target):
                replace_file(target, [config], self._system)
                return
            if _same_document(target, config, self._system):
                return
        self.write(name, [config])

    def _keep_old(self, target: str, name: str) -> None:
        try:
            status = self._system.lstat(target)
        except FileNotFoundError:
            return
        while True:
            kept = os.path.join(self._superseded_directory(), name)
            try:
                self._system.link(target, kept)
            except FileExistsError:
                self._superseded = None
                continue
            except FileNotFoundError:
                if os.path.lexists(target):
                    self._superseded = None  # the directory was removed meanwhile
                    continue
                return
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                if os.path.lexists(kept):
                    self._superseded = None
                    continue
                if not stat.S_ISREG(status.st_mode):
                    raise
                replace_file(kept, _blocks(target, self._system), self._system, temporary_in=self.path)
                return
            synchronise_directory(os.path.dirname(kept), self._system)
            return

    def _superseded_directory(self) -> str:
        """Claim ``superseded/<k>`` by creating it: two processes never share one."""
        if self._superseded is None:
            above = os.path.join(self.path, layout.SUPERSEDED)
            create_directory(above, self._system)
            number = 1 + max((int(n) for n in self._system.listdir(above) if _is_number(n)), default=0)
            claimed = os.path.join(above, str(number))
            while True:
                try:
                    self._system.mkdir(claimed)
                    break
                except FileExistsError:
                    number += 1
                    claimed = os.path.join(above, str(number))
            synchronise_directory(above, self._system)
            self._superseded = claimed
        return self._superseded


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit()


def _blocks(path: str, system: Any) -> Iterator[bytes]:
    descriptor = system.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    try:
        while block := system.read(descriptor, _BLOCK):
            yield block
    finally:
        system.close(descriptor)


def _same_document(path: str, config: bytes, system: Any) -> bool:
    if not stat.S_ISREG(system.stat(path).st_mode):
        return False
    try:
        return bool(json_text.loads(b"".join(_blocks(path, system))) == json_text.loads(config))
    except ValueError:
        return False
    except Exception as error:
        if isinstance(error, OSError):
            raise
        return False


def sweep(directory: str, system: Any = os) -> list[str]:
    """Remove temporary files that a killed writer left: over an hour old, and their process gone.

    Only temporary names of files that statkit writes are touched.

    Returns
    -------
    list of str
        The names removed.
    """
    removed = []
    for name in system.listdir(directory):
        if not layout.is_temporary(name):
            continue
        target, process, _token, _tmp = name[1:].rsplit(".", 3)
        path = os.path.join(directory, name)
        if _is_ours(target) and not _is_alive(int(process)) and _age(path, system) > ORPHAN_AGE:
            system.unlink(path)
            removed.append(name)
    return removed


def _is_ours(name: str) -> bool:
    return (
        layout.parse_statistik(name) is not None
        or layout.is_batch_metrics(name)
        or (name.startswith("runtime_config") and name.endswith(".json"))
    )


def _age(path: str, system: Any) -> float:
    return time.time() - float(system.lstat(path).st_mtime)


def _is_alive(process: int) -> bool:
    if process <= 0:
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
