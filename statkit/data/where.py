"""``--where 'loss < 0.8 and phase == "val"'``: a filter over rows, parsed, never executed.

Python's comparison syntax over field names. Nested fields are written with their dots
(``quality.ki``); a name with blanks goes in backticks (`` `layer_activity_map.Final Fusion` ``).
A comparison with a missing value is false.
"""

from __future__ import annotations

import ast
import operator
import re
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
_QUOTED = re.compile(r"`([^`]+)`")


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
            self._tree = ast.parse(_QUOTED.sub(self._quote, text).strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError) as error:
            reason = getattr(error, "msg", None) or "it cannot be parsed"
            raise UsageError(f"--where {text!r}: {reason}. Example: 'loss < 0.8 and phase == \"val\"'.") from None
        self.names: list[str] = []
        self._check(self._tree)

    def _quote(self, found: re.Match[str]) -> str:
        stand_in = f"_quoted_{len(self._quoted)}_"
        self._quoted[stand_in] = found[1]
        return stand_in

    def _name(self, node: ast.AST) -> str | None:
        if isinstance(node, ast.Name):
            return self._quoted.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            base = self._name(node.value)
            return None if base is None else f"{base}.{node.attr}"
        return None

    def _check(self, node: ast.AST) -> None:
        name = self._name(node)
        if name is not None:
            if name not in self.names:
                self.names.append(name)
            return
        allowed = (ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Constant, ast.List, ast.Tuple)
        operators = (ast.cmpop, ast.boolop, ast.unaryop, ast.operator, ast.expr_context)
        if not isinstance(node, allowed + operators) or type(node) in (ast.Is, ast.IsNot, ast.Pow):
            raise UsageError(
                f"--where {self.text!r}: {type(node).__name__} is not possible; possible: comparisons, "
                f"and, or, not, in, + - * / %."
            )
        for child in ast.iter_child_nodes(node):
            self._check(child)

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
            return None if value is None else -value if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.BinOp):
            return self._apply(_ARITHMETIC.get(type(node.op)), node.left, node.right, row)
        assert isinstance(node, ast.Compare)
        left = node.left
        for comparison, right in zip(node.ops, node.comparators, strict=True):
            if not self._apply(_COMPARE.get(type(comparison)), left, right, row):
                return False
            left = right
        return True

    def _apply(
        self, function: Callable[[Any, Any], Any] | None, left: ast.AST, right: ast.AST, row: Mapping[str, Any]
    ) -> Any:
        one, other = self._value(left, row), self._value(right, row)
        if function is None or one is None or other is None:
            return None
        try:
            return function(one, other)
        except (TypeError, ZeroDivisionError):
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
