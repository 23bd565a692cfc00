"""``python -m statkit`` and the ``statkit`` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; ``--version`` alone is answered without loading it."""
    if sys.argv[1:] == ["--version"]:
        from statkit import __version__

        print(f"statkit {__version__}")
        return
    from statkit.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
