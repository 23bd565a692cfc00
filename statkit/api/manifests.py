"""The inputs of a report: their fingerprints when it is written, and the runs found again from it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence

from statkit.analysis.verification import Mismatch
from statkit.data.load import load_all
from statkit.data.run import Run
from statkit.errors import RunNotFoundError, SourceError, UsageError
from statkit.layout import EXPERIMENT_CONFIG, PROJECT_SETTINGS, RUNTIME_CONFIG, natural_key
from statkit.views.manifest import InputFile, Manifest, RunInput

#: Files beside the records that say how to read them.
_BESIDE = (RUNTIME_CONFIG, EXPERIMENT_CONFIG, PROJECT_SETTINGS)


def fingerprints(run: Run) -> tuple[InputFile, ...]:
    """Hash every file a run is read from, in natural order."""
    beside = [name for name in _BESIDE if os.path.isfile(os.path.join(run.directory, name))]
    names = sorted({*run.file_names, *beside}, key=lambda name: (natural_key(name), name))
    return tuple(_fingerprint(run.directory, name) for name in names)


def input_of(run: Run, name: str, group: str, step_column: str | None, directory: str) -> RunInput:
    """Describe a run as the manifest of a report does.

    Parameters
    ----------
    run : Run
        The run.
    name : str
        What the report calls it; empty for the only one.
    group : str
        Its side of a comparison; empty for none.
    step_column : str or None
        How its tables were read.
    directory : str
        Where the report lies.
    """
    return RunInput(
        name=name,
        group=group,
        path=relative(run.path, directory),
        on_rewind=run.on_rewind,
        step_column=step_column,
        files=fingerprints(run),
    )


def relative(path: str, directory: str) -> str:
    """Give a path as it is from a directory, links followed, with ``/``."""
    return os.path.relpath(os.path.realpath(path), os.path.realpath(directory)).replace(os.sep, "/")


def found_again(manifest: Manifest, report: str, named: Sequence[str] = ()) -> list[Run]:
    """Load the runs of a report.

    Parameters
    ----------
    manifest : Manifest
        What it was made from.
    report : str
        Its path.
    named : sequence of str
        Where the runs are, in the report's order; empty takes the paths of the manifest.

    Raises
    ------
    RunNotFoundError
        If one is not there.
    UsageError
        If some but not all are named.
    """
    if named and len(named) != len(manifest.runs):
        raise UsageError(
            f"--run names {len(named)}, {report} was made from {len(manifest.runs)}: name all, in its order."
        )
    base = os.path.dirname(os.path.realpath(report))
    paths = list(named) or [os.path.relpath(os.path.join(base, run.path)) for run in manifest.runs]
    return [_run(recorded, path, report) for recorded, path in zip(manifest.runs, paths, strict=True)]


def input_mismatches(recorded: RunInput, now: Sequence[InputFile]) -> Iterator[Mismatch]:
    """Compare the files of a run with what its report says of them."""
    there = {file.name: file for file in now}
    for file in recorded.files:
        found = there.pop(file.name, None)
        if found is None or (found.size, found.sha256) != (file.size, file.sha256):
            yield _mismatch(recorded, file.name, file, found)
    for name, file in there.items():
        yield _mismatch(recorded, name, None, file)


def _mismatch(run: RunInput, name: str, said: InputFile | None, found: InputFile | None) -> Mismatch:
    home, last = os.path.split(run.path)
    where = os.path.join(home if last in {file.name for file in run.files} else run.path, name)
    where = os.path.normpath(where).replace(os.sep, "/")
    return Mismatch(kind="input", where=where, line=None, report=_told(said), data=_told(found))


def _told(file: InputFile | None) -> str | None:
    if file is None:
        return None
    if file.sha256 is None:
        return "unreadable"
    return f"{file.size:,} bytes, SHA-256 {file.sha256}"


def _run(recorded: RunInput, path: str, report: str) -> Run:
    try:
        runs = load_all(
            [path],
            on_rewind=recorded.on_rewind,  # type: ignore[arg-type]
            step_column=recorded.step_column,
            cache=False,
        )
    except SourceError as error:
        raise RunNotFoundError(
            f"the run that {report} was made from is not at {path}: {error} Move it back, or name it with "
            f"--run.",
            path,
        ) from None
    place = os.path.realpath(path)
    run = next((run for run in runs if os.path.realpath(run.path) == place), None)
    if run is None:
        raise RunNotFoundError(
            f"{path}, which {report} was made from, holds runs but is none. Move the report back, or name "
            f"the run with --run.",
            path,
        )
    if recorded.name:
        run.name = recorded.name
    return run


def _fingerprint(directory: str, name: str) -> InputFile:
    try:
        with open(os.path.join(directory, name), "rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            return InputFile(name=name, size=file.tell(), sha256=digest.hexdigest())
    except OSError:
        return InputFile(name=name, size=None, sha256=None)
