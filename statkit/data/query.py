"""jq filters over documents. The only importer of jq: pyjq where it installs, else jq.

Both speak jq's language; where they differ, the answer here is that of the newer jq. pyjq bundles
jq 1.5, so a filter it does not know goes to the other one, and so does a document with integers
beyond 2^53, which pyjq would show as floats. Such integers are rounded to doubles by jq itself; a
simple path (``.a.b``) is looked up without it and stays exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

from statkit.errors import MissingExtraError, QueryError
from statkit.json_text import MAX_LEVELS, dumps

Backend = Literal["pyjq", "jq"]
Program = Callable[[Any], Iterator[Any]]

_SIMPLE: Final = re.compile(r"\.[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_EXACT: Final = 2**53

#: What brings jq 1.5 inside pyjq down, and the process with it: callbacks, and keys that are no text.
_FATAL_IN_PYJQ: Final = re.compile(r"\b(?:inputs?|debug|stderr)\b|\)\s*:", re.ASCII)


class Query:
    """A compiled jq filter.

    Parameters
    ----------
    text : str
        The filter, in jq's language.
    backend : {"pyjq", "jq"} or None
        Which library; None takes pyjq where it imports.

    Raises
    ------
    QueryError
        If it does not compile.
    MissingExtraError
        If neither library imports.
    """

    def __init__(self, text: str, backend: Backend | None = None) -> None:
        self.text = text
        simple = _SIMPLE.fullmatch(text.strip())
        self._path = text.strip()[1:].split(".") if simple else None
        self._asked = backend
        self._programs: dict[str, Program] = {}
        if self._path is None:
            self._first()

    def __call__(self, document: Any) -> Iterator[Any]:
        """Run the filter on one document and yield what it yields.

        Raises
        ------
        QueryError
            With jq's own message.
        """
        if self._path is not None:
            yield _look_up(document, self._path)
            return
        document = _without_non_finite(document)
        name = self._first()
        if name == "pyjq" and self._asked is None and _holds_big_integers(document):
            name = "jq"
        yield from self._program(name)(document)

    def _first(self) -> str:
        """Compile with the first library that can; remember which."""
        if self._programs:
            return next(iter(self._programs))
        names = (self._asked,) if self._asked else ("pyjq", "jq")
        reason: QueryError | None = None
        for name in names:
            try:
                self._program(name)
            except ImportError:
                continue
            except QueryError as error:
                reason = reason or error
                continue
            return name
        if reason is not None:
            raise reason
        raise MissingExtraError("A jq library", "pip install jq")

    def _program(self, name: str) -> Program:
        if name not in self._programs:
            made = _with_pyjq(self.text) if name == "pyjq" else _with_jq(self.text)
            self._programs[name] = made
        return self._programs[name]


def _with_pyjq(text: str) -> Program:
    import pyjq

    if _FATAL_IN_PYJQ.search(text):
        raise QueryError(
            f"query {text!r}: pyjq runs neither input, debug nor computed keys. Run: pip install jq"
        )
    try:
        script = pyjq.compile(text)
    except ValueError as error:
        raise QueryError(_message(text, error)) from None

    def run(document: Any) -> Iterator[Any]:
        try:
            yield from script.all(document)
        except Exception as error:
            raise QueryError(_message(text, error)) from None

    return run


def _with_jq(text: str) -> Program:
    import jq

    try:
        program = jq.compile(text)
    except ValueError as error:
        raise QueryError(_message(text, error)) from None

    def run(document: Any) -> Iterator[Any]:
        try:
            yield from iter(program.input_text(dumps(document)))
        except ValueError as error:
            raise QueryError(_message(text, error)) from None

    return run


def _message(text: str, error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"query {text!r}: {lines[0] if lines else type(error).__name__}"


def _look_up(document: Any, path: list[str]) -> Any:
    value = document
    for key in path:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise QueryError(f"query '.{'.'.join(path)}': Cannot index {_kind(value)} with \"{key}\"")
        value = value.get(key)
    return _without_non_finite(value)


def _kind(value: Any) -> str:
    return {list: "array", str: "string", bool: "boolean"}.get(type(value), "number")


def _without_non_finite(value: Any, levels: int = MAX_LEVELS) -> Any:
    """Write NaN as null and infinity as the largest double, as jq prints them.

    Raises
    ------
    QueryError
        If the value is nested deeper than `MAX_LEVELS`.
    """
    if isinstance(value, float):
        if value != value:
            return None
        return max(min(value, 1.7976931348623157e308), -1.7976931348623157e308)
    if isinstance(value, dict | list) and not levels:
        raise QueryError(f"a record is nested deeper than {MAX_LEVELS} levels, which no filter takes.")
    if isinstance(value, dict):
        return {key: _without_non_finite(item, levels - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_non_finite(item, levels - 1) for item in value]
    return value


def _holds_big_integers(value: Any) -> bool:
    if isinstance(value, int):
        return abs(value) > _EXACT
    if isinstance(value, dict):
        return any(map(_holds_big_integers, value.values()))
    return isinstance(value, list) and any(map(_holds_big_integers, value))


def render(value: Any, *, compact: bool = False, raw: bool = False) -> str:
    """Write a result as jq does: indented by two, or compact; text bare with ``raw``."""
    import json

    if raw and isinstance(value, str):
        return value
    value = _without_non_finite(value)
    if compact:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return json.dumps(value, ensure_ascii=False, indent=2)
