"""A run directory as a writer sees it: names in, whole files out, nothing of the past lost."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from statkit import json_text, layout
from statkit.errors import SourceError
from statkit.writers.atomic import create_directory, replace_file
from statkit.writers.blocks import blocks
from statkit.writers.orphans import sweep
from statkit.writers.superseded import Superseded


class RunDirectory:
    """Writes files of one run, one at a time.

    Attributes
    ----------
    path : str
        Absolute path of the directory.
    """

    def __init__(self, path: str, system: Any = os) -> None:
        self.path = path
        self.system = system
        self._superseded = Superseded(path, system)
        self._swept = False

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a file atomically and durably; the one it replaces is kept below ``superseded``.

        The directory is created when it is missing. After the first write, what killed writers
        left is swept.

        Raises
        ------
        OSError
            If any call fails; the old file is then still there, or the new one whole.
        """
        create_directory(self.path, self.system)
        self._superseded.keep(name)
        replace_file(os.path.join(self.path, name), chunks, self.system)
        if not self._swept:
            self._swept = True
            with suppress(Exception):
                sweep(self.path, self.system)

    def write_config(self, config: bytes, step: int) -> None:
        """Write ``runtime_config.json`` once, and never over another.

        Where the run has one that differs, a resume with other settings, this one becomes
        ``runtime_config_step_<step>.json`` (seven digits), and the first stays as it is.

        Raises
        ------
        OSError
            If a call fails.
        """
        create_directory(self.path, self.system)
        name = layout.RUNTIME_CONFIG
        if self._holds(name, config):
            return
        if os.path.lexists(os.path.join(self.path, name)):
            name = layout.resumed_config_name(step)
        if not self._holds(name, config):
            self.write(name, [config])

    def _holds(self, name: str, config: bytes) -> bool:
        """Tell whether a file says the same as this document."""
        path = os.path.join(self.path, name)
        try:
            if not stat.S_ISREG(self.system.stat(path).st_mode):
                return False
            present = json_text.loads(b"".join(blocks(path, self.system)), path)
        except (FileNotFoundError, SourceError):
            return False
        return bool(present == json_text.loads(config))
