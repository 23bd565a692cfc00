"""How far a training of snapshots has come: its curves under the names of both schemas, its latest state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from statkit.analysis.arrays import floats
from statkit.analysis.plotted.layers import LayerGrid, layer_grids
from statkit.analysis.plotted.rates import PhaseSpan, rate_panel
from statkit.analysis.progress import Progress, ProgressCurve, as_float, progress
from statkit.records import Columns, is_number
from statkit.schema import LAYER_PREFIX

#: What a curve is of, and the fields that may hold it: the first one that does.
CURVES: Final = {
    "ki": ("quality_ki_value", "ki_quality", "quality_ki", "quality.ki"),
    "lr": ("quality_lr_value", "lr_quality", "quality_lr", "quality.lr"),
    "improvement": ("quality_improvement_value", "improvement", "quality.improvement"),
    "validation": ("validation_loss_value", "val_loss"),
    "total": ("total_loss_value", "total_loss", "losses.total"),
    "l1": ("l1_loss_value", "l1_loss", "losses.l1"),
    "ms": ("ms_loss_value", "ms_loss", "losses.ms"),
    "gradient": ("gradient_loss_value", "gradient_loss", "losses.gradient"),
    "perceptual": ("perceptual_loss_value", "perceptual_loss", "losses.perceptual"),
    "l1 weight": ("l1_weight_current", "weights.l1"),
    "ms weight": ("ms_weight_current", "weights.ms"),
    "gradient weight": ("gradient_weight_current", "weights.gradient"),
    "perceptual weight": ("perceptual_weight_current", "weights.perceptual"),
    "clip": ("gradient_clip_val",),
    "rate": ("learning_rate_value", "learning_rate"),
    "plateau": ("adaptive_plateau_counter", "plateau_counter"),
    "gap closed": ("quality_gap_closed",),
    "duration": ("iteration_duration", "performance.iteration_duration"),
    "memory": ("vram_usage_gb", "performance.vram_usage_gb"),
}

#: Curves whose values may be what a snapshot holds before the first validation: those are left out.
DOUBTED: Final = ("ki", "lr", "improvement", "validation", "gap closed")

_PHASE: Final = "lr_phase_name"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ValidationProgress:
    """Every curve of a training of snapshots.

    Attributes
    ----------
    curves : dict of str to ProgressCurve
        By the names of `CURVES`; those that hold no finite number are not there.
    best : (float, float) or None
        Step and value of the greatest quality of KI that is believed, the earliest of equals.
    phases : tuple of PhaseSpan
        Of the learning rate's schedule.
    grids : tuple of LayerGrid
        Layer activity, a grid a unit.
    latest : dict of str to object
        Every field's last value that is not missing.
    snapshots : int
        How many there are.
    first_step, last_step : int
        Their ends.
    doubted : int
        Snapshots whose quality is not believed, and is left out.
    """

    curves: Mapping[str, ProgressCurve]
    best: tuple[float, float] | None
    phases: tuple[PhaseSpan, ...]
    grids: tuple[LayerGrid, ...]
    latest: Mapping[str, Any]
    snapshots: int
    first_step: int
    last_step: int
    doubted: int

    def latest_of(self, name: str) -> Any:
        """Give the latest value of a curve of `CURVES`, None where there is none."""
        return next((self.latest[field] for field in CURVES[name] if field in self.latest), None)


def field_of(columns: Columns, name: str) -> str | None:
    """Give the first field of a curve that holds a number."""
    return next((field for field in CURVES[name] if any(map(is_number, columns.fields.get(field, ())))), None)


def validation_progress(columns: Columns, believed: Mapping[str, Sequence[bool]]) -> ValidationProgress:
    """Put together what a dashboard of snapshots shows.

    Parameters
    ----------
    columns : Columns
        The snapshots in order; at least one.
    believed : mapping of str to sequence of bool
        For fields of `DOUBTED` curves, whether each value counts; others count wherever they are.
    """
    fields = {name: field for name in CURVES if (field := field_of(columns, name)) is not None}
    history: dict[str, Sequence[Any]] = {"step": list(columns.steps), "phase": ["val"] * len(columns)}
    for name, field in fields.items():
        trusted = believed.get(field)
        history[name] = [
            as_float(value) if trusted is None or trusted[row] else None
            for row, value in enumerate(columns.fields[field])
        ]
    steps = floats(columns.steps)
    found: Progress = progress(history)
    layers = {
        name.removeprefix(LAYER_PREFIX): [as_float(value) for value in column]
        for name, column in columns.fields.items()
        if name.startswith(LAYER_PREFIX) and any(map(is_number, column))
    }
    doubts = believed.get(fields.get("ki", ""), ())
    return ValidationProgress(
        curves={curve.metric: curve for curve in found.curves if np.isfinite(curve.means).any()},
        best=_best(steps, history.get("ki", ())),
        phases=_phases(columns),
        grids=layer_grids("", "", steps, [0] * len(columns), layers) if layers else (),
        latest={
            name: value for name, column in columns.fields.items() if (value := _last(column)) is not None
        },
        snapshots=len(columns),
        first_step=int(np.nanmin(steps)),
        last_step=int(np.nanmax(steps)),
        doubted=sum(not good for good in doubts),
    )


def _best(steps: np.ndarray, values: Sequence[Any]) -> tuple[float, float] | None:
    numbers = floats(values)
    there = np.flatnonzero(np.isfinite(numbers))
    if not len(there):
        return None
    row = there[int(np.argmax(numbers[there]))]
    return float(steps[row]), float(numbers[row])


def _phases(columns: Columns) -> tuple[PhaseSpan, ...]:
    names = [value if isinstance(value, str) else None for value in columns.fields.get(_PHASE, ())]
    if not names:
        return ()
    nothing = [None] * len(names)
    return rate_panel("", "", _PHASE, floats(columns.steps), nothing, [0] * len(names), names).phases


def _last(column: Sequence[Any]) -> Any:
    for row in range(len(column) - 1, -1, -1):
        if column[row] is not None:
            return column[row]
    return None
