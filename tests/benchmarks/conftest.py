from __future__ import annotations

import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

if str(BENCHMARKS) not in sys.path:  # as `python benchmarks/performance.py` has it
    sys.path.insert(0, str(BENCHMARKS))
