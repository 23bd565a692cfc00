"""How far a run has come: steps, epochs, and the time that is left."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from statkit.analysis.result import Result
from statkit.records import is_number

#: Names of hyperparameters that hold the planned number of steps, and of epochs.
STEP_KEYS: Final = ("step_max", "total_steps", "max_steps", "num_steps", "steps", "max_iterations")
EPOCH_KEYS: Final = ("total_epochs", "max_epochs", "num_epochs", "epochs", "n_epochs")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgress(Result):
    """How far a run has come.

    Attributes
    ----------
    step, total_steps : int or None
        The last step, and the planned number.
    fraction : float or None
        Their ratio, 0 to 1.
    epoch, total_epochs : int or None
        The epoch it is in, the first being 1, and the planned number.
    epoch_fraction : float or None
        The share of the epoch that is done, 0 to 1.
    eta_s, epoch_eta_s : float or None
        Seconds left of the run and of the epoch at the recent pace; None where nothing tells.
    """

    step: int | None
    total_steps: int | None
    fraction: float | None
    epoch: int | None
    total_epochs: int | None
    epoch_fraction: float | None
    eta_s: float | None
    epoch_eta_s: float | None


def progress_of(
    step: int | None,
    epoch: int | None,
    record: Mapping[str, Any],
    config: Mapping[str, Any],
    seconds_per_step: float | None,
) -> RunProgress:
    """Say how far a run has come.

    Parameters
    ----------
    step, epoch : int or None
        Of the last record.
    record : mapping
        The fields of the last record; ``step_max``, ``epoch_step_current`` and ``epoch_step_total``
        are read.
    config : mapping
        Hyperparameters, flattened with a dot.
    seconds_per_step : float or None
        The recent pace; None for a run that makes no steps now: then no time left is given.
    """
    total = planned(record, ("step_max",)) or planned(config, STEP_KEYS)
    inside, of_epoch = planned(record, ("epoch_step_current",), 0), planned(record, ("epoch_step_total",))
    if of_epoch is not None and of_epoch < 2:  # an empty update says 1
        inside = of_epoch = None
    epochs = planned(config, EPOCH_KEYS)
    if epochs is None and total and of_epoch:
        epochs = math.ceil(total / of_epoch)
    if total is None and epochs and of_epoch:
        total = epochs * of_epoch
    left = max(0, total - step) if total is not None and step is not None else None
    epoch_left = max(0, of_epoch - inside) if of_epoch is not None and inside is not None else None
    return RunProgress(
        step=step,
        total_steps=total,
        fraction=_share(step, total),
        epoch=epoch,
        total_epochs=epochs,
        epoch_fraction=_share(inside, of_epoch),
        eta_s=_time(left, seconds_per_step),
        epoch_eta_s=_time(epoch_left, seconds_per_step),
    )


def batches_of_epoch(epochs: Sequence[Any], phases: Sequence[Any], indices: Sequence[Any]) -> dict[str, int]:
    """Say how far the last epoch of batch records is, by the one before it.

    Parameters
    ----------
    epochs, phases, indices : sequence, one a record in order of writing
        Epoch, phase, and position within the phase of the epoch, which counts from 0.

    Returns
    -------
    dict
        ``epoch_step_current`` and ``epoch_step_total``, the training batches that are done and those of the
        epoch before; empty where there is none before.
    """
    done, before = 0, 0
    current = epochs[-1] if len(epochs) else None
    for row in range(len(epochs) - 1, -1, -1):
        epoch, index = epochs[row], indices[row]
        if epoch is None or current is None or epoch < current - 1:
            break
        if phases[row] in ("train", None) and index is not None:
            if epoch == current:
                done = max(done, index + 1)
            else:
                before = max(before, index + 1)
    return {"epoch_step_current": done, "epoch_step_total": before} if before and done <= before else {}


def planned(values: Mapping[str, Any], names: tuple[str, ...], least: int = 1) -> int | None:
    """Read the first of some names that holds a whole number of at least ``least``.

    A nested hyperparameter counts by the last part of its name, where none stands at the top.
    """
    for name in names:
        number = _whole(values.get(name), least)
        if number is not None:
            return number
    for name in names:
        for key, value in values.items():
            number = _whole(value, least) if key.rpartition(".")[2] == name else None
            if number is not None:
                return number
    return None


def _whole(value: Any, least: int) -> int | None:
    if not is_number(value) or not math.isfinite(value) or value != int(value) or value < least:
        return None
    return int(value)


def _share(done: int | None, total: int | None) -> float | None:
    return min(1.0, done / total) if done is not None and total else None


def _time(left: int | None, seconds_per_step: float | None) -> float | None:
    return left * seconds_per_step if left is not None and seconds_per_step is not None else None
