"""Tissue: features of a tile, their association with attention, annotations, and agreement with them.

Needs the extra ``pathology`` (scikit-image, shapely); nothing here needs torch. Importing this package
loads neither; what is named in ``__all__`` loads it on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = [
    "create_pathologist_annotation_interface",
    "generate_clinical_validation_report",
]

_HOMES = {
    "create_pathologist_annotation_interface": "statkit.pathology.interface",
    "generate_clinical_validation_report": "statkit.pathology.clinical",
}

if TYPE_CHECKING:
    from statkit.pathology.clinical import generate_clinical_validation_report
    from statkit.pathology.interface import create_pathologist_annotation_interface


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(
            f"module 'statkit.pathology' has no attribute {name!r}; it has {', '.join(__all__)}"
        )
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
