"""How well attention ranks the pixels of a mask above the others, over all thresholds.

Average precision has the mask's share of the area, its prevalence, as chance level, so the two belong
together; ROC-AUC has 0.5. Pixels of equal attention enter together.
"""

from __future__ import annotations

import numpy as np

from statkit.pathology.association.maps import Bools
from statkit.pathology.association.ranked import Ranked


def average_precision(ranked: Ranked, mask: Bools) -> float:
    """Give the area under the precision-recall curve as Σ (Rₖ - Rₖ₋₁)·Pₖ, without interpolation.

    Parameters
    ----------
    ranked : Ranked
        Of a map of the mask's shape.
    mask : ndarray of bool, shape (H, W)
        With at least one pixel in it.

    Returns
    -------
    float
        In (0, 1]; by chance the share of the area that the mask covers.
    """
    found = ranked.found(mask)
    gains = np.diff(found, prepend=0.0)
    return float((gains * found / ranked.taken).sum() / found[-1])


def roc_auc(ranked: Ranked, mask: Bools) -> float:
    """Give the chance that a pixel inside has more attention than one outside, ties as one half.

    Parameters
    ----------
    ranked : Ranked
        Of a map of the mask's shape.
    mask : ndarray of bool, shape (H, W)
        With at least one pixel in it and one outside.

    Returns
    -------
    float
        In [0, 1] (Mann-Whitney U over the number of pairs; Hanley & McNeil 1982); 0.5 by chance.
    """
    inside = np.append(0.0, ranked.found(mask))
    outside = np.append(0.0, ranked.taken) - inside
    area = (np.diff(outside) * (inside[1:] + inside[:-1]) / 2).sum()
    return float(area / (inside[-1] * outside[-1]))
