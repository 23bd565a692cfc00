"""How much memory this process has."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Final

_STATM: Final = "/proc/self/statm"
_PAGE_MIB: Final = os.sysconf("SC_PAGE_SIZE") / 2**20 if hasattr(os, "sysconf") else 0.0


def resident_mib() -> float | None:
    """Give the resident set size in MiB.

    Returns
    -------
    float or None
        From ``/proc/self/statm``; where there is none, the peak that ``getrusage`` knows; None where
        neither exists.
    """
    with suppress(OSError, ValueError, IndexError), open(_STATM, "rb", buffering=0) as statm:
        return int(statm.read(128).split()[1]) * _PAGE_MIB
    with suppress(ImportError, OSError):
        import resource

        unit = 2**20 if sys.platform == "darwin" else 2**10
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return None
