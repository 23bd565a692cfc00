"""What the training prints: the validation block of the original program, line by line."""

from __future__ import annotations

import sys
from typing import Final

from vsr.quality import Quality

RULE: Final = "═" * 67
BAR_WIDTH: Final = 28


class Console:
    """Standard output, or silence.

    On a terminal the progress bar moves; elsewhere only its last state is printed.

    Parameters
    ----------
    quiet : bool
        Print nothing.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet

    def line(self, text: str = "") -> None:
        """Print one line."""
        if not self._quiet:
            print(text, flush=True)

    def heading(self) -> None:
        """Announce a validation."""
        for text in (RULE, "🔍 VALIDATION", RULE, ""):
            self.line(text)

    def progress(self, batch: int, batches: int, samples: int, seconds_left: float) -> None:
        """Draw the bar after a batch, counted from 1."""
        if self._quiet:
            return
        text = progress_line(batch, batches, samples, seconds_left)
        last = batch == batches
        if sys.stdout.isatty():
            print(f"\r{text}", end="\n" if last else "", flush=True)
        elif last:
            print(text, flush=True)

    def results(self, quality: Quality) -> None:
        """Print the block of results."""
        for text in (
            "",
            "Validation Results:",
            f"  LR Quality:    {quality.lr:.1%} (avg PSNR/SSIM vs GT)",
            f"  KI Quality:    {quality.ki:.1%} (avg PSNR/SSIM vs GT)",
            f"  Improvement:   {quality.improvement:.1%} (KI better than LR)",
            f"  Val Loss:      {quality.loss:.4f}",
            "",
        ):
            self.line(text)


def progress_line(batch: int, batches: int, samples: int, seconds_left: float) -> str:
    """Format the bar: ``Progress: [███   ] 30.0% | Batch 3/10 (12 samples) | ETA: 1.4s``."""
    full = round(BAR_WIDTH * batch / batches)
    bar = "█" * full + "░" * (BAR_WIDTH - full)
    done = f"{100 * batch / batches:.1f}%"
    return (
        f"Progress: [{bar}] {done} | Batch {batch}/{batches} ({samples} samples) | ETA: {seconds_left:.1f}s"
    )


def clock(seconds: float) -> str:
    """Format a duration as ``12:34:56``."""
    whole = max(0, round(seconds))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
