"""Make the run under ``examples/runs/dae_kan``: 300 steps, and of its dashboards what keeps it small.

Every record is kept. Of the dashboards the arrays stay, of the training's last batch and of two validation
batches of the last epoch, sixteen tiles; a picture can be drawn of each again. The epochs' files go, for the
final one holds their records too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # where the package dae_kan is found

from dae_kan.settings import Settings
from dae_kan.training import Training
from statkit.api.reporting import report

_USUAL: Final = Path(__file__).resolve().parents[1] / "runs" / "dae_kan"

#: What goes, and of that what stays.
REMOVED: Final = ("*_batch_*.png", "*_batch_*.npz", "epoch_*_metrics.json")
KEPT: Final = frozenset({"train_batch_000300.npz", "val_batch_000031.npz", "val_batch_000032.npz"})


def prune(directory: Path) -> None:
    """Remove what is not kept, and write the report anew, which lists the files."""
    for pattern in REMOVED:
        for path in sorted(directory.glob(pattern)):
            if path.name not in KEPT:
                path.unlink()
    report(str(directory)).write(directory / "final_summary_report.md")


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the run; of one that is there, write the report anew."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--output", type=Path, metavar="DIR", default=_USUAL,
                        help="the run directory (default: examples/runs/dae_kan)")  # fmt: skip
    output: Path = parser.parse_args(arguments).output
    if output.exists():
        print(f"{output}: there already, only its report is written anew")
    else:
        training = Training(Settings(output=output, cuda=False, analysis_freq=300, validation_batches=2))
        print(f"After the training: {training.run()}")
    prune(output)


if __name__ == "__main__":
    main()
