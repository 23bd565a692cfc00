"""How long a dashboard takes, beside the same six panels by pyplot: one run, ratios.

Both draw three images, an overlay, a curve of a thousand batches and a page of numbers at 1500×1000 and
encode a PNG in memory, in turn. Figures are medians; memory is what 300 more dashboards added::

    python benchmarks/dashboards.py
    python benchmarks/dashboards.py --side 96 --rounds 40
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
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


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--side", type=int, default=256, help="pixels of an image's side")
    parser.add_argument("--batches", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    panels = panels_of(options.side, options.batches)
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
