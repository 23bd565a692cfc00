"""The two text files a person follows: ``training.log`` and ``training_status.txt``."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_HEADER: Final = "=" * 80


class Journal:
    """Appends to ``training.log`` and replaces ``training_status.txt``.

    Parameters
    ----------
    directory : Path
        Created if missing.
    title : str
        Second line of the header.
    """

    def __init__(self, directory: Path, title: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._log = directory / "training.log"
        self._status = directory / "training_status.txt"
        with self._log.open("a", encoding="utf-8") as file:
            file.write(f"{_HEADER}\n{title}\n{_HEADER}\n")

    def write(self, message: str) -> None:
        """Append ``[2026-02-06 10:30:00] message``, in UTC."""
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        with self._log.open("a", encoding="utf-8") as file:
            file.write(f"[{stamp}] {message}\n")

    def status(self, facts: Mapping[str, str]) -> None:
        """Replace the status: one ``name: value`` a line. A reader sees the old file or the new one."""
        text = "".join(f"{name}: {value}\n" for name, value in facts.items())
        fresh = self._status.with_suffix(".tmp")
        fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, self._status)
