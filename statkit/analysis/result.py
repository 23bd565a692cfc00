"""The shape every answer shares: frozen, with a dict, a frame and a notebook view."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas


class Result:
    """Base of the frozen dataclasses that analysis returns.

    What the command line prints, what ``--json`` holds and what a notebook shows all come from the
    same object.
    """

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Give the attributes as plain dicts, lists and numbers, in the order they are declared."""
        return {f.name: plain(getattr(self, f.name)) for f in fields(self)}  # type: ignore[arg-type]

    def rows(self) -> list[dict[str, Any]]:
        """Give the table behind the result: one dict a row. A result with one row is its own table."""
        return [{k: v for k, v in self.to_dict().items() if not isinstance(v, dict | list)}]

    def to_frame(self) -> pandas.DataFrame:
        """Give `rows` as a pandas DataFrame."""
        import pandas

        return pandas.DataFrame(self.rows())

    def _repr_html_(self) -> str:
        from html import escape

        rows = self.rows()
        if not rows:
            return f"<em>{escape(type(self).__name__)}: nothing</em>"
        head = "".join(f"<th>{escape(str(name))}</th>" for name in rows[0])
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(_short(value))}</td>" for value in row.values()) + "</tr>"
            for row in rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def plain(value: Any) -> Any:
    """Turn dataclasses, tuples and numpy scalars into what JSON knows."""
    if is_dataclass(value) and not isinstance(value, type):
        if isinstance(value, Result):
            return value.to_dict()
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return value.tolist()
    return value


def _short(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
