"""Train a small ×3 video super-resolution network and leave the files that statkit reads.

A minute or two on one CPU core. After every validation the run directory gains a
``Learn/Statistik_<step>.json``. Needs the extra ``train`` (torch, scikit-image, tensorboard).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from vsr.losses import RECIPES
from vsr.settings import Settings
from vsr.training import Training

_EXAMPLE: Final = "example:\n  python examples/vsr_training.py --seed 1 --output examples/out/full/seed-1"


class _Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Show defaults, and keep the lines of the description."""


def parse(arguments: Sequence[str] | None = None) -> Settings:
    """Read the command line; wrong usage prints one line and exits with 2."""
    parser = argparse.ArgumentParser(description=__doc__, epilog=_EXAMPLE, formatter_class=_Help)
    add, usual = parser.add_argument, Settings(output=Path("examples/out/run"))
    add("--output", type=Path, metavar="DIR", default=usual.output, help="the files go to DIR/Learn")
    add("--steps", type=_positive, metavar="N", default=usual.steps, help="optimiser steps")
    add("--validate-every", type=_positive, metavar="N", default=usual.validate_every,
        help="steps between validations; the last step is always validated")  # fmt: skip
    add("--seed", type=int, metavar="N", default=usual.seed,
        help="of initial weights, order of the clips, flips and noise; the data stay the same")  # fmt: skip
    add("--loss", choices=list(RECIPES), default=usual.loss,
        help="weights of the loss terms: full has the original program's, coarse hardly looks at full "
        "resolution")  # fmt: skip
    add("--threads", type=_positive, metavar="N", default=usual.threads, help="CPU threads")
    add("--checkpoints", action=argparse.BooleanOptionalAction, default=usual.checkpoints,
        help="write DIR/Learn/checkpoints")  # fmt: skip
    add("--tensorboard", dest="board", choices=["images", "scalars", "none"], default=usual.board,
        help="what to log to DIR/Learn/active_run")  # fmt: skip
    add("--quiet", action="store_true", help="print nothing")
    return Settings(**vars(parser.parse_args(arguments)))


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return int(text)


if __name__ == "__main__":
    Training(parse()).run()
