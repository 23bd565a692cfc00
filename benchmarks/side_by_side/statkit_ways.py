"""statkit's own ways: its commands, and how to read what they print."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from side_by_side.clock import Answer, Way

COMMAND = str(Path(sys.executable).with_name("statkit"))

NO_CACHE = {"STATKIT_CACHE": "off"}
"""What ``--no-cache`` is to the library."""


def statkit(name: str, *arguments: str, **more: Any) -> Way:
    """Make a way of a command line of statkit's."""
    return Way(name=name, command=(COMMAND, *arguments), **more)


def read_best_table(text: str) -> Answer:
    """Read the best step from the table, by its file's name."""
    found = re.search(r"Statistik_(\d+)\.json", text)
    if found is None:
        raise ValueError(f"no file in the table: {text[:500]}")
    return {"step": int(found[1])}


def read_best(text: str) -> Answer:
    """Read the best step and its value from JSON."""
    best = json.loads(text)["results"][0]
    return {"step": best["step"], "value": best["value"]}


def read_best_value(text: str) -> Answer:
    """Read the best value from JSON; a step of batches is a number that only statkit infers."""
    return {"value": json.loads(text)["results"][0]["value"]}


def read_list(text: str) -> Answer:
    """Read how many runs, and the sum of their best values, from JSON."""
    rows = json.loads(text)["rows"]
    return {"runs": len(rows), "bests": sum(row["best quality_ki_value"] for row in rows)}
