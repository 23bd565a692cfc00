"""What the record of one batch says of attention and tissue: names, and the values that describe it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from statkit.analysis.clinical.facts import Computed
from statkit.records import is_number

#: The values of a batch, by the names of the original program; those of each layer begin with
#: ``attention_<layer>_``, and the plain ones are of the layer that `LAYER` names.
KEYS: Final = ("nuclear_attention_overlap", "tissue_attention_correlation", "spatial_consistency")

#: Key of the layer that the plain values are of.
LAYER: Final = "pathology_layer"


def tissue_values(record: Mapping[str, Any]) -> dict[str, Any]:
    """Take the values of attention and tissue out of a record, every layer's; those of others stay.

    Parameters
    ----------
    record : mapping
        Of a batch.
    """
    return {
        name: value
        for name, value in record.items()
        if name == LAYER or (name.endswith(KEYS) and not name.startswith("custom/"))
    }


def described(batch: str, tiles: int, patients: int | None, record: Mapping[str, Any]) -> list[Computed]:
    """Give the plain values of a batch; none has a test.

    Parameters
    ----------
    batch : str
        What it is called.
    tiles : int
        Images that the values are means over, at most.
    patients : int or None
        Whose these are; None where it is not known.
    record : mapping
        Of the batch.
    """
    layer = record.get(LAYER, "attention")
    return [
        Computed(what=f"{batch}, {layer}: {key}", value=float(record[key]), tiles=tiles, patients=patients)
        for key in KEYS
        if is_number(record.get(key))
    ]
