"""Whether a run trains, validates, rests, is done, or has stopped saying anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from statkit.analysis.monitoring.pace import Pace
from statkit.analysis.result import Result

Status = Literal["training", "validating", "paused", "finished", "stalled", "unknown"]
STATUSES: Final = ("training", "validating", "paused", "finished", "stalled", "unknown")

#: Labels of a last snapshot that say that there will be no other.
FINAL_LABELS: Final = frozenset({"final", "finished", "complete", "completed", "done", "end"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What the last record of a run, and its files, say of its state.

    Attributes
    ----------
    rows : int
        How many records there are.
    step, total_steps : int or None
        The last step, and the planned number of steps.
    phase, label : str or None
        Of the last record.
    active, validating, paused : bool or None
        ``training_active``, ``validation_running``, ``training_paused`` of the last record.
    closed : bool
        Whether the last record is in the file that a training writes at its end.
    """

    rows: int
    step: int | None = None
    total_steps: int | None = None
    phase: Any = None
    label: Any = None
    active: Any = None
    validating: Any = None
    paused: Any = None
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus(Result):
    """The state of a run at a moment.

    Attributes
    ----------
    status : {"training", "validating", "paused", "finished", "stalled", "unknown"}
        What it does.
    reason : str
        Why that is said, in one sentence.
    cadence_s : float or None
        Median interval between its updates, in seconds.
    limit_s : float
        The age, in seconds, from which it counts as stalled.
    last_update : float or None
        Unix seconds of its last sign of life.
    age_s : float or None
        Seconds since; never below 0, whatever its clock says.
    """

    status: Status
    reason: str
    cadence_s: float | None
    limit_s: float
    last_update: float | None
    age_s: float | None


def status_at(signs: Signs, pace: Pace, last_update: float | None, now: float) -> RunStatus:
    """Judge a run.

    The first that holds: **unknown**, no record; **finished**, by its final file, a final label, the
    planned steps reached, or ``training_active`` false; **paused**, ``training_paused``, at any age;
    **unknown**, nothing tells when it was last updated; **stalled**, its last update is older than
    `Pace.limit_s`; **validating**, ``validation_running`` or a last record of phase ``val``;
    **training**.

    Parameters
    ----------
    signs : Signs
        What the run says.
    pace : Pace
        Its rhythm.
    last_update : float or None
        Unix seconds of its last update.
    now : float
        Unix seconds.
    """
    age = None if last_update is None else max(0.0, now - last_update)
    status, reason = _judged(signs, pace, age)
    return RunStatus(
        status=status,
        reason=reason,
        cadence_s=pace.cadence_s,
        limit_s=pace.limit_s,
        last_update=last_update,
        age_s=age,
    )


def _judged(signs: Signs, pace: Pace, age: float | None) -> tuple[Status, str]:
    if not signs.rows:
        return "unknown", "It holds no record yet."
    done = _finished(signs)
    if done:
        return "finished", done
    if signs.paused is True:
        return "paused", "training_paused is true in its last record."
    if age is None:
        return "unknown", "Neither its records nor its files tell when it was last updated."
    if age > pace.limit_s:
        return "stalled", f"No update for {duration(age)}; {_usual(pace)}."
    if signs.validating is True:
        return "validating", "validation_running is true in its last record."
    if signs.phase == "val":
        return "validating", "Its last record is of phase val."
    return "training", f"Updated {duration(age)} ago; {_usual(pace)}."


def _finished(signs: Signs) -> str:
    if signs.closed:
        return "Its final file is written, and no record follows it."
    if isinstance(signs.label, str) and signs.label.casefold() in FINAL_LABELS:
        return f"Its last snapshot is labelled {signs.label}."
    if signs.step is not None and signs.total_steps and signs.step >= signs.total_steps:
        return f"Step {signs.step:,} of {signs.total_steps:,} is reached."
    resting = signs.paused is not True and signs.validating is not True
    if signs.active is False and resting:
        return "training_active is false in its last record."
    return ""


def _usual(pace: Pace) -> str:
    if pace.cadence_s is None:
        return f"it is too short to have a cadence, and is given {duration(pace.limit_s)}"
    usual, latest = duration(pace.cadence_s), duration(pace.limit_s)
    return f"an update usually comes every {usual}, at the latest after {latest}"


_UNITS: Final = ((86_400.0, "d"), (3600.0, "h"), (60.0, "min"))


def duration(seconds: float) -> str:
    """Say a duration in two units at most: ``3 d 8 h``, ``12 min 5 s``, ``0.4 s``."""
    if seconds < 10:
        return f"{seconds:.2g} s"
    whole = round(seconds)
    for place, (size, unit) in enumerate(_UNITS):
        if whole >= size:
            first, rest = divmod(whole, int(size))
            below, name = (int(_UNITS[place + 1][0]), _UNITS[place + 1][1]) if place < 2 else (1, "s")
            second = rest // below
            return f"{first:,} {unit} {second} {name}" if second else f"{first:,} {unit}"
    return f"{whole} s"
