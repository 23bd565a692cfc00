"""The grammar of file names, build and parse side by side.

Readers and writers agree on names here and nowhere else. A parse function returns None for a name
that is not of its kind; it never raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import methodcaller
from typing import Final, NamedTuple

BATCH_LOG: Final = "batch_metrics.jsonl"
FINAL_METRICS: Final = "final_training_metrics.json"
RUNTIME_CONFIG: Final = "runtime_config.json"
EXPERIMENT_CONFIG: Final = "experiment_config.json"
PROJECT_SETTINGS: Final = "statkit.toml"
SUMMARY_REPORT: Final = "final_summary_report.md"
SUPERSEDED: Final = "superseded"
ANNOTATIONS: Final = "annotations"
ANNOTATION_REVISIONS: Final = "revisions"
ANNOTATION_JOURNAL: Final = "journal.jsonl"
CHECKPOINTS: Final = "checkpoints"
BEST_CHECKPOINT: Final = "checkpoint_best"

#: A directory inside a run that holds part of its files.
METRICS_DIRECTORY: Final = "metrics"

#: The member of a sidecar that holds what is no array.
SIDECAR_META: Final = "meta.json"

#: What the names of all checkpoints begin with.
CHECKPOINT_PREFIX: Final = "checkpoint_"

#: Directories whose name says nothing about the run: its parent's name is used instead.
GENERIC_DIRECTORIES: Final = frozenset({"Learn", "auto_analysis", "active_run", METRICS_DIRECTORY})

#: Directories inside a run that are not runs themselves.
INNER_DIRECTORIES: Final = frozenset(
    {SUPERSEDED, CHECKPOINTS, "active_run", "logs", "paper_figures", "sidecars", ANNOTATIONS, "__pycache__"}
)

_STATISTIK = re.compile(r"Statistik_([0-9]+)(?:_(.+))?\.json", re.ASCII)
_PAGE_DOWNLOAD = re.compile(r"vsr_training_(data|log)_(.+)\.json")
_EPOCH_METRICS = re.compile(r"epoch_([0-9]+)_metrics\.json", re.ASCII)
_STAMPED_METRICS = re.compile(r"metrics_([0-9]{8}_[0-9]{6})\.json", re.ASCII)
_BATCH_IMAGE = re.compile(r"(train|val)_batch_([0-9]+)\.png", re.ASCII)
_SIDECAR = re.compile(r"(train|val)_batch_([0-9]+)\.npz", re.ASCII)
_RESUMED_CONFIG = re.compile(r"runtime_config_step_([0-9]+)\.json", re.ASCII)
_CHECKPOINT = re.compile(r"checkpoint_step_([0-9]+)(?:_[^/]*)?\.pth", re.ASCII)
_ANNOTATION = re.compile(r"([^/\\\x00-\x1f]+?)(?:\.([^/\\\x00-\x1f.]+))?\.geojson")
_TEMPORARY = re.compile(r"\..+\.[0-9]+\.[0-9A-Za-z_]+\.tmp", re.ASCII)


class StatistikName(NamedTuple):
    """What ``Statistik_7500_final.json`` says: step 7500, label ``final``."""

    step: int
    label: str | None


class PageDownloadName(NamedTuple):
    """What ``vsr_training_data_2026-02-06T08-26-30.json`` says: kind ``data`` (or ``log``), stamp."""

    kind: str
    stamp: str


class BatchImageName(NamedTuple):
    """What ``train_batch_000100.png`` says: phase and number."""

    phase: str
    number: int


class AnnotationName(NamedTuple):
    """What ``val_batch_000031.anna.geojson`` says: image ``val_batch_000031``, rater ``anna``."""

    image: str
    rater: str | None


def statistik_name(step: int, label: str | None = None) -> str:
    """Name a snapshot: ``Statistik_7500.json``, or ``Statistik_7500_final.json`` with a label.

    Raises
    ------
    ValueError
        If the step is negative, or the label is empty or cannot stand in a file name.
    """
    if step < 0:
        raise ValueError(f"step {step} is negative: a file name holds a step of 0 or more")
    if label is None:
        return f"Statistik_{step}.json"
    if not label or any(c in "/\\\0" or ord(c) < 32 for c in label):
        raise ValueError(f"label {label!r} cannot stand in a file name: use letters, digits, - and _")
    return f"Statistik_{step}_{label}.json"


def parse_statistik(name: str) -> StatistikName | None:
    """Read step and label from a snapshot's name; the step compares as a number, not as text."""
    found = _STATISTIK.fullmatch(name)
    return StatistikName(int(found[1]), found[2]) if found else None


def plain_steps(names: Sequence[str]) -> list[int] | None:
    """Read the steps of names that are all like ``Statistik_7500.json``, without a label.

    Many at once, quicker than one by one; None as soon as one is of another kind.
    """
    digits = [name[len(_PREFIX) : -len(_SUFFIX)] for name in names]
    plain = (
        all(map(str.isdecimal, digits))
        and "".join(digits).isascii()
        and all(map(methodcaller("startswith", _PREFIX), names))
        and all(map(methodcaller("endswith", _SUFFIX), names))
    )
    return list(map(int, digits)) if plain else None


_PREFIX, _SUFFIX = "Statistik_", ".json"


def parse_page_download(name: str) -> PageDownloadName | None:
    """Read kind and stamp from a file saved by the original monitoring page."""
    found = _PAGE_DOWNLOAD.fullmatch(name)
    return PageDownloadName(found[1], found[2]) if found else None


def epoch_metrics_name(epoch: int) -> str:
    """Name the records of one epoch, 0-based and unpadded: ``epoch_5_metrics.json``."""
    return f"epoch_{epoch}_metrics.json"


def parse_epoch_metrics(name: str) -> int | None:
    """Read the 0-based epoch from ``epoch_5_metrics.json``."""
    found = _EPOCH_METRICS.fullmatch(name)
    return int(found[1]) if found else None


def is_batch_metrics(name: str) -> bool:
    """Tell whether a name is one that batch metrics files carry."""
    return (
        name in (FINAL_METRICS, BATCH_LOG)
        or _EPOCH_METRICS.fullmatch(name) is not None
        or _STAMPED_METRICS.fullmatch(name) is not None
    )


def batch_image_name(phase: str, number: int) -> str:
    """Name a dashboard: ``train_batch_000100.png``."""
    return f"{phase}_batch_{number:06d}.png"


def parse_batch_image(name: str) -> BatchImageName | None:
    """Read phase and number from ``train_batch_000100.png``."""
    found = _BATCH_IMAGE.fullmatch(name)
    return BatchImageName(found[1], int(found[2])) if found else None


def parse_sidecar(name: str) -> BatchImageName | None:
    """Read phase and number from the file of a dashboard's arrays: ``train_batch_000100.npz``."""
    found = _SIDECAR.fullmatch(name)
    return BatchImageName(found[1], int(found[2])) if found else None


def annotation_name(image: str, rater: str | None = None) -> str:
    """Name the annotations of one image by one rater: ``val_batch_000031.anna.geojson``.

    Parameters
    ----------
    image : str
        The name of the image without its ending.
    rater : str, optional
        A name that can stand in a file name, without a dot.

    Raises
    ------
    ValueError
        If either cannot stand there.
    """
    for part, forbidden in ((image, ""), (rater, ".")):
        unfit = part is not None and (not part or any(c in "/\\" + forbidden or ord(c) < 32 for c in part))
        if unfit or image.startswith("."):
            raise ValueError(f"{part!r} cannot stand in the name of an annotation file")
    return f"{image}.geojson" if rater is None else f"{image}.{rater}.geojson"


def parse_annotation(name: str) -> AnnotationName | None:
    """Read image and rater from ``val_batch_000031.anna.geojson``; without a rater from ``….geojson``.

    What stands after the last dot is the rater: an image whose own name has a dot needs one.
    """
    found = None if name.startswith(".") else _ANNOTATION.fullmatch(name)
    return AnnotationName(found[1], found[2]) if found else None


def annotation_revision_name(name: str, number: int) -> str:
    """Name one kept version of an annotation file: ``val_batch_000031.anna.4.geojson``."""
    return f"{name.removesuffix('.geojson')}.{number}.geojson"


def parse_annotation_revision(name: str, of: str) -> int | None:
    """Read the number from the name of a kept version of a given annotation file."""
    found = parse_annotation(name)
    if found is None or found.rater is None or f"{found.image}.geojson" != of:
        return None
    return int(found.rater) if found.rater.isascii() and found.rater.isdigit() else None


def checkpoint_name(step: int) -> str:
    """Name a checkpoint: ``checkpoint_step_0007500.pth``."""
    return f"checkpoint_step_{step:07d}.pth"


def parse_checkpoint(name: str) -> int | None:
    """Read the step from ``checkpoint_step_0007500.pth`` or ``…_emergency.pth``."""
    found = _CHECKPOINT.fullmatch(name)
    return int(found[1]) if found else None


def resumed_config_name(step: int) -> str:
    """Name the configuration of a resume that differs: ``runtime_config_step_0001000.json``."""
    return f"runtime_config_step_{step:07d}.json"


def parse_resumed_config(name: str) -> int | None:
    """Read the step of the resume from ``runtime_config_step_0001000.json``."""
    found = _RESUMED_CONFIG.fullmatch(name)
    return int(found[1]) if found else None


def temporary_name(name: str, pid: int, token: str) -> str:
    """Name the file that becomes ``name`` by a rename; no reader claims it."""
    return f".{name}.{pid}.{token}.tmp"


def is_temporary(name: str) -> bool:
    """Tell whether a name is one that only a writer may touch."""
    return _TEMPORARY.fullmatch(name) is not None


_DIGITS = re.compile(r"([0-9]+)")


def natural_key(text: str) -> list[tuple[int, int, str]]:
    """Sort key that puts ``Backward 2`` before ``Backward 10``."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _DIGITS.split(text)]
