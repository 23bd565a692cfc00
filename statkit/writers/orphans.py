"""Temporary files that a killed writer left behind."""

from __future__ import annotations

import os
import time
from typing import Any, Final

from statkit import layout

#: A temporary file is swept when it is older than this (seconds) and its process is gone.
ORPHAN_AGE: Final = 3600.0


def sweep(directory: str, system: Any = os) -> list[str]:
    """Remove temporary files that are old and ownerless.

    Only temporary names of files that the writers write are touched, never another program's.

    Returns
    -------
    list of str
        The names removed.

    Raises
    ------
    OSError
        If a call fails; what was not removed is left for the next time.
    """
    removed = []
    for name in system.listdir(directory):
        if not layout.is_temporary(name):
            continue
        target, process, _token, _suffix = name[1:].rsplit(".", 3)
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
    if process <= 0 or os.name == "nt":  # there, os.kill would end the process
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
