"""Several runs, in the order they were named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, get_args, overload

from statkit.errors import MetricNotFoundError, UsageError
from statkit.records import Columns

if TYPE_CHECKING:
    from statkit.data.frame import Engine
    from statkit.data.run import Run
    from statkit.data.shapes import Shape


class Runs(Sequence["Run"]):
    """Several runs.

    Parameters
    ----------
    runs : iterable of Run
        Their names are unique.
    """

    def __init__(self, runs: Iterable[Run]) -> None:
        self._runs = list(runs)

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: str) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> Runs: ...
    def __getitem__(self, index: int | str | slice) -> Run | Runs:
        """Take a run by position or by name, or several by a slice."""
        if isinstance(index, slice):
            return Runs(self._runs[index])
        if isinstance(index, str):
            for run in self._runs:
                if run.name == index:
                    return run
            raise KeyError(f"no run {index!r}; there are {', '.join(run.name for run in self._runs)}")
        return self._runs[index]

    def __len__(self) -> int:
        return len(self._runs)

    def __repr__(self) -> str:
        return f"<Runs: {', '.join(run.name for run in self._runs)}>"

    def frame(
        self,
        fields: Iterable[str] | None = None,
        *,
        series: str | None = None,
        engine: Engine = "pandas",
        shape: Shape = "wide",
        provenance: bool = False,
    ) -> Any:
        """Load all runs into one data frame; the column ``run`` tells them apart.

        See Also
        --------
        statkit.Run.frame : the parameters.
        """
        return frame_of(self._runs, fields, series, engine, shape, provenance)


def frame_of(
    runs: Sequence[Run],
    fields: Iterable[str] | None,
    series: str | None,
    engine: Engine,
    shape: Shape,
    provenance: bool,
) -> Any:
    """Make the frame of several runs; `Run.frame` has the parameters."""
    from statkit.data import frame, shapes

    if shape not in get_args(shapes.Shape):
        raise UsageError(f"shape={shape!r} is unknown; possible: {', '.join(get_args(shapes.Shape))}.")
    table, names = table_of(runs, fields, series, provenance)
    return frame.build(shapes.long(table, names) if shape == "long" else table, engine)


def table_of(
    runs: Sequence[Run], fields: Iterable[str] | None, series: str | None, provenance: bool = False
) -> tuple[dict[str, Sequence[Any]], list[str]]:
    """Make the wide table of several runs, and the names of its fields.

    Raises
    ------
    MetricNotFoundError
        If a named field exists in none of them.
    """
    from statkit.data.shapes import field_order, wide

    wanted = None if fields is None else list(dict.fromkeys(fields))
    parts: list[tuple[str, Columns]] = []
    for run in runs:
        for name in [series] if series else run.declared:
            columns = run.columns(name, wanted)
            if len(columns):
                parts.append((run.name, columns))
    table = wide(parts, provenance)
    for name in wanted or ():
        if name not in table:
            available = dict.fromkeys(field for run in runs for field in run.field_names())
            raise MetricNotFoundError(name, available, runs[0].name if len(runs) == 1 else "these runs")
    order = wanted if wanted is not None else field_order(parts)
    return table, [name for name in order if name in table]
