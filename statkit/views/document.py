"""A report as sections of sentences, tables and charts, and its Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from statkit.views.line_chart import Chart, GroupChart, LineChart
from statkit.views.markup import markdown
from statkit.views.table import Table


@dataclass(frozen=True, slots=True)
class Strong:
    """A sentence of ours that must not be overlooked."""

    text: str


Block = str | Strong | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it.

    Attributes
    ----------
    title : str
        Our own words: a name from a file belongs into a table, which makes it inert.
    blocks : sequence of Block
        Paragraphs, our own words too, tables, and charts, which Markdown leaves out.
    """

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Document:
    """A report.

    Attributes
    ----------
    title : str
        Our own words.
    sections : sequence of Section
        In order.
    """

    title: str
    sections: Sequence[Section]


def markdown_text(documents: Sequence[Document], date: str | None = None, closing: str = "") -> str:
    """Write documents, one after the other, as GitHub Markdown that ends in one newline.

    Parameters
    ----------
    documents : sequence of Document
        One or more.
    date : str or None
        Of the report.
    closing : str
        A last paragraph, our own words.
    """
    parts = [part for document in documents for part in _parts(document)]
    if date is not None:
        parts.insert(1, f"Dated {date}.\n")
    return "\n".join([*parts, f"{closing}\n"] if closing else parts)


def _parts(document: Document) -> list[str]:
    parts = [f"# {document.title}\n"]
    for section in document.sections:
        parts.append(f"## {section.title}\n")
        parts += [
            _written(block) for block in section.blocks if not isinstance(block, LineChart | GroupChart)
        ]
    return parts


def _written(block: str | Strong | Table) -> str:
    if isinstance(block, Table):
        return markdown([block])
    return f"**{block.text}**\n" if isinstance(block, Strong) else f"{block}\n"
