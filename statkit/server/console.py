"""Lines for whoever looks at the server's terminal, which may be closed by now."""

from __future__ import annotations

import sys

from statkit.writers.console import say


def complain(line: str) -> None:
    """Print one line on standard error; where that is closed the line is lost, and nothing else."""
    say(line, lambda text: print(text, file=sys.stderr, flush=True))
