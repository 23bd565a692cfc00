"""The training side: an analyzer beside a torch training, its callbacks, and loggers for trackers.

Importing this package loads no torch; what is named in ``__all__`` loads it on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["AutomaticAnalyzer", "PathologySettings"]

_HOMES = {
    "AutomaticAnalyzer": "statkit.training.analyzer",
    "PathologySettings": "statkit.training.pathology",
}

if TYPE_CHECKING:
    from statkit.training.analyzer import AutomaticAnalyzer
    from statkit.training.pathology import PathologySettings


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(
            f"module 'statkit.training' has no attribute {name!r}; it has {', '.join(__all__)}"
        )
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
