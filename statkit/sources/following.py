"""Sources that read a series again from where an earlier reading ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from statkit.records import Columns
from statkit.sources.base import Group


@runtime_checkable
class Following(Protocol):
    """A source of files that grow while a training runs."""

    def read_on(self, group: Group, fields: Sequence[str] | None, before: Any = None) -> tuple[Columns, Any]:
        """Read as ``read`` does, and no more of it than is new.

        Parameters
        ----------
        group : Group
            The files as they are now.
        fields : sequence of str or None
            The fields wanted; None for all.
        before : object
            What an earlier call gave beside the columns; None at first.

        Returns
        -------
        columns : Columns
            What ``read`` gives.
        before : object
            For the next call.
        """
        ...
