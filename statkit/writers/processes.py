"""Which of a job's processes writes: rank 0 alone, and never a DataLoader worker."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Final

#: Variables that hold this process's place in the whole job, the first that is set decides.
RANK_VARIABLES: Final = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "JSM_NAMESPACE_RANK")


def may_write(all_ranks: bool) -> bool:
    """Tell whether this process is one that saves."""
    return not is_loader_worker() and (all_ranks or rank() == 0)


def rank() -> int:
    """Find this process's place in the job, without importing torch.

    An initialised ``torch.distributed`` knows best; then the variables of `RANK_VARIABLES`
    (torchrun, SLURM, MPI); then ``LOCAL_RANK`` together with ``NODE_RANK`` or ``GROUP_RANK``, which
    launchers set that know only the node; else 0. A value that is no number counts as not set.

    Returns
    -------
    int
        0 for the process that writes.
    """
    with suppress(Exception):
        distributed = sys.modules.get("torch.distributed")
        if distributed is not None and distributed.is_available() and distributed.is_initialized():
            return int(distributed.get_rank())
    for name in RANK_VARIABLES:
        value = _number(name)
        if value is not None:
            return value
    node = _number("NODE_RANK") or _number("GROUP_RANK") or 0
    return (_number("LOCAL_RANK") or 0) + node


def is_loader_worker() -> bool:
    """Tell whether this process only loads data for a torch DataLoader."""
    with suppress(Exception):
        data = sys.modules.get("torch.utils.data")
        return data is not None and data.get_worker_info() is not None
    return False


def _number(name: str) -> int | None:
    try:
        return int(os.environ[name])
    except (KeyError, ValueError):
        return None
