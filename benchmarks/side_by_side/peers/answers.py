"""Reading snapshots' bytes, and printing answers as JSON without paying for a JSON library."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

TYPE_CHECKING = False  # typing itself costs as much as half an interpreter's start
if TYPE_CHECKING:
    from typing import Any


def texts(directory: str) -> Iterator[bytes]:
    """Give every snapshot's bytes, in the order of the directory; a snapshot is below 64 KB."""
    for entry in os.scandir(directory):
        if entry.name.startswith("Statistik_"):
            descriptor = os.open(entry.path, os.O_RDONLY)
            yield os.read(descriptor, 1 << 16)
            os.close(descriptor)


def ask_duckdb(query: str) -> Any:
    """Run a query; DuckDB would draw a bar on standard output, between the lines of an answer."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("set enable_progress_bar = false")
    return connection.execute(query)


def tell(**answer: float) -> None:
    """Print an answer as one JSON object of floats."""
    print("{" + ", ".join(f'"{name}": {float(value)!r}' for name, value in answer.items()) + "}")


def tell_best(rows: Iterable[tuple[int, float, float]]) -> None:
    """Print the best step, its quality, the rows, and the sum of the improvements."""
    kept = list(rows)
    step, value, _ = max(kept, key=lambda row: row[1])
    tell(step=step, value=value, rows=len(kept), improvement=sum(row[2] for row in kept))


def tell_best_of(steps: Any, qualities: Any, improvements: Any) -> None:
    """Print the same of three pandas columns."""
    row = qualities.argmax()
    tell(step=steps[row], value=qualities[row], rows=len(steps), improvement=improvements.sum())
