"""The files of a comparison below one directory: made when first asked for, then kept."""

from __future__ import annotations

import os
from collections.abc import Callable

from side_by_side import corpus


def kept(place: str, name: str, make: Callable[[str], object]) -> str:
    """Give the path of a corpus; make it under another name first, so that half of one is never used."""
    path = os.path.join(place, name)
    if not os.path.exists(path):
        unfinished = os.path.join(place, f"unfinished-{os.getpid()}-{name}")
        make(unfinished)
        os.rename(unfinished, path)
    return path


def snapshots(place: str, count: int, of: str = "snapshots") -> str:
    """A run of so many snapshots."""
    return kept(place, f"{of}-{count}", lambda path: corpus.snapshots(path, count))


def event_log(place: str, count: int) -> str:
    """TensorBoard's log of the same."""
    return kept(place, f"events-{count}", lambda path: corpus.event_log(path, count))


def runs(place: str, count: int, files: int) -> str:
    """Many runs."""
    return kept(place, f"runs-{count}-{files}", lambda path: corpus.runs(path, count, files))


def batch_metrics(place: str, count: int, *, nan: bool = False) -> str:
    """One ``final_training_metrics.json`` in a directory of its own."""

    def make(path: str) -> None:
        os.mkdir(path)
        corpus.batch_metrics(os.path.join(path, "final_training_metrics.json"), count, nan=nan)

    made = kept(place, f"batches-{count}{'-nan' if nan else ''}", make)
    return os.path.join(made, "final_training_metrics.json")


def cumulative(place: str, count: int) -> tuple[str, str]:
    """Fifteen cumulative files, and the newest of them alone."""

    def make(path: str) -> None:
        corpus.cumulative(os.path.join(path, "all"), os.path.join(path, "newest"), count)

    made = kept(place, f"cumulative-{count}", make)
    return os.path.join(made, "all"), os.path.join(made, "newest")


def read_through(*paths: str) -> None:
    """Read files once, so that they lie in the page cache."""
    window = bytearray(1 << 20)
    for path in paths:
        with open(path, "rb", buffering=0) as file:
            while file.readinto(window):
                pass
