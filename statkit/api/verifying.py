"""Does a report say what the data say."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from statkit.analysis.verification import Mismatch, Verification, count_numbers, differences
from statkit.api.comparison_question import Question
from statkit.api.comparison_reporting import document
from statkit.api.manifests import fingerprints, found_again, input_mismatches
from statkit.api.reporting import rendered
from statkit.api.run_document import run_document
from statkit.data.run import Run
from statkit.errors import RunNotFoundError, SourceError, StatkitError
from statkit.version import __version__
from statkit.views import manifest as manifests
from statkit.views import page
from statkit.views.document import Document
from statkit.views.manifest import Manifest

#: A report larger than this is none.
_LARGEST: Final = 1 << 28


def verify(path: str | os.PathLike[str], runs: Sequence[str] = ()) -> Verification:
    """Recompute every number of a report from the files it was made from.

    Parameters
    ----------
    path : path
        What `statkit.report` or `statkit.api.comparison_reporting.comparison_report` wrote, Markdown or
        HTML.
    runs : sequence of str
        Where its runs are now, in its order; empty finds them by their paths relative to the report.

    Returns
    -------
    Verification
        Its ``mismatches`` are numbers, other text, input files, and a broken seal.

    Raises
    ------
    RunNotFoundError
        If the report, or a run of it, is not there.
    SourceError
        If it is no report of statkit.
    """
    report = os.fspath(path)
    text = _text(report)
    manifest = manifests.parse(text, report)
    loaded = found_again(manifest, report, runs)
    inputs = [
        mismatch
        for recorded, run in zip(manifest.runs, loaded, strict=True)
        for mismatch in input_mismatches(recorded, fingerprints(run))
    ]
    said, line = _content(text, manifest)
    try:
        now, _ = _content(rendered(_documents(manifest, loaded), manifest), manifest)
        found = [*differences(said, now, line), *inputs]
    except StatkitError as error:
        if not inputs:
            raise
        found = [Mismatch(kind="text", where="", line=None, report=None, data=str(error)), *inputs]
    if not found and not manifests.is_sealed(text):
        found = [Mismatch(kind="seal", where="the rest of the file", line=None, report="changed", data=None)]
    return Verification(
        file=report,
        runs=tuple(run.path for run in loaded),
        files=manifest.files,
        numbers=count_numbers(said),
        mismatches=tuple(found),
        notes=_notes(manifest),
    )


def _text(path: str) -> str:
    try:
        if not os.path.isfile(path):
            kind = "is a directory" if os.path.isdir(path) else "is no file"
            raise RunNotFoundError(f"{path} {kind}. Name a report that statkit wrote.", path)
        if os.path.getsize(path) > _LARGEST:
            raise SourceError(f"{path} is no report of statkit: it is too large for one.", path)
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError as error:
        if isinstance(error, StatkitError):
            raise
        raise SourceError(f"{path} cannot be read: {error.strerror or error}.", path) from None


def _documents(manifest: Manifest, runs: Sequence[Run]) -> list[Document]:
    if manifest.kind == "runs":
        return [
            run_document(run, each.name if len(runs) > 1 else "")
            for each, run in zip(manifest.runs, runs, strict=True)
        ]
    groups: dict[str, list[Run]] = {}
    for each, run in zip(manifest.runs, runs, strict=True):
        groups.setdefault(each.group, []).append(run)
    question = Question.from_dict(manifest.question)
    return [document(groups, question, question.ask(groups))]


def _content(text: str, manifest: Manifest) -> tuple[str, int]:
    """Take what a report says out of it, with the line it begins on; manifest, style and script are left."""
    start, end = 0, len(text)
    if manifest.format == "html":
        start = max(text.find(page.CONTENT[0]), 0)
        end = text.rfind(page.CONTENT[1])
    else:
        end = text.rfind(manifests.opening(manifest.format))
    return text[start : max(start, end)], 1 + text.count("\n", 0, start)


def _notes(manifest: Manifest) -> tuple[str, ...]:
    if manifest.version == __version__:
        return ()
    return (f"written by statkit {manifest.version}, recomputed by {__version__}",)
