"""The parts of a loss over the steps of one run, or the weights they are summed by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from statkit.analysis.arrays import Floats, floats
from statkit.analysis.result import Result


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """One part: the name shown, the fields it comes from, shape (n,) values."""

    name: str
    fields: tuple[str, ...]
    values: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PartsPanel(Result):
    """Parts over steps.

    Attributes
    ----------
    run, path : str
        The run's name and where it is.
    title : str
        What the values are.
    steps : ndarray of float, shape (n,)
        In order within each segment.
    xs : ndarray of float, shape (n,)
        Places on the figure's axis.
    segments : ndarray of int, shape (n,)
        Stretches between rewinds.
    parts : tuple of Part
        In the order they are drawn, the lowest first.
    stacked : bool
        Whether the parts may be stacked: none is below 0, and their sum means something.
    total : ndarray of float, shape (n,), or None
        The sum as the run recorded it.
    notes : tuple of str
        What a reader should know.
    """

    run: str
    path: str
    title: str
    steps: Floats
    xs: Floats
    segments: Floats
    parts: tuple[Part, ...]
    stacked: bool
    total: Floats | None
    notes: tuple[str, ...]

    def edges(self) -> Floats:
        """Give the lines between stacked parts, shape (parts + 1, n), the first all 0."""
        sums = np.cumsum(np.stack([part.values for part in self.parts]), axis=0)
        return np.concatenate([np.zeros((1, sums.shape[1])), sums])


def loss_parts(
    run: str,
    path: str,
    steps: Sequence[Any],
    xs: Floats,
    segments: Sequence[int],
    losses: Mapping[str, tuple[str, Sequence[Any]]],
    weights: Mapping[str, tuple[str, Sequence[Any]]],
    total: Sequence[Any] | None,
) -> PartsPanel:
    """Make the stack of a loss: each part times its weight, where every part has one.

    Parameters
    ----------
    run, path, steps, xs, segments
        As in `PartsPanel`; all of length n.
    losses, weights : mapping of str to (str, sequence of length n)
        By the part's name: the field and its values. Parts without a weight count as they are, all of
        them then.
    total : sequence of length n, or None
        The recorded sum.
    """
    weighted = bool(losses) and losses.keys() <= weights.keys()
    parts = []
    for name, (field, values) in losses.items():
        amount, fields = _finite(values), [field]
        if weighted:
            amount, fields = amount * _finite(weights[name][1]), [field, weights[name][0]]
        parts.append(Part(name=name, fields=tuple(fields), values=amount))
    positive = all(not (part.values < 0).any() for part in parts)
    notes = () if positive else ("a part falls below 0: parts are drawn as lines, not stacked",)
    return PartsPanel(
        run=run,
        path=path,
        title="loss, each part × its weight" if weighted else "parts of the loss, without weights",
        steps=floats(steps),
        xs=xs,
        segments=floats(segments),
        parts=tuple(parts),
        stacked=positive,
        total=_finite(total) if total is not None and weighted else None,
        notes=notes,
    )


def weight_parts(
    run: str,
    path: str,
    steps: Sequence[Any],
    xs: Floats,
    segments: Sequence[int],
    weights: Mapping[str, tuple[str, Sequence[Any]]],
) -> PartsPanel:
    """Make the courses of the weights; they are lines, for their sum means nothing."""
    parts = tuple(
        Part(name=name, fields=(field,), values=_finite(values)) for name, (field, values) in weights.items()
    )
    return PartsPanel(
        run=run,
        path=path,
        title="weights of the losses",
        steps=floats(steps),
        xs=xs,
        segments=floats(segments),
        parts=parts,
        stacked=False,
        total=None,
        notes=(),
    )


def _finite(values: Sequence[Any]) -> Floats:
    numbers = floats(values)
    return np.where(np.isfinite(numbers), numbers, np.nan)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PartsFigure(Result):
    """A panel a run; ``x_label`` names the axis they share."""

    x_label: str
    panels: tuple[PartsPanel, ...]

    @property
    def names(self) -> list[str]:
        """Every part's name, in order; each keeps its colour over all panels."""
        return list(dict.fromkeys(part.name for panel in self.panels for part in panel.parts))
