"""How long a dashboard takes, beside the same six panels by pyplot: one run, ratios.

Both draw three images, an overlay, a curve of a thousand batches and a page of numbers at 1500×1000 and
encode a PNG in memory, in turn. Figures are medians; memory is what 300 more dashboards added::

    python benchmarks/dashboards.py
    python benchmarks/dashboards.py --side 96 --rounds 40
    python benchmarks/dashboards.py --jobs 2

With ``--jobs`` many dashboards are drawn from sidecars by ``statkit dashboard --all``, by one process, by
that many, and, as the most that the machine gives at that moment, by that many commands side by side, each
with its share: in turn, whole commands with their start.
"""

from __future__ import annotations

import argparse
import dataclasses
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

from statkit.views.panels import Panels, drawn
from statkit.writers import sidecar

_MEMORY_ROUNDS = 300


def panels_of(side: int, batches: int) -> Panels:
    """Make one dashboard: photographs would compress better than this noise on waves."""
    rng = np.random.default_rng(0)
    waves = 127 + 80 * np.sin(np.arange(side) / 9)[:, None, None] * np.cos(np.arange(side) / 7)[None, :, None]
    images = {
        name: np.clip(waves + rng.normal(0, spread, (side, side, 3)), 0, 255).astype(np.uint8)
        for name, spread in (("input", 25), ("output", 5))
    }
    errors = np.square(images["input"] / 255.0 - images["output"] / 255.0).mean(axis=2)
    record = {"loss": 0.01, "ssim": 0.71, "psnr": 27.1, "mse": 0.002, "training_time_ms": 181.0}
    record |= {"attention_bam_32_attention_entropy": 4.0, "attention_bam_32_attention_sparsity": 0.2}
    return Panels(
        phase="train",
        number=100,
        images=images,
        error=errors.astype(np.float32),
        attention={"bam_32": rng.random((24, 24), dtype=np.float32)},
        history={
            "step": list(range(batches)),
            "phase": ["train"] * batches,
            "loss": (np.exp(-np.arange(batches) / 200) + rng.random(batches) / 20).tolist(),
            "ssim": [i / batches if i % 20 == 0 else None for i in range(batches)],
        },
        record=record,
        meta={"data_range": 1.0},
    )


def by_pyplot(panels: Panels, **options: Any) -> bytes:
    """Draw the six panels as most programs do."""
    figure, axes = plt.subplots(2, 3, figsize=(15, 10))
    for place, name in enumerate(("input", "output")):
        axes[0, place].imshow(panels.images[name])
        axes[0, place].set_title(name)
    figure.colorbar(axes[0, 2].imshow(panels.error, cmap="RdYlGn_r"), ax=axes[0, 2])
    axes[0, 2].set_title("error")
    axes[1, 0].imshow(panels.images["input"])
    side = panels.images["input"].shape[0]
    overlay = axes[1, 0].imshow(panels.attention["bam_32"], cmap="jet", alpha=0.5, extent=(0, side, side, 0))
    figure.colorbar(overlay, ax=axes[1, 0])
    axes[1, 0].set_title("attention")
    axes[1, 1].plot(panels.history["step"], panels.history["loss"], label="loss")
    axes[1, 1].twinx().plot(panels.history["step"][::20], panels.history["ssim"][::20], label="ssim")
    axes[1, 1].set_title("progress")
    axes[1, 2].axis("off")
    axes[1, 2].set_title("statistics")
    axes[1, 2].text(0, 0.2, "\n".join(f"{name}: {value}" for name, value in panels.record.items()))
    stream = io.BytesIO()
    figure.savefig(stream, **options)
    plt.close(figure)
    return stream.getvalue()


def seconds(work: Callable[[], bytes]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run_of(directory: Path, panels: Panels, numbers: list[int]) -> Path:
    """Write a run of one record and a sidecar for each number."""
    directory.mkdir()
    record = {"batch_idx": 0, "phase": "train", "loss": 1.0}
    (directory / "batch_metrics.jsonl").write_text(json.dumps(record) + "\n")
    for number in numbers:
        arrays = dataclasses.replace(panels, number=number).to_arrays()
        sidecar.write(directory / f"train_batch_{number:06d}.npz", *arrays)
    return directory


def commands(runs: list[Path], jobs: int, out: Path) -> tuple[float, float]:
    """Draw several runs by commands side by side; give the seconds until all are done, and of processors."""
    command = [sys.executable, "-m", "statkit", "dashboard", "--all", "--no-cache"]
    start, before = time.perf_counter(), os.times()
    started = [
        subprocess.Popen(
            [*command, str(run), "--jobs", str(jobs), "-o", f"{out / run.name}/"],
            stdout=subprocess.DEVNULL,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        for run in runs
    ]
    if any(process.wait() for process in started):
        raise SystemExit("a command failed")
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - start, spent


def side_by_side(panels: Panels, count: int, jobs: int, rounds: int) -> None:
    """Print how much sooner many pictures are there when several processes draw."""
    numbers = list(range(1, count + 1))
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        whole = run_of(place / "whole", panels, numbers)
        shares = [run_of(place / f"share{n}", panels, numbers[n::jobs]) for n in range(jobs)]
        ways: dict[str, Callable[[], tuple[float, float]]] = {
            "--jobs 1": lambda: commands([whole], 1, place / "one"),
            f"--jobs {jobs}": lambda: commands([whole], jobs, place / "many"),
            f"{jobs} commands, each its share": lambda: commands(shares, 1, place / "apart"),
        }
        times: dict[str, list[float]] = {each: [] for each in ways}
        spent: dict[str, list[float]] = {each: [] for each in ways}
        for _ in range(rounds):
            for each, work in ways.items():
                took, cost = work()
                times[each].append(took)
                spent[each].append(cost)
        one, many = place / "one" / "whole", place / "many" / "whole"
        same = all((one / p.name).read_bytes() == p.read_bytes() for p in many.iterdir())
    base = times["--jobs 1"]
    print(f"{count} dashboards, {rounds} rounds; the same bytes: {same}\n")
    print(
        "| way | times as fast, median of rounds | best | median s | processor s |\n|---|---:|---:|---:|---:|"
    )
    for each, found in times.items():
        ratios = [first / second for first, second in zip(base, found, strict=True)]
        median, best = statistics.median(ratios), min(base) / min(found)
        work = statistics.median(spent[each])
        print(f"| {each} | {median:.2f} | {best:.2f} | {statistics.median(found):.1f} | {work:.1f} |")


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--side", type=int, default=256, help="pixels of an image's side")
    parser.add_argument("--batches", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=0, help="compare processes instead")
    parser.add_argument("--count", type=int, default=120, help="pictures for --jobs")
    options = parser.parse_args()
    panels = panels_of(options.side, options.batches)
    if options.jobs:
        side_by_side(panels, options.count, options.jobs, min(options.rounds, 5))
        return
    ways: dict[str, Callable[[], bytes]] = {
        "pyplot, savefig": lambda: by_pyplot(panels),
        "pyplot, bbox_inches='tight'": lambda: by_pyplot(panels, bbox_inches="tight"),
        "statkit": lambda: drawn(panels),
        "statkit, sidecar alone": lambda: sidecar.encoded(*panels.to_arrays()),
    }
    sizes = {name: len(work()) for name, work in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, work in ways.items():
            times[name].append(seconds(work))
    medians = {name: statistics.median(found) for name, found in times.items()}
    base = medians["pyplot, savefig"]
    print("| way | × pyplot | median ms | bytes |\n|---|---:|---:|---:|")
    for name, median in medians.items():
        print(f"| {name} | {median / base:.2f} | {median * 1000:.0f} | {sizes[name]:,} |")
    before = resident()
    for _ in range(_MEMORY_ROUNDS):
        drawn(panels)
    print(f"\nMemory after {_MEMORY_ROUNDS} more: {(resident() - before) / 2**20:+.1f} MiB")


if __name__ == "__main__":
    main()
