"""A result as one row of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_END = "ci"


def flat_row(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Put the two ends of each interval where it stood, and leave out what is no single value.

    Parameters
    ----------
    attributes : mapping
        From `Result.to_dict`; a name that is ``ci`` or ends in ``_ci`` holds [low, high] or None.

    Returns
    -------
    dict
        ``lift_ci`` has become ``lift_ci_low`` and ``lift_ci_high``.
    """
    flat: dict[str, Any] = {}
    for name, value in attributes.items():
        if name == _END or name.endswith("_" + _END):
            flat[f"{name}_low"], flat[f"{name}_high"] = value or (None, None)
        elif not isinstance(value, dict | list):
            flat[name] = value
    return flat
