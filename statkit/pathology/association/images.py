"""How many images there are: one number for every map that is given."""

from __future__ import annotations

from collections.abc import Mapping

from statkit.errors import UsageError, shortened
from statkit.pathology.association.maps import Planes


def same_length(*given: Mapping[str, Planes]) -> int:
    """Give the number of images that all sequences of maps agree on.

    Parameters
    ----------
    *given : mapping of sequences
        By layer or by feature; the first is attention.

    Raises
    ------
    UsageError
        No layer at all, or sequences of different lengths.
    """
    if not given[0]:
        raise UsageError("No attention maps; give a sequence of maps, one an image, for a layer or more.")
    lengths = [(name, len(maps)) for mapping in given for name, maps in mapping.items()]
    if len({length for _, length in lengths}) > 1:
        told = [f"{name}: {length}" for name, length in lengths]
        raise UsageError(
            f"Layers and features hold different numbers of images ({shortened(told)}). Give one map an "
            "image everywhere, None where there is none."
        )
    return lengths[0][1]
