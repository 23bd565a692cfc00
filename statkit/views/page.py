"""A report as one HTML file: nothing is fetched, nothing runs but what stands in it.

The figures are SVG. Where scripts run, uPlot puts a chart with hover and zoom in the place of each line
chart; printed, and without scripts, the SVG is there. A content security policy with the hashes of our
own style and script refuses everything else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from statkit.json_text import dumps
from statkit.views.document import Block, Document, Strong
from statkit.views.line_chart import GroupChart, LineChart
from statkit.views.manifest import Manifest
from statkit.views.svg import colour, svg, text
from statkit.views.table import Table

_STATIC: Final = Path(__file__).with_name("static")

#: The part of a page that says something: what `statkit verify` recomputes.
CONTENT: Final = ("<main>\n", "\n</main>\n")

#: Files that are listed; the manifest always has all.
MOST_FILES: Final = 500

_HINT: Final = "Point at a chart to read it, drag across it to zoom, double-click to see all of it again."

#: Significant digits of the numbers behind a chart.
_DIGITS: Final = 7


def page(documents: Sequence[Document], manifest: Manifest, closing: str = "") -> str:
    """Write documents as a page, the manifest left out.

    Parameters
    ----------
    documents : sequence of Document
        One or more, one after the other.
    manifest : Manifest
        Names date and inputs.
    closing : str
        A last paragraph, our own words.
    """
    script, style = _script(), _style()
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        f"base-uri 'none'; form-action 'none'"
    )
    lines = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{text(documents[0].title)}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        "<main>",
        *_main(documents, manifest, closing),
        "</main>",
        f"<!--\n{_licence()}-->",
        f"<script>{script}</script>",
    ]
    return "\n".join(lines) + "\n"


#: What stands after the manifest.
ENDING: Final = "</body>\n</html>\n"


def _main(documents: Sequence[Document], manifest: Manifest, closing: str) -> Iterator[str]:
    charts: list[LineChart] = []
    for place, document in enumerate(documents):
        yield "<article>"
        yield f"<h1>{text(document.title)}</h1>"
        if place == 0 and manifest.date is not None:
            yield f'<p class="date">Dated {text(manifest.date)}.</p>'
        if place == 0:
            yield f'<p class="note hint">{_HINT}</p>'
        for section in document.sections:
            yield "<section>"
            yield f"<h2>{text(section.title)}</h2>"
            yield from _blocks(section.blocks, charts)
            yield "</section>"
        yield "</article>"
    yield "<footer>"
    yield f"<p>{text(closing)}</p>"
    yield from _inputs(manifest)
    yield "</footer>"
    yield '<script type="application/json" id="statkit-charts">'
    yield "[" + ",\n".join(map(_data, charts)) + "]"
    yield "</script>"


def _blocks(blocks: Sequence[Block], charts: list[LineChart]) -> Iterator[str]:
    """Write blocks, charts that follow each other side by side."""
    for drawn, group in groupby(blocks, key=lambda block: isinstance(block, LineChart | GroupChart)):
        if drawn:
            yield '<div class="charts">'
        for block in group:
            yield from _block(block, charts)
        if drawn:
            yield "</div>"


def _block(block: Block, charts: list[LineChart]) -> Iterator[str]:
    if isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, LineChart | GroupChart):
        yield from _figure(block, charts)
    elif isinstance(block, Strong):
        yield f"<p><strong>{text(block.text)}</strong></p>"
    else:
        yield f"<p>{text(block)}</p>"


def _table(table: Table) -> Iterator[str]:
    if table.title:
        yield f"<h3>{text(table.title)}</h3>"
    if len(table):
        numeric = [' class="number"' if column.align == "number" else "" for column in table.columns]
        yield '<div class="wide" tabindex="0">'
        yield "<table>"
        titles = [text(column.title) for column in table.columns]
        heads = "".join(f"<th{mark}>{title}</th>" for mark, title in zip(numeric, titles, strict=True))
        yield f"<thead><tr>{heads}</tr></thead>"
        yield "<tbody>"
        for row, cells in enumerate(table.texts()):
            told = "".join(f"<td{mark}>{text(cell)}</td>" for mark, cell in zip(numeric, cells, strict=True))
            yield f'<tr class="won">{told}</tr>' if row in table.marked else f"<tr>{told}</tr>"
        yield "</tbody>"
        yield "</table>"
        yield "</div>"
    yield from (f'<p class="note">{text(note)}</p>' for note in table.notes)


def _figure(chart: LineChart | GroupChart, charts: list[LineChart]) -> Iterator[str]:
    if isinstance(chart, LineChart):
        yield f'<figure data-chart="{len(charts)}">'
        charts.append(chart)
    else:
        yield "<figure>"
    unit = f' <span class="unit">({text(chart.unit)})</span>' if chart.unit else ""
    yield f"<figcaption>{text(chart.title)}{unit}</figcaption>"
    drawn = svg(chart).rstrip("\n")
    if isinstance(chart, GroupChart):
        yield f'<div class="wide">{drawn}</div>'
    else:
        yield drawn
        yield '<div class="plot"></div>'
        keys = dict.fromkeys((line.side, line.key) for line in chart.lines)
        if len(keys) > 1:
            told = "".join(
                f'<li><span class="key back{colour(side)}"></span>{text(key)}</li>' for side, key in keys
            )
            yield f'<ul class="legend">{told}</ul>'
    if chart.note:
        yield f'<p class="note">{text(chart.note)}</p>'
    yield "</figure>"


def _inputs(manifest: Manifest) -> Iterator[str]:
    yield f"<details><summary>Files ({manifest.files:,}) and their SHA-256</summary>"
    yield '<div class="wide" tabindex="0"><table>'
    several = len(manifest.runs) > 1
    first = "<th>run</th>" if several else ""
    yield f'<thead><tr>{first}<th>file</th><th class="number">bytes</th><th>SHA-256</th></tr></thead>'
    yield "<tbody>"
    found = [(run, file) for run in manifest.runs for file in run.files]
    for run, file in found[:MOST_FILES]:
        size = "–" if file.size is None else f"{file.size:,}"
        digest = text(file.sha256 or "unreadable")
        name = f"<td>{text(run.name)}</td>" if several else ""
        told = f'<td>{text(file.name)}</td><td class="number">{size}</td><td class="hash">{digest}</td>'
        yield f"<tr>{name}{told}</tr>"
    yield "</tbody>"
    yield "</table></div>"
    if len(found) > MOST_FILES:
        yield f"<p>The first {MOST_FILES:,} are shown; the manifest in this file's source has all.</p>"
    yield "</details>"


def _data(chart: LineChart) -> str:
    """Write what the script draws a chart from, with nothing that could end the element it stands in."""
    told: dict[str, Any] = {
        "title": chart.title,
        "log": chart.log,
        "mark": None if chart.mark is None else [_short(number) for number in chart.mark],
        "lines": [
            {
                "name": line.name,
                "colour": colour(line.side),
                "steps": [_short(step) for step in line.steps],
                "values": [None if value is None else _short(value) for value in line.values],
            }
            for line in chart.lines
        ],
    }
    made = dumps(told)
    for mark in "<>&\u2028\u2029":
        made = made.replace(mark, f"\\u{ord(mark):04x}")
    return made


def _short(number: float) -> float:
    short = float(f"{number:.{_DIGITS}g}")
    return int(number) if number == int(number) and abs(number) < 2**53 else short


@cache
def _script() -> str:
    return "\n".join(_static(name).strip() for name in ("uPlot.iife.min.js", "report.js")) + "\n"


@cache
def _style() -> str:
    return "\n".join(_static(name).strip() for name in ("uPlot.min.css", "report.css")) + "\n"


@cache
def _licence() -> str:
    return "uPlot\n\n" + escape(_static("uPlot.LICENSE").strip(), quote=False) + "\n"


def _static(name: str) -> str:
    return (_STATIC / name).read_text("utf-8")


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
