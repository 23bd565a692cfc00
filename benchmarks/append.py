"""What one appended batch record of 30 numbers costs, beside a bare write and other ways.

All ways take turns in one process; the figure is the median over the rounds of the ratio to the
bare write of the same round. Run: ``python benchmarks/append.py [--rounds N] [--json]``.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

import orjson

from statkit.writers import BatchMetricsWriter

RECORD: dict[str, float] = {f"metric_{number}": (number + 1) / 7 for number in range(30)}
BARE = "os.write(fd, orjson.dumps(record) + b'\\n')"
OURS = "statkit.writers.BatchMetricsWriter.append"


def ways(directory: str) -> dict[str, Callable[[], object]]:
    """One function a way, each appending the same record once."""
    descriptor = os.open(os.path.join(directory, "bare"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    writer = BatchMetricsWriter(os.path.join(directory, "auto_analysis"))
    stream = open(os.path.join(directory, "stdlib"), "a")  # noqa: SIM115
    table = open(os.path.join(directory, "table.csv"), "a", newline="")  # noqa: SIM115
    rows = csv.DictWriter(table, RECORD)
    nan_record = {**RECORD, "metric_3": float("nan")}

    def stdlib() -> None:
        stream.write(json.dumps(RECORD) + "\n")
        stream.flush()

    def table_row() -> None:
        rows.writerow(RECORD)
        table.flush()

    def fsynced() -> None:
        os.write(descriptor, orjson.dumps(RECORD) + b"\n")
        os.fsync(descriptor)

    return {
        BARE: lambda: os.write(descriptor, orjson.dumps(RECORD) + b"\n"),
        OURS: lambda: writer.append(RECORD),
        "the same, one number NaN": lambda: writer.append(nan_record),
        "json.dumps, write, flush": stdlib,
        "csv.DictWriter, flush": table_row,
        "bare write with fsync each": fsynced,
    }


def microseconds(way: Callable[[], object], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        way()
    return (time.perf_counter() - start) / calls * 1e6


def measure(rounds: int, calls: int) -> dict[str, dict[str, float]]:
    """Median microseconds a call, and median ratio to the bare write of the same round."""
    directory = tempfile.mkdtemp()
    every = ways(directory)
    costs: dict[str, list[float]] = {name: [] for name in every}
    for way in every.values():
        microseconds(way, 50)
    for _ in range(rounds):
        for name, way in every.items():
            costs[name].append(microseconds(way, calls if "fsync" not in name else calls // 50))
    shutil.rmtree(directory)
    return {
        name: {
            "microseconds": statistics.median(values),
            "ratio": statistics.median(value / bare for value, bare in zip(values, costs[BARE], strict=True)),
        }
        for name, values in costs.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = measure(options.rounds, options.calls)
    if options.json:
        json.dump(result, sys.stdout)
        return
    print("| way | µs a call | × the bare write |\n|---|---|---|")
    for name, row in result.items():
        print(f"| `{name}` | {row['microseconds']:.1f} | {row['ratio']:.2f} |")


if __name__ == "__main__":
    main()
