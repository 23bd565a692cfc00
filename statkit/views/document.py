"""A report as sections of sentences and tables, and its Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from statkit.views.markup import markdown
from statkit.views.table import Table

Block = str | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it.

    Attributes
    ----------
    title : str
        Our own words: a name from a file belongs into a table, which makes it inert.
    blocks : sequence of str or Table
        Paragraphs, our own words too, and tables.
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


def markdown_text(document: Document) -> str:
    """Write a document as GitHub Markdown, ending in one newline."""
    parts = [f"# {document.title}\n"]
    for section in document.sections:
        parts.append(f"## {section.title}\n")
        parts += [f"{block}\n" if isinstance(block, str) else markdown([block]) for block in section.blocks]
    return "\n".join(parts)
