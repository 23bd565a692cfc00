"""Post-hoc experiment analytics: the JSON a training run leaves on disk is the database.

>>> import statkit as sk
>>> run = sk.load("examples/runs/coarse/seed-0")
>>> sk.best(run).metric
'quality_ki_value'

Everything public is named in ``__all__`` and loaded when it is first used; ``import statkit`` loads
neither pandas, polars, numpy, matplotlib nor torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statkit.version import __version__

__all__ = [
    "Run",
    "Runs",
    "StatkitError",
    "StatkitWarning",
    "__version__",
    "best",
    "compare",
    "diagnose",
    "doctor",
    "gate",
    "load",
    "plot",
    "report",
    "show",
    "trend",
]

_HOMES = {
    "Run": "statkit.data.run",
    "Runs": "statkit.data.runs",
    "StatkitError": "statkit.errors",
    "StatkitWarning": "statkit.errors",
    "best": "statkit.api.bests",
    "compare": "statkit.api.comparing",
    "diagnose": "statkit.api.diagnosing",
    "doctor": "statkit.api.diagnosing",
    "gate": "statkit.api.gates",
    "load": "statkit.data.load",
    "plot": "statkit.api.plotting",
    "report": "statkit.api.reporting",
    "show": "statkit.api.overview",
    "trend": "statkit.api.trending",
}

if TYPE_CHECKING:
    from statkit.api.bests import best
    from statkit.api.comparing import compare
    from statkit.api.diagnosing import diagnose, doctor
    from statkit.api.gates import gate
    from statkit.api.overview import show
    from statkit.api.plotting import plot
    from statkit.api.reporting import report
    from statkit.api.trending import trend
    from statkit.data.load import load
    from statkit.data.run import Run
    from statkit.data.runs import Runs
    from statkit.errors import StatkitError, StatkitWarning


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'statkit' has no attribute {name!r}; it has {', '.join(__all__)}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
