"""Files about to be replaced, kept as ``superseded/<k>/<name>``.

One writer uses one ``k``: the lowest above all that exist when it first needs one. So the files
that one resume replaced stand together, and replacing the same file again starts the next ``k``.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Any

from statkit import layout
from statkit.writers.atomic import create_directory, replace_file, synchronise_directory
from statkit.writers.blocks import blocks

_NO_LINKS = (errno.EPERM, errno.EACCES, errno.EMLINK, errno.EXDEV, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)
_ATTEMPTS = 20


class Superseded:
    """The replaced files of one writer in one run directory."""

    def __init__(self, directory: str, system: Any = os) -> None:
        self._directory = directory
        self._system = system
        self._claimed: str | None = None

    def keep(self, name: str) -> None:
        """Link a file, where it exists, into ``superseded/<k>/``; copy it where links are impossible.

        Raises
        ------
        OSError
            If it can be neither linked nor copied: then it must not be replaced.
        """
        target = os.path.join(self._directory, name)
        try:
            regular = stat.S_ISREG(self._system.lstat(target).st_mode)
        except FileNotFoundError:
            return
        for _ in range(_ATTEMPTS):
            kept = os.path.join(self._claim(), name)
            try:
                self._link(target, kept, regular)
            except FileExistsError:
                self._claimed = None
            except FileNotFoundError:  # the file, or superseded/<k>, was removed meanwhile
                if not os.path.lexists(target):
                    return
                self._claimed = None
            else:
                return
        raise FileExistsError(errno.EEXIST, "no free place below superseded", target)

    def _link(self, target: str, kept: str, regular: bool) -> None:
        try:
            self._system.link(target, kept, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS or not regular:
                raise
            if os.path.lexists(kept):
                raise FileExistsError(errno.EEXIST, "already kept", kept) from None
            replace_file(kept, blocks(target, self._system), self._system, temporary_in=self._directory)
        else:
            synchronise_directory(os.path.dirname(kept), self._system)

    def _claim(self) -> str:
        """Claim ``superseded/<k>`` by creating it, so that two processes never share one."""
        if self._claimed is not None:
            return self._claimed
        above = os.path.join(self._directory, layout.SUPERSEDED)
        create_directory(above, self._system)
        number = 1 + max(
            (int(n) for n in self._system.listdir(above) if n.isascii() and n.isdigit()), default=0
        )
        for _ in range(_ATTEMPTS):
            claimed = os.path.join(above, str(number))
            try:
                self._system.mkdir(claimed)
            except FileExistsError:
                number += 1
                continue
            synchronise_directory(above, self._system)
            self._claimed = claimed
            return claimed
        raise FileExistsError(errno.EEXIST, "too many writers claim a place", above)
