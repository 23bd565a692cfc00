"""A picture that can be drawn, and many of them written at once."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from statkit.errors import SourceError
from statkit.writers.atomic import replace_file

#: Where a picture's numbers come from: the arrays kept beside it, or the run's JSON.
Origin = Literal["sidecar", "records", "snapshots"]


_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_.+=-]+")
_LONGEST: Final = 100

#: Errors of the operating system by their own names.
_SYSTEM: Final = frozenset(
    {
        "PermissionError",
        "FileNotFoundError",
        "NotADirectoryError",
        "IsADirectoryError",
        "ChildProcessError",
        "OSError",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dashboard:
    """One picture; a notebook shows it, `save` writes it.

    Attributes
    ----------
    run, path : str
        The run's name, and where it is.
    name : str
        The file's name: ``train_batch_000100.png`` as the training itself would say.
    origin : {"sidecar", "records", "snapshots"}
        What it is made of.
    phase : str or None
        ``train`` or ``val``.
    number : int or None
        Batches of the phase so far, across epochs.
    missing : tuple of str
        The panels that cannot be filled.
    sidecar : str or None
        The file of arrays it is made of.
    palette : {"seed", "safe"}
        The colours of maps.
    """

    run: str
    path: str
    name: str
    origin: Origin
    phase: str | None = None
    number: int | None = None
    missing: tuple[str, ...] = ()
    sidecar: str | None = None
    palette: str = "seed"
    _draw: Callable[[], bytes] = field(repr=False)

    def png(self) -> bytes:
        """Draw it.

        Raises
        ------
        SourceError, ValueError
            If its arrays are damaged, or not those of a dashboard.
        """
        return self._draw()

    def _repr_png_(self) -> bytes:
        return self.png()

    def save(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Write it to a file, whole or not at all; None takes its name, in the working directory.

        Raises
        ------
        SourceError, ValueError
            As `png`.
        OSError
            If it cannot be written.
        """
        target = Path(self.name if path is None else path)
        replace_file(os.path.abspath(target), [self.png()])
        return target


def folder(run: str) -> str:
    """Give a run's name as that of a directory: what no file name should hold becomes a dash.

    A name that loses something this way gets eight digits of its SHA-256, so that two stay two.
    """
    name = _UNSAFE.sub("-", run).strip(".-")[:_LONGEST]
    if name and name in (run, run.replace("/", "-")):
        return name
    return f"{name}-{hashlib.sha256(run.encode('utf-8', 'replace')).hexdigest()[:8]}".lstrip("-")


def save_all(
    dashboards: Sequence[Dashboard],
    targets: Sequence[str],
    jobs: int = 1,
    done: Callable[[], None] = lambda: None,
) -> dict[int, SourceError]:
    """Write many dashboards, those with a sidecar by several processes at once.

    Parameters
    ----------
    dashboards : sequence of Dashboard
    targets : sequence of str
        A path for each; directories are made.
    jobs : int
        How many processes draw; 1 draws in this one.
    done : callable
        Called whenever one is done.

    Returns
    -------
    dict of int to SourceError
        What could not be drawn, by its place, and why.

    Raises
    ------
    OSError
        If a picture cannot be written.
    """
    for directory in {os.path.dirname(os.path.abspath(target)) for target in targets}:
        os.makedirs(directory, exist_ok=True)
    pooled = [p for p, each in enumerate(dashboards) if each.sidecar is not None] if jobs > 1 else []
    failed: dict[int, SourceError] = {}
    for place in sorted(set(range(len(dashboards))) - set(pooled)):
        try:
            dashboards[place].save(targets[place])
        except SourceError as error:
            failed[place] = error
        done()
    if pooled:
        failed |= _by_processes(
            [dashboards[p] for p in pooled], [targets[p] for p in pooled], pooled, jobs, done
        )
    return failed


def _by_processes(
    dashboards: Sequence[Dashboard],
    targets: Sequence[str],
    places: Sequence[int],
    jobs: int,
    done: Callable[[], None],
) -> dict[int, SourceError]:
    from statkit.api.drawing_pool import answers

    asked = [
        {
            "sidecar": os.path.abspath(each.sidecar or ""),
            "picture": os.path.abspath(target),
            "palette": each.palette,
        }
        for each, target in zip(dashboards, targets, strict=True)
    ]
    failed = {}
    for place, error in answers(asked, jobs):
        if error is not None:
            kind, _, message = error.partition(": ")
            if kind in _SYSTEM:
                raise OSError(f"{targets[place]}: {message}")
            failed[places[place]] = SourceError(message, dashboards[place].sidecar or "")
        done()
    return failed
