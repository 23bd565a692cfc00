"""What a run says about itself: its hyperparameters, and ``statkit.toml``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from statkit import json_text
from statkit.errors import SourceError, UsageError
from statkit.layout import EXPERIMENT_CONFIG, PROJECT_SETTINGS, RUNTIME_CONFIG
from statkit.schema import Metric, lookup
from statkit.sources.base import read_bytes


def read_config(directory: str) -> dict[str, Any]:
    """Read the hyperparameters a run left; an empty dict where there are none or they are damaged."""
    for name in (RUNTIME_CONFIG, EXPERIMENT_CONFIG):
        path = os.path.join(directory, name)
        try:
            if not os.path.isfile(path):
                continue
            document = json_text.loads(read_bytes(path), path)
        except (OSError, SourceError):
            continue
        if isinstance(document, dict):
            return document
    return {}


def read_settings(*directories: str) -> Mapping[str, Metric]:
    """Read what ``statkit.toml`` says of metrics; earlier directories win.

    The file::

        [metrics.my_metric]
        direction = "max"      # or "min"
        unit = "dB"
        good = [20.0, 40.0]

    Raises
    ------
    UsageError
        If the file is no TOML, or says something else than the above.
    """
    settings: dict[str, Metric] = {}
    for directory in reversed(directories):
        path = os.path.join(directory, PROJECT_SETTINGS)
        if os.path.isfile(path):
            settings.update(_parse(path))
    return settings


def _parse(path: str) -> dict[str, Metric]:
    import tomllib

    try:
        with open(path, "rb") as stream:
            tables = tomllib.load(stream).get("metrics", {})
        return {name: _metric(name, table) for name, table in tables.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: {error}") from None


def _metric(name: str, table: Mapping[str, Any]) -> Metric:
    from dataclasses import replace

    if not isinstance(table, Mapping):
        raise ValueError(
            f"metrics.{name} is no table. Write [metrics.{name}] with direction, unit, good, about"
        )
    unknown = set(table) - {"direction", "unit", "good", "about"}
    if unknown:
        raise ValueError(f"metrics.{name} has {sorted(unknown)[0]!r}; possible: direction, unit, good, about")
    changes: dict[str, Any] = {"kind": "number", **table}
    if changes.get("direction") not in (None, "max", "min"):
        raise ValueError(f'metrics.{name}: direction is {changes["direction"]!r}; possible: "max", "min"')
    if "good" in changes:
        low, high = changes["good"]
        changes["good"] = (float(low), float(high))
    return replace(lookup(name), **changes)
