"""The shell's ways over snapshots, as commands, and how to read what they print."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_INPUTS = """
[inputs | [.step_current, .quality_ki_value, .quality_improvement_value]]
| (max_by(.[1])) as $best
| {step: $best[0], value: $best[1], rows: length, improvement: (map(.[2]) | add)}
"""

_RUNS = """
reduce inputs as $d ({}; .[input_filename | split("/")[0]] |= ([., $d.quality_ki_value] | max))
| {runs: length, bests: ([.[]] | add)}
"""

_LOOP = """
for file in Statistik_*.json; do
    step=$(basename "$file" .json | cut -d_ -f2)
    quality=$(jq '.quality_ki_value * 100' "$file")
    echo "$quality $step"
done | sort -rn | head -1
"""


def jq_inputs(directory: str) -> tuple[str, ...]:
    """One jq over all snapshots of a directory."""
    return _inside(directory, f"jq -n -c '{_INPUTS}' Statistik_*.json")


def jq_runs(root: str) -> tuple[str, ...]:
    """One jq over the snapshots of all runs of a directory; a few thousand names fit a command line."""
    return _inside(root, f"jq -n -c '{_RUNS}' */Statistik_*.json")


def jq_loop(directory: str) -> tuple[str, ...]:
    """The loop that the original program's guide gives: a jq, a basename and a cut for each file."""
    return _inside(directory, _LOOP)


def read_loop(text: str) -> Mapping[str, float]:
    """Read what the loop prints: percent, and the step."""
    quality, step = text.split()
    return {"step": int(step), "value": float(quality) / 100}


def _inside(directory: str, command: str) -> tuple[str, ...]:
    return ("bash", "-c", 'cd "$0" && ' + command.strip(), str(Path(directory).absolute()))
