"""What a report was made from, written into the report and read from it again.

A manifest names the runs by paths relative to the report, their files with sizes and SHA-256, and what
was asked of them; a seal over the whole report tells whether anything in it was changed by hand. In
Markdown it is a comment at the end, in HTML a script element of JSON that no browser runs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from statkit.errors import SourceError
from statkit.json_text import dumps, loads
from statkit.version import __version__

SCHEMA: Final = "statkit.report/1"

#: Around the JSON, by format.
_AROUND: Final = {
    "md": ("<!-- statkit-manifest\n", "\n-->"),
    "html": ('<script type="application/json" id="statkit-manifest">\n', "\n</script>"),
}
_INERT: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "--": "-\\u002d"}
_SEAL = re.compile(r'^"seal": "([0-9a-f]*)"$', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One file a report was made from.

    Attributes
    ----------
    name : str
        Relative to the run's directory.
    size : int or None
        Bytes; None where it could not be read.
    sha256 : str or None
        Of its bytes.
    """

    name: str
    size: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInput:
    """One run a report was made from.

    Attributes
    ----------
    name, group : str
        What the report calls the run, and its side of a comparison.
    path : str
        Where it is, relative to the report, with ``/``.
    on_rewind, step_column : str, str or None
        How it was read.
    files : tuple of InputFile
        In natural order.
    """

    name: str
    group: str
    path: str
    on_rewind: str
    step_column: str | None
    files: tuple[InputFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a report was made from, and what was asked.

    Attributes
    ----------
    kind : {"runs", "comparison"}
        Which report.
    format : {"md", "html"}
        How it is written.
    date : str or None
        The date it bears.
    question : mapping
        What was asked, as JSON.
    runs : tuple of RunInput
        In the report's order.
    version : str
        Of the statkit that made it.
    """

    kind: str
    format: str
    date: str | None
    question: Mapping[str, Any]
    runs: tuple[RunInput, ...]
    version: str = __version__

    @property
    def files(self) -> int:
        """How many files it names."""
        return sum(len(run.files) for run in self.runs)


def block(manifest: Manifest) -> str:
    """Write a manifest as the part of a report that holds it, not sealed yet."""
    begin, end = _AROUND[manifest.format]
    return f"{begin}{_inert(_json(manifest))}{end}\n"


def opening(format: str) -> str:
    """Give what a manifest begins with."""
    return _AROUND[format][0]


def seal(text: str) -> str:
    """Write the SHA-256 of a report with an empty seal into it."""
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return _SEAL.sub(f'"seal": "{digest}"', text)


def is_sealed(text: str) -> bool:
    """Tell whether a report is as it was when it was sealed."""
    found = _SEAL.search(text)
    return found is not None and seal(_SEAL.sub('"seal": ""', text)) == text


def parse(text: str, path: str) -> Manifest:
    """Read the manifest of a report.

    Raises
    ------
    SourceError
        If it has none, or a damaged one.
    """
    for form, (begin, end) in _AROUND.items():
        start = text.rfind("\n" + begin)
        if start < 0:
            continue
        first = start + 1 + len(begin)
        try:
            return _manifest(loads(text[first : text.index(end, first)].encode()), form)
        except (SourceError, ValueError, KeyError, TypeError, AttributeError):
            raise SourceError(f"{path}: its manifest is damaged. Write the report again.", path) from None
    raise SourceError(
        f"{path} is no report of statkit: it holds no manifest. Possible: what statkit report, or "
        f"statkit compare --report, wrote.",
        path,
    )


def _json(manifest: Manifest) -> str:
    """Write JSON with a line for each file, so that a difference is easy to see."""
    head = {
        "schema": SCHEMA,
        "statkit": manifest.version,
        "kind": manifest.kind,
        "date": manifest.date,
        "question": dict(manifest.question),
    }
    lines = ["{", *(f"{dumps(key)}: {dumps(value)}," for key, value in head.items()), '"runs": [']
    runs = []
    for run in manifest.runs:
        told = {name: getattr(run, name) for name in ("name", "group", "path", "on_rewind", "step_column")}
        files = ",\n".join(dumps({"name": f.name, "bytes": f.size, "sha256": f.sha256}) for f in run.files)
        runs.append(f'{dumps(told)[:-1]},"files": [\n{files}\n]}}')
    return "\n".join([*lines, ",\n".join(runs), "],", '"seal": ""', "}"])


def _inert(text: str) -> str:
    for mark, instead in _INERT.items():
        text = text.replace(mark, instead)
    return text


def _manifest(told: Mapping[str, Any], form: str) -> Manifest:
    if told["schema"] != SCHEMA or told["kind"] not in ("runs", "comparison"):
        raise ValueError(told["schema"])
    return Manifest(
        kind=told["kind"],
        format=form,
        date=told["date"],
        question=dict(told["question"]),
        runs=tuple(_run(run) for run in told["runs"]),
        version=str(told["statkit"]),
    )


def _run(told: Mapping[str, Any]) -> RunInput:
    path = str(told["path"])
    if not path or path.startswith(("/", "\\")) or "\0" in path:
        raise ValueError(path)
    return RunInput(
        name=str(told["name"]),
        group=str(told["group"]),
        path=path,
        on_rewind=str(told["on_rewind"]),
        step_column=told["step_column"],
        files=tuple(InputFile(name=f["name"], size=f["bytes"], sha256=f["sha256"]) for f in told["files"]),
    )
