"""What the figures were measured with, and that bytecode is there before anything is timed."""

from __future__ import annotations

import compileall
import importlib.util
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version

PACKAGES = {
    "statkit": "statkit",
    "orjson": "orjson",
    "msgspec": "msgspec",
    "pysimdjson": "simdjson",
    "ijson": "ijson",
    "polars": "polars",
    "pandas": "pandas",
    "numpy": "numpy",
    "duckdb": "duckdb",
    "tensorboard": "tensorboard",
    "tbparse": "tbparse",
    "typer": "typer",
}
"""The packages compared or imported by those that are, and the modules they install."""


def versions() -> str:
    """Name the machine, Python, every package and jq."""
    found = [f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"]
    found.append(f"Python {platform.python_version()}")
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} not installed")
    jq = subprocess.run(["jq", "--version"], capture_output=True, encoding="utf-8")
    return ", ".join([*found, jq.stdout.strip()])


def compile_all() -> None:
    """Write the bytecode of all that will be imported, also where Python is told not to write any."""
    for module in (*PACKAGES.values(), "side_by_side"):
        found = importlib.util.find_spec(module)
        for place in found.submodule_search_locations or () if found else ():
            compileall.compile_dir(place, quiet=2, workers=1)
