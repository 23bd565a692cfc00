"""Train the denoising autoencoder on one tissue image, with an automatic analysis beside it.

Half a minute of one CPU core, or a GPU. Tiles from the left three quarters of the image are trained
on, tiles from the right quarter show how good the model is. Needs the extra ``train`` (torch,
scikit-image); logs to W&B where wandb is installed, offline without a login.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # where the package dae_kan is found

import torch

from dae_kan import evaluation
from dae_kan.settings import Settings
from dae_kan.training import Training
from statkit.errors import MissingExtraError
from statkit.training.loggers import Logger, TensorBoardLogger, WandbLogger

_EXAMPLE: Final = (
    "example:\n  python examples/dae_kan/train.py --no-cuda --analysis-freq 50 --output auto_analysis_a"
)


class _Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Show defaults, and keep the lines of the description."""


def parse(arguments: Sequence[str] | None = None) -> Settings:
    """Read the command line; wrong usage prints one line and exits with 2."""
    parser = argparse.ArgumentParser(description=__doc__, epilog=_EXAMPLE, formatter_class=_Help)
    add, usual = parser.add_argument, Settings(output=Path())
    add("--gpu", type=_natural, metavar="N", default=usual.gpu, help="which CUDA device")
    add("--no-cuda", dest="cuda", action="store_false", help="use the CPU even where there is CUDA")
    add("--batch-size", type=_positive, metavar="N", help="tiles in a batch (default: what fits, 8 on a CPU)",
        default=argparse.SUPPRESS)  # fmt: skip
    add("--num-workers", type=_natural, metavar="N", default=usual.num_workers,
        help="processes that cut tiles; they change no number, and hardly pay")  # fmt: skip
    add("--analysis-freq", type=_positive, metavar="N", default=usual.analysis_freq,
        help="training batches between dashboards")  # fmt: skip
    add("--pathology", action=argparse.BooleanOptionalAction, default=usual.pathology,
        help="look at how attention and tissue go together, where that is installed")  # fmt: skip
    add("--project-name", metavar="NAME", default=usual.project_name, help="W&B project")
    add("--no-wandb", dest="wandb", action="store_false", help="do not log to W&B")
    add("--tensorboard", action="store_true", help="log to DIR/active_run too")
    add("--seed", type=_natural, metavar="N", default=usual.seed,
        help="of initial weights, tiles and noise; the test tiles stay the same")  # fmt: skip
    add("--steps", type=_positive, metavar="N", default=argparse.SUPPRESS,
        help="optimiser steps in all (default: those of the epochs)")  # fmt: skip
    add("--epochs", type=_positive, metavar="N", default=usual.epochs,
        help=f"passes of {usual.tiles_per_epoch} tiles")  # fmt: skip
    add("--output", type=Path, metavar="DIR", default=argparse.SUPPRESS,
        help="the run directory (default: auto_analysis_seed-<seed>, numbered if that exists)")  # fmt: skip
    found = vars(parser.parse_args(arguments))
    devices = torch.cuda.device_count() if found["cuda"] else 0
    if devices and found["gpu"] >= devices:
        parser.error(f"no GPU {found['gpu']}: the numbers 0 to {devices - 1} exist, and --no-cuda")
    output = found.pop("output", None) or _free(f"auto_analysis_seed-{found['seed']}")
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        parser.error(f"{output} is there already: choose another --output, or remove it")
    return Settings(output=output, **found)


def loggers(settings: Settings) -> tuple[Logger, ...]:
    """Open the trackers asked for; W&B only where it is installed."""
    opened: list[Logger] = []
    if settings.tensorboard:
        opened.append(TensorBoardLogger(settings.output / "active_run"))
    if settings.wandb:
        try:
            opened.append(_wandb(settings))
        except MissingExtraError as error:
            print(f"Not logged to W&B: {error}")
    return tuple(opened)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and print where the files are and how good the model is."""
    settings = parse(arguments)
    training = Training(settings, loggers(settings))
    print(f"Training {training.steps} steps of {training.batch_size} tiles on {training.device}", flush=True)
    print(f"Noisy test tiles:   {evaluation.quality_of_noisy()}", flush=True)
    print(f"After the training: {training.run()}")
    print(f"Analysis: {settings.output}")


def _wandb(settings: Settings) -> WandbLogger:
    name = settings.output.resolve().name.removeprefix("auto_analysis_")
    values: dict[str, Any] = settings.config()
    return WandbLogger(settings.project_name, name=name, directory=settings.output.parent, config=values)


def _free(name: str) -> Path:
    candidates = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    return next(path for path in map(Path, candidates) if not path.exists())


def _natural(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return int(text)


if __name__ == "__main__":
    main()
