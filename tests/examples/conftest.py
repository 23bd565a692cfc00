from __future__ import annotations

import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"

if str(EXAMPLES) not in sys.path:  # as `python examples/vsr_training.py` has it
    sys.path.insert(0, str(EXAMPLES))
