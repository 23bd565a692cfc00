"""``--where 'loss < 0.8 and phase == "val"'``: a filter over rows, parsed, never executed.

Python's comparison syntax over field names. Nested fields are written with their dots
(``quality.ki``); a name with blanks goes in backticks (`` `layer_activity_map.Final Fusion` ``).
A comparison with a missing value is false.
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final

from statkit.errors import UsageError

_COMPARE: Final[dict[type, Callable[[Any, Any], bool]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda item, group: item in group,
    ast.NotIn: lambda item, group: item not in group,
}
_ARITHMETIC: Final[dict[type, Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
_UNARY: Final[dict[type, Callable[[Any], Any]]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_ALLOWED: Final = (
    *(ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Constant, ast.List, ast.Tuple),
    *(ast.And, ast.Or, ast.Load),
    *_COMPARE,
    *_ARITHMETIC,
    *_UNARY,
)
_QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|`([^`]+)`""")
_LEVELS = 100


class Where:
    """A filter over rows.

    Parameters
    ----------
    text : str
        The expression: comparisons (chained too), ``and``, ``or``, ``not``, ``in``, ``+ - * / %``,
        numbers, text, lists.

    Attributes
    ----------
    names : list of str
        The fields it asks for.

    Raises
    ------
    UsageError
        If it does not parse, or uses anything else.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._quoted: dict[str, str] = {}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what Python thinks of the style of it
                self._tree = ast.parse(_QUOTED.sub(self._quote, text).strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = getattr(error, "msg", None) or "it cannot be parsed"
            example = "'loss < 0.8 and phase == \"val\"'"
            raise UsageError(f"--where {text!r}: {reason}. Example: {example}.") from None
        self.names: list[str] = []
        self._check(self._tree, _LEVELS)

    def _quote(self, found: re.Match[str]) -> str:
        if found[2] is None:
            return found[1]
        stand_in = f"_quoted_{len(self._quoted)}_"
        self._quoted[stand_in] = found[2]
        return stand_in

    def _name(self, node: ast.AST) -> str | None:
        if isinstance(node, ast.Name):
            return self._quoted.get(node.id, node.id)
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        base = self._name(node) if parts and isinstance(node, ast.Name) else None
        return None if base is None else ".".join([base, *reversed(parts)])

    def _check(self, node: ast.AST, levels: int) -> None:
        name = self._name(node)
        if name is not None:
            if name not in self.names:
                self.names.append(name)
            return
        if not isinstance(node, _ALLOWED):
            raise UsageError(
                f"--where {self.text!r}: {type(node).__name__} is not possible; possible: comparisons, "
                f"and, or, not, in, + - * / %."
            )
        if not levels:
            raise UsageError(f"--where: nested deeper than {_LEVELS} levels. Write it with and, or.")
        for child in ast.iter_child_nodes(node):
            self._check(child, levels - 1)

    def matches(self, row: Mapping[str, Any]) -> bool:
        """Tell whether one row passes; a missing field makes its comparison false."""
        return bool(self._value(self._tree, row))

    def _value(self, node: ast.AST, row: Mapping[str, Any]) -> Any:
        name = self._name(node)
        if name is not None:
            return row.get(name)
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.List | ast.Tuple):
            return [self._value(item, row) for item in node.elts]
        if isinstance(node, ast.BoolOp):
            test = all if isinstance(node.op, ast.And) else any
            return test(self._value(item, row) for item in node.values)
        if isinstance(node, ast.UnaryOp):
            value = self._value(node.operand, row)
            if isinstance(node.op, ast.Not):
                return not value
            return _UNARY[type(node.op)](value) if _is_number(value) else None
        if isinstance(node, ast.BinOp):
            one, other = self._value(node.left, row), self._value(node.right, row)
            numbers = _is_number(one) and _is_number(other)
            return _tried(_ARITHMETIC[type(node.op)], one, other) if numbers else None
        assert isinstance(node, ast.Compare)
        left = self._value(node.left, row)
        for comparison, operand in zip(node.ops, node.comparators, strict=True):
            right = self._value(operand, row)
            if left is None or right is None or not _tried(_COMPARE[type(comparison)], left, right):
                return False
            left = right
        return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _tried(function: Callable[[Any, Any], Any], one: Any, other: Any) -> Any:
    """Apply to two values; None where they do not go together."""
    try:
        return function(one, other)
    except (TypeError, ZeroDivisionError, OverflowError):
        return None


def parse_steps(text: str) -> tuple[int | None, int | None]:
    """Read ``A:B``, ``A:``, ``:B`` or ``N``: the first and the last step, both included.

    Raises
    ------
    UsageError
        If it is none of these.
    """
    parts = text.split(":")
    try:
        numbers = [int(part) if part.strip() else None for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) == 1 and numbers[0] is not None:
        return numbers[0], numbers[0]
    if len(numbers) == 2 and any(number is not None for number in numbers):
        return numbers[0], numbers[1]
    raise UsageError(f"--steps {text!r} is no range of steps. Possible: A:B (both included), A:, :B.")
