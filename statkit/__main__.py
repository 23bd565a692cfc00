"""``python -m statkit`` and the ``statkit`` command."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line; ``--version`` alone is answered without loading it.

    A command lives for a moment and holds numbers, not cycles: the collector that looks for those is
    kept from running, and the process ends without taking its modules down one by one.
    """
    if sys.argv[1:] == ["--version"]:
        from statkit import __version__

        print(f"statkit {__version__}")
        return
    gc.set_threshold(_SELDOM)
    from statkit.cli.app import run

    code = run(sys.argv[1:])
    _leave(code)


#: Containers made before the collector looks for cycles; the interpreter's own figure is 700.
_SELDOM = 500_000


def _leave(code: int) -> None:
    """End at once with what was printed on its way; where that fails, the interpreter says so itself."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    main()
