"""One side of a correlation: the maps of all images on one grid, and as vectors ready to multiply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from statkit.analysis.arrays import Floats
from statkit.pathology.association.correlation import matching, rank_units, value_units
from statkit.pathology.association.grid import Shape
from statkit.pathology.association.maps import Bools, GridMaps


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Side:
    """Attention of one layer, or one feature, over n images.

    Attributes
    ----------
    maps : GridMaps
    ranks, values : ndarray, shape (n, h·w)
        `correlation.rank_units` and `value_units`; zeros where a map is not usable.
    grid : tuple of int
        (h, w).
    """

    maps: GridMaps
    ranks: Floats
    values: Floats
    grid: Shape

    @classmethod
    def of(cls, planes: Sequence[Floats | None], grid: Shape) -> Side:
        """Bring maps, as `maps.planes` gives them, onto a grid."""
        maps = GridMaps.of(planes, grid)
        return cls(maps=maps, ranks=rank_units(maps.values), values=value_units(maps.values), grid=grid)

    def with_(self, other: Side) -> Bools:
        """Which images both sides can be compared on, shape (n,)."""
        return self.maps.usable & other.maps.usable

    def spearman(self, other: Side) -> Floats:
        """Correlate ranks image by image, on the images `with_` keeps; in [-1, 1]."""
        kept = self.with_(other)
        return matching(self.ranks[kept], other.ranks[kept])

    def pearson(self, other: Side) -> Floats:
        """Correlate values image by image, on the images `with_` keeps; in [-1, 1]."""
        kept = self.with_(other)
        return matching(self.values[kept], other.values[kept])


class Features:
    """Features by name, brought onto each grid once."""

    def __init__(self, planes: Mapping[str, Sequence[Floats | None]]) -> None:
        self._planes = planes
        self._sides: dict[tuple[str, Shape], Side] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._planes)

    def on(self, name: str, grid: Shape) -> Side:
        """Give one feature on a grid."""
        if (name, grid) not in self._sides:
            self._sides[name, grid] = Side.of(self._planes[name], grid)
        return self._sides[name, grid]
