"""Values that are there but should not be believed: named in notices, and never crowned.

The original programs write 0.0 before the first validation has run, 0.0 losses in an empty update,
and exactly 1.0 where a NaN image was clipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from statkit.records import Columns, Notice, has_gaps, kinds_of
from statkit.schema import DERIVED_FIELDS, LAYER_PREFIX, LOSS_FIELDS, QUALITY_FIELDS, VALIDATION_FIELDS

_QUALITY_MARKS = ("quality_ki_value", "ki_quality", "quality_ki", "quality.ki")
_LOSS_MARKS = ("validation_loss_value", "val_loss", "losses.validation")
_TRAINING_MARKS = ("total_loss_value", "total_loss", "losses.total")
_VALIDATION_MARKS = (*_QUALITY_MARKS, *_LOSS_MARKS, *_TRAINING_MARKS)

#: What was measured even where the quality beside it was not yet.
_MEASURED = (*_LOSS_MARKS, "quality_lr_value", "lr_quality", "quality_lr", "quality.lr")
_UPDATE_MARKS = ("total_loss_value", "epoch_step_total", "iteration_duration")


def support(field: str) -> tuple[str, ...]:
    """Name the fields needed to tell whether a value of this one can be believed."""
    if field in VALIDATION_FIELDS or field in (*_QUALITY_MARKS, *_LOSS_MARKS) or field in DERIVED_FIELDS:
        return _VALIDATION_MARKS
    return _UPDATE_MARKS if field in LOSS_FIELDS else ()


def unbelievable(columns: Columns, field: str) -> list[bool]:
    """Tell for each row whether this field's value must never be crowned."""
    marks = support(field)
    if marks == _VALIDATION_MARKS:
        bad = _unvalidated(columns)
        if field not in _MEASURED and _lags(columns):
            bad[0] = True
        return bad
    return _empty_updates(columns) if marks else [False] * len(columns)


def _unvalidated(columns: Columns) -> list[bool]:
    """Quality and validation loss 0.0, or one of them where the other is missing."""
    quality, loss = (_present(columns, marks) for marks in (_QUALITY_MARKS, _LOSS_MARKS))
    if 0 not in quality and 0 not in loss:
        return [False] * len(columns)
    return [
        (_is_zero(q) or _is_zero(v)) and (q is None or _is_zero(q)) and (v is None or _is_zero(v))
        for q, v in zip(quality, loss, strict=True)
    ]


def _lags(columns: Columns) -> bool:
    """Tell a run of early versions, which saved before the update: every quality is one validation late.

    Its first row has quality 0.0 beside a training loss that is not.
    """
    if not len(columns):
        return False
    quality, loss = (_present(columns, marks)[0] for marks in (_QUALITY_MARKS, _TRAINING_MARKS))
    return _is_zero(quality) and isinstance(loss, int | float) and loss != 0


def _present(columns: Columns, names: Sequence[str]) -> Sequence[Any]:
    """Take for each row the first of the named fields that has a value."""
    found = [columns.fields[name] for name in names if name in columns.fields]
    if len(found) == 1:
        return found[0]
    rows = range(len(columns))
    return [next((column[row] for column in found if column[row] is not None), None) for row in rows]


def _empty_updates(columns: Columns) -> list[bool]:
    loss, total, duration = (columns.fields.get(name) for name in _UPDATE_MARKS)
    if loss is None or total is None or duration is None or 0 not in loss:
        return [False] * len(columns)
    return [
        _is_zero(value) and steps == 1 and seconds == 0.1
        for value, steps, seconds in zip(loss, total, duration, strict=True)
    ]


def _is_zero(value: Any) -> bool:
    return isinstance(value, int | float) and value == 0


def notices(columns: Columns, path: str) -> list[Notice]:
    """Say which rows hold values that should not be believed."""
    if not len(columns) or columns.keys["series"][0] != "validation":
        return []
    return [
        *_no_validation(columns, path),
        *_empty(columns, path),
        *_perfect(columns, path),
        *_percent(columns, path),
        *_layers(columns, path),
    ]


def _no_validation(columns: Columns, path: str) -> list[Notice]:
    rows = [row for row, bad in enumerate(_unvalidated(columns)) if bad]
    lags = _lags(columns)
    if rows:
        text = f"quality and validation loss are 0.0 at {_steps(columns, rows)}: no validation had run"
        if lags:
            text += "; losses are not"
    else:
        text = f"quality is 0.0 at {_steps(columns, [0])}, losses are not" if lags else ""
    if lags:
        text += ", so quality may lag one validation behind in every file"
    return [Notice("no-validation-yet", path, text + "; never taken as best")] if text else []


def _empty(columns: Columns, path: str) -> list[Notice]:
    rows = [row for row, bad in enumerate(_empty_updates(columns)) if bad]
    text = f"losses are 0.0 at {_steps(columns, rows)}: an empty update; never taken as best"
    return [Notice("no-validation-yet", path, text)] if rows else []


def _perfect(columns: Columns, path: str) -> list[Notice]:
    found = []
    for name in QUALITY_FIELDS:
        column = columns.fields.get(name)
        if column is None or 1 not in column:
            continue
        rows = [row for row, value in enumerate(column) if value == 1]
        if rows:
            text = f"{name} is exactly 1.0 at {_steps(columns, rows)}: often a NaN image that was clipped"
            found.append(Notice("non-finite", path, text))
    return found


def _percent(columns: Columns, path: str) -> list[Notice]:
    found = []
    for name in QUALITY_FIELDS:
        column = columns.fields.get(name)
        if column is None or (kinds_of(column) == {float} and not has_gaps(column) and max(column) <= 1):
            continue
        numbers = [v for v in column if isinstance(v, int | float) and v > 1]
        if numbers:
            text = f"{name} reaches {max(numbers):g}: percent where a fraction belongs? Nothing was rescaled"
            found.append(Notice("unit-suspect", path, text))
    return found


def _layers(columns: Columns, path: str) -> list[Notice]:
    """Layer activity is a percentage of the maximum in old files, a raw mean in new ones."""
    layers = [column for name, column in columns.fields.items() if name.startswith(LAYER_PREFIX)]
    if not layers:
        return []
    percent, raw = 0, 0
    for row in range(len(columns)):
        values = [c[row] for c in layers if isinstance(c[row], int | float) and not isinstance(c[row], bool)]
        if values and max(values) > 10:
            percent += 1
        elif any(isinstance(value, float) and not value.is_integer() for value in values):
            raw += 1
    if not (percent and raw):
        return []
    text = f"layer activity is in percent in {percent} files and raw in {raw}; never draw both on one axis"
    return [Notice("unit-suspect", path, text)]


def _steps(columns: Columns, rows: Sequence[int]) -> str:
    steps = columns.steps
    shown = ", ".join(str(steps[row]) for row in rows[:3])
    more = f" and {len(rows) - 3} more" if len(rows) > 3 else ""
    return f"step{'s' if len(rows) > 1 else ''} {shown}{more}"
