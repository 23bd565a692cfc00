"""Make the runs under ``examples/runs``: three groups of five seeds.

``coarse`` is the baseline, ``full`` the variant, and ``coarse-again`` the baseline with five other
seeds: two groups that differ by nothing but chance. Checkpoints are not written. Scalars for
TensorBoard are kept for the first run alone.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_SEEDS_A_GROUP: Final = 5

#: Name of the group, loss recipe, first seed.
GROUPS: Final = (("coarse", "coarse", 0), ("full", "full", 0), ("coarse-again", "coarse", _SEEDS_A_GROUP))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run to make: where it goes below the root, its loss recipe, its seed, what is logged."""

    directory: str
    loss: str
    seed: int
    board: str

    def arguments(self, root: Path) -> list[str]:
        """Give the command line of ``vsr_training.py``."""
        options = {"--loss": self.loss, "--seed": str(self.seed), "--tensorboard": self.board}
        output = ["--output", str(root / self.directory), "--no-checkpoints", "--quiet"]
        return [text for option in options.items() for text in option] + output


def plan() -> Iterator[Run]:
    """Yield the fifteen runs, the groups in turn, so that a busy machine slows all of them alike."""
    for number in range(_SEEDS_A_GROUP):
        for group, loss, first in GROUPS:
            seed = first + number
            board = "scalars" if (group, number) == (GROUPS[0][0], 0) else "none"
            yield Run(directory=f"{group}/seed-{seed}", loss=loss, seed=seed, board=board)


def without_host_name(run: Path) -> None:
    """Rename the event files of a run: TensorBoard puts the machine's name into theirs."""
    for file in sorted(run.glob("Learn/active_run/events.out.tfevents.*")):
        stamp = file.name.split(".")[3]
        file.rename(file.with_name(f"events.out.tfevents.{stamp}.example"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Make every run that is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, metavar="DIR", default=_HERE / "runs",
                        help="where the groups go (default: %(default)s)")  # fmt: skip
    root: Path = parser.parse_args(arguments).output
    for run in plan():
        target = root / run.directory
        if target.exists():
            print(f"{run.directory}: there already, left alone", flush=True)
            continue
        started = time.perf_counter()
        subprocess.run([sys.executable, str(_HERE / "vsr_training.py"), *run.arguments(root)], check=True)
        without_host_name(target)
        print(f"{run.directory}: {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
