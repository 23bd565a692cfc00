"""The checkpoint of a step. Checkpoints are listed, never opened."""

from __future__ import annotations

import os

from statkit.data.run import Run
from statkit.layout import BEST_CHECKPOINT, CHECKPOINTS, parse_checkpoint

_PLACES = (CHECKPOINTS, "")


def checkpoint_of(run: Run, step: int) -> str | None:
    """Find the checkpoint of a step.

    Returns
    -------
    str or None
        Relative to the run's directory: the file whose name holds the step, else the one
        ``checkpoint_best`` links to if it is that step's, else None.
    """
    listed = {place: run.checkpoint_names(place) for place in _PLACES}
    for place, names in listed.items():
        exact = sorted((name for name in names if parse_checkpoint(name) == step), key=lambda n: (len(n), n))
        if exact:
            return os.path.join(place, exact[0])
    for place, names in listed.items():
        for name in names:
            linked = _target(run.directory, place, name) if name.startswith(BEST_CHECKPOINT) else None
            if linked is not None and parse_checkpoint(os.path.basename(linked)) == step:
                return linked
    return None


def count_checkpoints(run: Run) -> int:
    """Count the checkpoints of a run."""
    names = (name for place in _PLACES for name in run.checkpoint_names(place))
    return sum(parse_checkpoint(name) is not None for name in names)


def _target(directory: str, place: str, name: str) -> str | None:
    """Follow one link, relative to the run's directory; None for a file that is none, or leads nowhere."""
    path = os.path.join(directory, place, name)
    try:
        linked = os.readlink(path)
    except OSError:
        return None
    return os.path.normpath(os.path.join(place, linked)) if os.path.exists(path) else None
