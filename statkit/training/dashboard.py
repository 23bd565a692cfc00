"""Dashboards that wait: what the training hands over, and what the drawing process is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from statkit.views.panels import Panels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dashboard:
    """One picture to be made.

    Attributes
    ----------
    name : str
        The picture's file name; the sidecar has the same with ``.npz``.
    panels : callable
        Gives the panels; called once, in the worker's thread.
    size : int
        Bytes it holds until its sidecar is written.
    record : dict
        The batch's record, for the loggers; what is computed of the tissue comes into it.
    beside : mapping of str to array
        What the sidecar keeps beside the panels' arrays.
    """

    name: str
    panels: Callable[[], Panels]
    size: int
    record: dict[str, Any]
    beside: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """One piece of work for the drawing process.

    ``name`` is the file that comes of it, ``ask`` what the process is told, ``mend`` what can be done
    where it fails, ``record`` that of a dashboard's batch.
    """

    name: str
    ask: Mapping[str, str]
    mend: str
    record: dict[str, Any] | None = None
    failures: int = 0


def sidecar_name(picture: str) -> str:
    """Name the file of arrays that lies beside a picture."""
    return os.path.splitext(picture)[0] + ".npz"
