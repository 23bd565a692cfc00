"""The report of a training, made from its files alone."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any, Final

from statkit.api.inputs import Input, many
from statkit.api.manifests import input_of, relative
from statkit.api.run_document import run_document
from statkit.data.run import Run
from statkit.errors import UsageError
from statkit.layout import SUMMARY_REPORT
from statkit.views import manifest as manifests
from statkit.views import page
from statkit.views.document import Document, markdown_text
from statkit.views.manifest import Manifest
from statkit.writers.atomic import replace_file

FORMATS: Final = ("md", "html")

_ENDINGS: Final = {".md": "md", ".markdown": "md", ".html": "html", ".htm": "html"}
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Report:
    """A report; a notebook shows it, `write` saves it.

    Attributes
    ----------
    documents : sequence of Document
        What it says.
    manifest : Manifest
        What it was made from, as if it lay in the directory of its run, or, of several, in the one they
        share.
    places : sequence of str
        The runs' paths, in the manifest's order.
    """

    documents: Sequence[Document]
    manifest: Manifest
    places: Sequence[str]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """Markdown or HTML, the paths in it as if the report lay beside the records."""
        return rendered(self.documents, self.manifest)

    def text_in(self, directory: str) -> str:
        """Give the text of a report that lies in a directory."""
        runs = zip(self.manifest.runs, self.places, strict=True)
        placed = tuple(replace(run, path=relative(place, directory)) for run, place in runs)
        return rendered(self.documents, replace(self.manifest, runs=placed))

    def write(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Write it to a file, whole or not at all.

        Parameters
        ----------
        path : path or None
            The file; None is ``final_summary_report``, with the ending of its format, in the working
            directory.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        whole = os.path.abspath(path if path is not None else self._name())
        replace_file(whole, [self.text_in(os.path.dirname(whole)).encode("utf-8", "replace")])
        return Path(path if path is not None else self._name())

    def _name(self) -> str:
        return f"{os.path.splitext(SUMMARY_REPORT)[0]}.{self.manifest.format}"

    def _repr_markdown_(self) -> str | None:
        return self.text if self.manifest.format == "md" else None

    def _repr_html_(self) -> str | None:
        if self.manifest.format != "html":
            return None
        source = escape(self.text)
        return f'<iframe sandbox="allow-scripts" width="100%" height="800" srcdoc="{source}"></iframe>'


def report(
    runs: Input, *, format: str = "md", date: str | None = None, step_column: str | None = None
) -> Report:
    """Make the report of a run; of several, one after the other.

    A run of batch records, also one that was killed, gets the sections of
    ``final_summary_report.md``; the same records give the same bytes as at the end of the training.

    Parameters
    ----------
    runs : Run, Runs, sequence of Run, or path
        The runs.
    format : {"md", "html"}
        Markdown, or a page of one file that fetches nothing.
    date : str or None
        A date it is to bear, as ``2026-11-22``; no clock is read.
    step_column : str or None
        The step column that tables were loaded with: `statkit verify` reads them in the same way.

    Raises
    ------
    UsageError
        If the format is another one, or the date is none.
    SourceError
        If nothing of a run can be read.

    Examples
    --------
    >>> import statkit as sk
    >>> from statkit.api.reporting import report
    >>> str(report(sk.load("examples/runs/coarse/seed-0"))).splitlines()[0]
    '# Training Final Summary'
    """
    check_asked(format, date)
    found = many(runs)
    return made(
        [run_document(run, run.name if len(found) > 1 else "") for run in found],
        [(run, "") for run in found],
        kind="runs",
        format=format,
        date=date,
        question={},
        step_column=step_column,
    )


def made(
    documents: Sequence[Document],
    runs: Sequence[tuple[Run, str]],
    *,
    kind: str,
    format: str,
    date: str | None,
    question: dict[str, Any],
    step_column: str | None = None,
) -> Report:
    """Put documents and what they were made from together."""
    shared = os.path.commonpath([os.path.realpath(run.directory) for run, _ in runs])
    manifest = Manifest(
        kind=kind,
        format=format,
        date=date,
        question=question,
        runs=tuple(
            input_of(run, run.name if len(runs) > 1 else "", group, step_column, shared)
            for run, group in runs
        ),
    )
    return Report(documents, manifest, [os.path.abspath(run.path) for run, _ in runs])


def rendered(documents: Sequence[Document], manifest: Manifest) -> str:
    """Write a report as text, its manifest in it and sealed."""
    files = f"{manifest.files:,} file{'s' if manifest.files != 1 else ''}"
    if manifest.format == "html":
        closing = f"Made from {files}. statkit verify recomputes every number in this page."
        text = page.page(documents, manifest, closing) + manifests.block(manifest) + page.ENDING
        return manifests.seal(text)
    closing = (
        f"Made from {files}, whose SHA-256 stand at the end of this file. `statkit verify` recomputes every "
        f"number in it."
    )
    return manifests.seal(markdown_text(documents, manifest.date, closing) + "\n" + manifests.block(manifest))


def format_of(asked: str | None, path: str | None) -> str:
    """Settle the format: the one asked for, else the file's ending, else Markdown."""
    if asked is not None or path is None:
        return asked or "md"
    return _ENDINGS.get(os.path.splitext(path)[1].lower(), "md")


def check_asked(format: str, date: str | None) -> None:
    """Refuse formats that do not exist, and dates that are none.

    Raises
    ------
    UsageError
        Naming what is possible.
    """
    from datetime import date as calendar

    if format not in FORMATS:
        raise UsageError(f"--format {format!r} is unknown. Possible: {', '.join(FORMATS)}.")
    if date is None:
        return
    try:
        if not _DATE.fullmatch(date):
            raise ValueError(date)
        calendar.fromisoformat(date)
    except ValueError:
        raise UsageError(f"--date {date!r} is no date. Write it as 2026-11-22.") from None
