"""A small XML reader for documents nobody vouches for: elements, attributes, and nothing that expands.

Document types and entities are refused where they are declared, so nothing is looked up, fetched or blown up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

#: The deepest nesting and the most elements that are read.
MAX_LEVELS: Final = 50
MAX_ELEMENTS: Final = 2_000_000

_NAMESPACE_END: Final = "}"


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its name without namespace, its attributes, what is inside; text is not kept."""

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)

    def named(self, name: str) -> list[Element]:
        """Give the elements of a name directly inside."""
        return [child for child in self.children if child.name == name]

    def get(self, name: str) -> str:
        """Give an attribute; empty where there is none."""
        return self.attributes.get(name, "")


def parse(data: bytes) -> Element:
    """Read a whole document.

    Raises
    ------
    ValueError
        It is not well-formed, is too deep or too large, or declares a document type or an entity.
    """
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=_NAMESPACE_END)
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_entity
    parser.ExternalEntityRefHandler = _refuse_entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError(f"no well-formed XML: {error}") from None
    except LookupError:
        raise ValueError("XML in an unknown encoding") from None
    if builder.root is None:
        raise ValueError("XML without an element")
    return builder.root


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= MAX_LEVELS or self._count > MAX_ELEMENTS:
            raise ValueError(f"XML of more than {MAX_LEVELS} levels or {MAX_ELEMENTS:,} elements")
        element = Element(_local(name), {_local(key): value for key, value in attributes.items()})
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()


def _local(name: str) -> str:
    return name.rsplit(_NAMESPACE_END, 1)[-1]


def _refuse_doctype(*_declared: object) -> None:
    raise ValueError("XML that declares a document type, which is refused")


def _refuse_entity(*_declared: object) -> int:
    raise ValueError("XML that declares an entity, which is refused")
