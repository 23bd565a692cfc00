"""The files an analysis left in a run's directory, by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from statkit import layout
from statkit.analysis.result import Result
from statkit.layout import natural_key


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind(Result):
    """All files of one kind.

    Attributes
    ----------
    kind : str
        What they are.
    count : int
        How many.
    first, last : str
        Names, in natural order.
    size : int
        Bytes of all together.
    """

    kind: str
    count: int
    first: str
    last: str
    size: int


_CONFIGS: Final = (layout.RUNTIME_CONFIG, layout.EXPERIMENT_CONFIG)


def _is_image(phase: str) -> Callable[[str], bool]:
    def matches(name: str) -> bool:
        found = layout.parse_batch_image(name)
        return found is not None and found.phase == phase

    return matches


_KINDS: Final[tuple[tuple[str, Callable[[str], bool]], ...]] = (
    ("every batch record, appended while training ran", lambda name: name == layout.BATCH_LOG),
    ("all records, summary and metadata", lambda name: name == layout.FINAL_METRICS),
    ("records of one epoch", lambda name: layout.parse_epoch_metrics(name) is not None),
    ("records, dated", lambda name: layout.is_batch_metrics(name)),
    ("snapshots", lambda name: layout.parse_statistik(name) is not None),
    ("configuration", lambda name: name in _CONFIGS or layout.parse_resumed_config(name) is not None),
    ("training dashboards", _is_image("train")),
    ("validation dashboards", _is_image("val")),
    ("arrays behind a dashboard", lambda name: layout.parse_sidecar(name) is not None),
    ("checkpoints", lambda name: layout.parse_checkpoint(name) is not None),
)


def inventory(files: Iterable[tuple[str, int]]) -> tuple[FileKind, ...]:
    """Sort files into kinds; what statkit does not know is left out.

    Parameters
    ----------
    files : iterable of (str, int)
        Name and size in bytes of the regular files of a directory.
    """
    found: dict[str, list[tuple[str, int]]] = {}
    for name, size in files:
        kind = next((kind for kind, matches in _KINDS if matches(name)), None)
        if kind is not None:
            found.setdefault(kind, []).append((name, size))
    return tuple(_kind(kind, found[kind]) for kind, _ in _KINDS if kind in found)


def _kind(kind: str, files: list[tuple[str, int]]) -> FileKind:
    files = sorted(files, key=lambda file: (natural_key(file[0]), file[0]))
    return FileKind(
        kind=kind,
        count=len(files),
        first=files[0][0],
        last=files[-1][0],
        size=sum(size for _, size in files),
    )
