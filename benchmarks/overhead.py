"""What the analyzer costs a training: blocks of steps without it and with it, in turn, as ratios.

The example denoising autoencoder trains on its own tiles, 8 of 96×96 a batch, one thread. A round is one
block of each way: no analyzer; basic records alone; everything at the default cadence, as in epochs of 500
batches (a dashboard every 100 steps, a detailed record every 20, one validation batch with a dashboard for
every 100 steps, an epoch file every 500). Each block but those without analyzer holds its dashboards in its
middle, so that drawing, a process beside the training, falls into the block it belongs to. The figure is
the median over rounds of the ratio to the block without, less 1, with a bootstrap interval; beside it the
same of the process's own CPU time, and what the analyzer itself accounts for (the sum of analysis_time_ms),
which other programs on the machine disturb less. On a GPU any wait for the device is an error meanwhile.

Run: ``python benchmarks/overhead.py [--rounds N] [--steps N] [--json]``.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "examples")]

from dae_kan.model import DenoisingAutoencoder  # noqa: E402
from dae_kan.tiles import TrainingTiles  # noqa: E402

from statkit.analysis.bootstrap import stratified_interval  # noqa: E402
from statkit.training import AutomaticAnalyzer  # noqa: E402

OFF, BASIC, FULL = "no analyzer", "basic record of every batch", "everything, default cadence"
WAYS: dict[str, dict[str, int] | None] = {
    OFF: None,
    BASIC: {"analysis_freq": 0, "detailed_freq": 0, "validation_batches": 0},
    FULL: {},
}
EPOCH = 500


class Training:
    """The example's steps, on one endless row of batches."""

    def __init__(self, device: torch.device) -> None:
        torch.manual_seed(0)
        self.device = device
        self.model = DenoisingAutoencoder().to(device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=2e-4)
        tiles = TrainingTiles(256, 0)
        pairs = [tiles[place] for place in range(256)]
        self.batches = itertools.cycle(
            [
                tuple(torch.stack(part).to(device) for part in zip(*pairs[i : i + 8], strict=True))
                for i in range(0, 256, 8)
            ]
        )
        self.step = 0

    def train(self, steps: int, analyzer: AutomaticAnalyzer | None) -> float:
        """Take steps; give the seconds that the analyzer says it took in them."""
        own = 0.0
        self.model.train()
        for _ in range(steps):
            noisy, clean = next(self.batches)
            output = self.model(noisy)
            loss = torch.nn.functional.l1_loss(output, clean)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.step += 1
            if analyzer is not None:
                with guarded(self.device):
                    record = analyzer.analyze_batch(self.step, noisy, output, loss, target_tensor=clean)
                own += (record["analysis_time_ms"] or 0.0) / 1000
        return own

    @torch.no_grad()
    def validate(self, analyzer: AutomaticAnalyzer | None) -> None:
        """Take one validation batch."""
        self.model.eval()
        noisy, clean = next(self.batches)
        output = self.model(noisy)
        loss = torch.nn.functional.l1_loss(output, clean)
        if analyzer is not None:
            analyzer.analyze_batch(0, noisy, output, loss, "val", target_tensor=clean)


@contextmanager
def guarded(device: torch.device) -> Iterator[None]:
    """On a GPU, let any wait for the device be an error."""
    if device.type != "cuda":
        yield
        return
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


class Block:
    """So many steps of one way, timed; the analyzer is the same in all its blocks."""

    def __init__(self, training: Training, options: dict[str, int] | None, directory: str) -> None:
        self.training, self.blocks, self.analyzer = training, 0, None
        if options is not None:
            self.analyzer = AutomaticAnalyzer(
                training.model, save_dir=directory, data_range=1.0, echo=lambda line: None, **options
            )
            self.analyzer.start_epoch(0)
            training.train(50, self.analyzer)  # so that step 100 falls into the middle of a block
            self.analyzer.detach()

    def run(self, steps: int) -> tuple[float, float, float]:
        """Give wall and CPU seconds, and those the analyzer says it took."""
        own = 0.0
        if self.analyzer is not None:
            self.analyzer.attach()
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(steps // 100):
            self.training.validate(self.analyzer)
            own += self.training.train(100, self.analyzer)
            self.blocks += 1
            if self.analyzer is not None and self.blocks * 100 % EPOCH == 0:
                self.analyzer.end_epoch()
                self.analyzer.start_epoch(self.blocks * 100 // EPOCH)
        if self.training.device.type == "cuda":
            torch.cuda.synchronize()
        spent = time.perf_counter() - wall, time.process_time() - cpu, own
        if self.analyzer is not None:
            self.analyzer.detach()
        return spent


def measure(rounds: int, steps: int, device: torch.device, tell: Callable[[str], Any]) -> dict[str, Any]:
    """Give each way's extra time as a share, with its interval, and the milliseconds of a step without."""
    directory = tempfile.mkdtemp()
    training = Training(device)
    training.train(30, None)
    blocks = {
        name: Block(training, o, f"{directory}/{place}") for place, (name, o) in enumerate(WAYS.items())
    }
    spent: dict[str, list[tuple[float, float, float]]] = {name: [] for name in WAYS}
    for number in range(rounds):
        order = list(WAYS)[number % 3 :] + list(WAYS)[: number % 3]
        for name in order:
            spent[name].append(blocks[name].run(steps))
        tell(f"round {number + 1} of {rounds}: " + ", ".join(f"{spent[n][-1][0]:.2f} s" for n in WAYS))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    for block in blocks.values():
        if block.analyzer is not None:
            block.analyzer.cleanup()
    drawing = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    shutil.rmtree(directory)
    result: dict[str, Any] = {
        "step_ms": float(np.median([wall for wall, *_ in spent[OFF]])) / steps * 1000,
        "drawing_share": drawing / sum(wall for wall, *_ in spent[FULL]),
    }
    return result | {name: shares(spent[name], spent[OFF]) for name in (BASIC, FULL)}


def shares(ours: list[tuple[float, float, float]], bare: list[tuple[float, float, float]]) -> dict[str, Any]:
    """Give the median extra of wall and CPU time with 95 % intervals, and the analyzer's own account."""
    own = sum(own for *_, own in ours) / sum(wall for wall, *_ in ours)
    found: dict[str, Any] = {"own": own / (1 - own)}
    for place, name in enumerate(("wall", "cpu")):
        ratios = [mine[place] / other[place] - 1 for mine, other in zip(ours, bare, strict=True)]
        found[name] = float(np.median(ratios))
        found[f"{name}_ci"] = stratified_interval(
            ratios, lambda values: float(np.median(values)), resamples=4000
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--steps", type=int, default=100, help="of a block, a multiple of 100")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    result = measure(
        options.rounds, options.steps, torch.device(options.device), lambda line: print(line, file=sys.stderr)
    )
    if options.json:
        json.dump(result, sys.stdout)
        return
    print(f"A step without analyzer takes {result['step_ms']:.1f} ms.\n")
    print("| way | wall time | 95 % interval | CPU time | 95 % interval | by its own account |")
    print("|---|---|---|---|---|---|")
    for name in (BASIC, FULL):
        row = result[name]
        cells = [
            f"{row[k]:+.1%} | {row[k + '_ci'][0]:+.1%} to {row[k + '_ci'][1]:+.1%}" for k in ("wall", "cpu")
        ]
        print(f"| {name} | {' | '.join(cells)} | {row['own']:+.2%} |")
    print(f"\nThe drawing process used {result['drawing_share']:.1%} of that time on another core.")


if __name__ == "__main__":
    main()
