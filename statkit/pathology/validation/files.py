"""The files of annotations in a directory, and what their names say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from statkit import layout
from statkit.errors import RunNotFoundError, UsageError
from statkit.sources.faults import os_reason

#: What annotations end in; what is in the file decides how it is read.
ENDINGS: Final = (".geojson", ".json", ".xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationFile:
    """One file of annotations.

    Attributes
    ----------
    path : str
    name : str
        Relative to the directory asked for.
    stem : str
        The image it names: ``val_batch_000031`` of ``val_batch_000031.anna.geojson``.
    rater : str or None
        ``anna``: from the name, else the directory it is in.
    """

    path: str
    name: str
    stem: str
    rater: str | None


def annotation_files(directory: str) -> list[AnnotationFile]:
    """Find the annotations of a directory and of those in it, one a rater, in order of their names.

    Raises
    ------
    RunNotFoundError
        If there is no such directory.
    UsageError
        If it is none, or it or one in it cannot be listed.
    """
    try:
        found = sorted(_files(directory), key=lambda file: file.name)
    except FileNotFoundError:
        raise RunNotFoundError(f"{directory}: no such directory of annotations.", directory) from None
    except NotADirectoryError:
        raise UsageError(f"{directory} is a file: name the directory it is in.") from None
    except OSError as error:
        raise UsageError(f"{error.filename or directory} cannot be listed: {os_reason(error)}.") from None
    except ValueError as error:  # a null character
        raise UsageError(f"{directory!r} is no path: {error}.") from None
    return found


def _files(directory: str, rater: str | None = None) -> Iterator[AnnotationFile]:
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name == layout.ANNOTATION_REVISIONS:
                continue
            if entry.is_dir():
                if rater is None:
                    yield from _files(entry.path, entry.name)
            elif entry.name.lower().endswith(ENDINGS):
                yield _named(entry.path, entry.name, rater)


def _named(path: str, name: str, rater: str | None) -> AnnotationFile:
    bare = os.path.splitext(name)[0]
    stem, told = layout.parse_annotation(f"{bare}.geojson") or (bare, None)
    whole = name if rater is None else f"{rater}/{name}"
    return AnnotationFile(path=path, name=whole, stem=stem, rater=told or rater)
