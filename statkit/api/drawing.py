"""Dashboards and reports made of a training's files, one at a time as they are asked for.

A training asks for them here, in a process of their own: making them needs neither the training's
interpreter nor its memory, and what goes wrong here cannot harm it. The same files give the same
bytes at any later time.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import IO, Any, Final

#: How far the drawing process steps back behind others (nice value).
NICENESS: Final = 10


def draw_sidecar(sidecar: str, picture: str) -> dict[str, Any]:
    """Draw one dashboard; where its sidecar keeps images for their tissue, see how attention goes with it.

    What is computed comes into the record that the sidecar holds, which is replaced, whole, before the
    picture is drawn of it.

    Parameters
    ----------
    sidecar : str
        The npz that holds the panels.
    picture : str
        The PNG; one that is there already is kept below ``superseded``.

    Returns
    -------
    dict
        ``values``, what was computed, and ``notice``, why it was not, where the picture was drawn all
        the same; empty where there was nothing to compute.

    Raises
    ------
    SourceError
        If the sidecar is missing, damaged, or not one.
    ValueError
        If its arrays are not those of a dashboard.
    OSError
        If the picture cannot be written.
    """
    from statkit.sources import sidecar as reader
    from statkit.views.panels import Panels, drawn
    from statkit.writers.directory import RunDirectory

    arrays, meta = reader.read(sidecar)
    told = _with_tissue(sidecar, arrays, meta)
    panels = Panels.from_arrays(arrays, meta)
    directory, name = os.path.split(os.path.abspath(picture))
    RunDirectory(directory).write(name, [drawn(panels)])
    return told


def _with_tissue(path: str, arrays: dict[str, memoryview], meta: dict[str, Any]) -> dict[str, Any]:
    """Compute what a sidecar's images allow, and put it into its record."""
    try:
        if "samples" not in meta["meta"]:
            return {}
        from statkit.pathology.batch_values import sidecar_values
        from statkit.writers import sidecar as writer

        values = sidecar_values(path, arrays, meta)
        meta["record"] = {**meta["record"], **values}
        writer.write(path, arrays, meta)
    except Exception as error:  # the picture needs none of it
        return {"notice": f"{type(error).__name__}: {error}"}
    return {"values": values}


def redraw_sidecar(sidecar: str, picture: str, palette: str = "seed") -> None:
    """Draw one dashboard where the caller wants it; a file of that name is replaced, whole.

    Parameters
    ----------
    sidecar, picture : str
        The npz, and the PNG; its directory exists.
    palette : {"seed", "safe"}
        The colours of maps; ``seed`` gives the bytes of the training's own picture.

    Raises
    ------
    SourceError, ValueError, OSError
        As `draw_sidecar`.
    """
    from statkit.sources import sidecar as reader
    from statkit.views.panels import Panels, draw

    draw(Panels.from_arrays(*reader.read(sidecar)), picture, palette)


def write_report(directory: str) -> None:
    """Write ``final_summary_report.md`` into the directory of a run; an earlier one is kept.

    Raises
    ------
    SourceError
        If nothing of the run can be read.
    OSError
        If it cannot be written.
    """
    from statkit.api.reporting import report
    from statkit.layout import SUMMARY_REPORT
    from statkit.writers.directory import RunDirectory

    text = str(report(directory))
    RunDirectory(os.path.abspath(directory)).write(SUMMARY_REPORT, [text.encode("utf-8", "replace")])


def serve(asked: IO[str], answers: IO[str]) -> None:
    """Make what is asked for until the asking ends.

    Parameters
    ----------
    asked : text file
        A line of JSON each: ``{"sidecar": path, "picture": path}`` for a picture of the run, with
        ``"palette"`` beside them for one anywhere, or ``{"report": directory}``.
    answers : text file
        Gets one line for each: ``{"error": null}``, or the type and message of what was raised; beside
        it what `draw_sidecar` returned.
    """
    for line in asked:
        answers.write(json.dumps(_attempt(json.loads(line))) + "\n")
        answers.flush()


def _attempt(job: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    try:
        if "report" in job:
            write_report(job["report"])
        elif "palette" in job:
            redraw_sidecar(job["sidecar"], job["picture"], job["palette"])
        else:
            told = draw_sidecar(job["sidecar"], job["picture"])
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {"error": None, **told}


def main(niceness: int = NICENESS) -> None:
    """Serve on standard input and output; whatever else prints goes to standard error."""
    with suppress(OSError, AttributeError):
        os.nice(niceness)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin, answers)
