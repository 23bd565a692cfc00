"""A run: one training on disk, read when asked and only as far as asked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from statkit.data import derived, doubts, history
from statkit.data.cache import Shelf
from statkit.data.documents import in_order
from statkit.data.lineage import OnRewind
from statkit.data.single_records import of_huge_file, of_snapshot
from statkit.errors import EmptySeriesError, MetricNotFoundError, SourceError
from statkit.layout import CHECKPOINT_PREFIX
from statkit.records import Columns, Notice, Record, is_number
from statkit.schema import ATTENTION, Metric, lookup
from statkit.sources.base import Group, PerRecord, Source
from statkit.sources.config import read_config, read_settings
from statkit.sources.run_files import RunFiles
from statkit.sources.values import normalise

if TYPE_CHECKING:
    import pandas

    from statkit.data.frame import Engine
    from statkit.data.shapes import Shape

_ORDER = ("validation", "batch", "epoch", "scalars")


class Run:
    """One training on disk.

    Parameters
    ----------
    files : RunFiles
        Its files, claimed by sources.
    name : str
        What tables and frames call it.
    on_rewind : {"last", "first", "all"}
        Which lineage to keep where a resumed training wrote steps again.
    shelf : Shelf or None
        What the cache keeps of it.

    Attributes
    ----------
    name, path : str
        The run's name; the directory or file as the caller wrote it.
    """

    def __init__(
        self, files: RunFiles, name: str, on_rewind: OnRewind = "last", shelf: Shelf | None = None
    ) -> None:
        self.name = name
        self.path = files.path
        self.on_rewind = on_rewind
        self._files = files
        self._shelf = shelf or Shelf(None, "", {})
        self._read: dict[int, tuple[frozenset[str] | None, dict[str, Columns]]] = {}
        self._settings: Mapping[str, Metric] | None = None
        self._config: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"<Run {self.name!r}: {', '.join(self.formats)} in {self.path}>"

    @property
    def directory(self) -> str:
        """The run's directory, also when the caller named one of its files."""
        return self.path if os.path.isdir(self.path) else os.path.dirname(self.path) or "."

    @property
    def formats(self) -> list[str]:
        """The formats of its files."""
        return list(dict.fromkeys(source.name for source, _ in self._files.claimed))

    @property
    def file_names(self) -> list[str]:
        """The files that make its series, as the scan saw them."""
        return [file.name for _, group in self._files.claimed for file in group.files]

    def checkpoint_names(self, place: str = "") -> list[str]:
        """Names in the run's directory, or in one inside it, that begin as checkpoints' do; sorted."""
        listing = self._files.listing
        if listing is not None and not place:
            return sorted(listing.checkpoints)
        try:
            names = os.listdir(os.path.join(self.directory, place))
        except OSError:
            return []
        return sorted(name for name in names if name.startswith(CHECKPOINT_PREFIX))

    @property
    def config(self) -> dict[str, Any]:
        """Its hyperparameters; empty where it left none."""
        if self._config is None:
            self._config = read_config(self.directory)
        return self._config

    def metric(self, name: str) -> Metric:
        """What is known of a field: ``statkit.toml`` of the run or the project, then the catalogue."""
        if self._settings is None:
            above = os.path.dirname(os.path.abspath(self.directory))
            self._settings = read_settings(self.directory, above, ".")
        return self._settings.get(name) or lookup(name)

    @property
    def declared(self) -> list[str]:
        """The series its files may hold, ``validation`` first; nothing is read to tell."""
        names = {source.series for source, _ in self._files.claimed}
        if "batch" in names:
            names.add("epoch")
        return [name for name in _ORDER if name in names]

    def series_names(self) -> list[str]:
        """The series that hold rows, ``validation`` first."""
        return [name for name in self.declared if any(len(part) for part in self._parts(name, ()))]

    def columns(self, series: str, fields: Iterable[str] | None = None) -> Columns:
        """Read one series, in order, replaced rows gone, with the derived columns.

        Parameters
        ----------
        series : str
            ``validation``, ``batch``, ``epoch`` or ``scalars``.
        fields : iterable of str or None
            The fields wanted, derived ones too; None for all.

        Returns
        -------
        Columns
            The rows; fields that no file has are simply not there.
        """
        from statkit.records import concatenate

        wanted = None if fields is None else list(dict.fromkeys(fields))
        parts = [part for part in self._parts(series, wanted) if len(part)]
        if not parts:
            return Columns()
        whole = concatenate(parts)
        return whole if wanted is None else whole.select(wanted)

    def _parts(self, series: str, wanted: Sequence[str] | None) -> Iterator[Columns]:
        for source, group in self._files.claimed:
            made = self._group(source, group, _needed(wanted))
            if series in made:
                yield derived.add(made[series], wanted)

    def _group(self, source: Source, group: Group, needed: frozenset[str] | None) -> dict[str, Columns]:
        """Read one group, or take what an earlier reading of at least these fields left."""
        known = self._read.get(id(group))
        if known is not None:
            fields, made = known
            if fields is None or (needed is not None and needed <= fields):
                return made
            needed = None if needed is None else needed | fields
        read, settled = self._shelf.read(self._files, source, group, needed)
        if settled and len(read):
            made = {read.keys["series"][0]: read}
        else:
            before = replace(read, fields=dict(read.fields), notices=list(read.notices))
            made = self._settled(read)
            self._shelf.keep(self._files, source, before, list(made.values()))
        self._read[id(group)] = (needed, made)
        return made

    def refresh(self) -> bool:
        """Look at the files again; what is asked next is read from what is new, and is up to date.

        Returns
        -------
        bool
            Whether any file came, went or changed, or may have: a file that changed within the two seconds
            before it was last looked at counts as changed.

        Raises
        ------
        RunNotFoundError, UnknownFormatError
            If the run is gone; what was read stays.
        """
        before = self._files
        files = self._shelf.following(before)
        changed = files.listing is None or files.families is not before.families
        if changed:
            self._files = files
            self._read.clear()
            self._config = self._settings = None
        return changed

    def _settled(self, read: Columns) -> dict[str, Columns]:
        """Mend and order what a source gave."""
        normalise(read, self.name)
        return {
            name: history.order(part, self.name, self.on_rewind) for name, part in history.by_series(read)
        }

    @property
    def notices(self) -> list[Notice]:
        """What was skipped, converted or doubted in everything read so far."""
        found = list(self._files.notices)
        for _, made in self._read.values():
            for columns in made.values():
                found += columns.notices
                found += doubts.notices(columns, self.name)
        return list(dict.fromkeys(found))

    def metrics(self, series: str) -> list[str]:
        """The fields of a series that hold numbers, in file order."""
        columns = self.columns(series)
        return [name for name, column in columns.fields.items() if any(map(is_number, column))]

    def believed(self, columns: Columns, field: str) -> list[bool]:
        """Tell for each row whether this field's value may be crowned."""
        return [not bad for bad in doubts.unbelievable(columns, field)]

    def record(self, columns: Columns, row: int) -> Record:
        """Everything known at one row of a series: its file is read whole, the others are not."""
        series = columns.keys["series"][row]
        for source, group in self._files.claimed:
            known = self._read.get(id(group))
            mine = source.name == columns.provenance["format"][row] and series == "validation"
            if mine and known is not None and known[0] is not None:
                history = known[1]["validation"]
                found = of_snapshot(source, group, columns, row, run=self.name, history=history)
                if found is not None:
                    return found
            if source.name == columns.provenance["format"][row] and isinstance(source, PerRecord):
                found = of_huge_file(source, group, columns, row, run=self.name)
                if found is not None:
                    return found
        whole = self.columns(series)
        places = zip(whole.provenance["file"], whole.provenance["row"], strict=True)
        wanted = (columns.provenance["file"][row], columns.provenance["row"][row])
        return whole.record(next(index for index, place in enumerate(places) if place == wanted))

    def documents(self) -> Iterator[tuple[int, str, dict[str, Any]]]:
        """Yield step, file and document of every record as its file holds it, in the history's order."""
        for source, group in self._files.claimed:
            made = self._group(source, group, frozenset())
            for columns in made.values():
                yield from in_order(source, group, columns)

    def frame(
        self,
        fields: Iterable[str] | None = None,
        *,
        series: str | None = None,
        engine: Engine = "pandas",
        shape: Shape = "wide",
        provenance: bool = False,
    ) -> Any:
        """Load the run as a data frame at full resolution.

        Parameters
        ----------
        fields : iterable of str or None
            Read only these; None for all, with the derived ones.
        series : str or None
            One series; None for all.
        engine : {"pandas", "polars"}
            Which library's frame.
        shape : {"wide", "long"}
            One row a record, or one row a number.
        provenance : bool
            Add ``format, file, row`` (wide only).

        Returns
        -------
        pandas.DataFrame or polars.DataFrame
            Sorted by series, phase and step; ``step`` is a column, not the index.

        Raises
        ------
        MetricNotFoundError
            If a named field does not exist.
        UsageError
            If the engine or the shape is none of the two.
        """
        from statkit.data.runs import frame_of

        return frame_of([self], fields, series, engine, shape, provenance)

    def __getitem__(self, field: str) -> pandas.Series[Any]:
        """One field as a pandas Series over steps, rows without it left out."""
        from statkit.data.frame import pandas_series

        for series in self.series_names():
            columns = self.columns(series, [field])
            if field in columns.fields:
                rows = [row for row, value in enumerate(columns.fields[field]) if value is not None]
                if not rows:
                    raise EmptySeriesError(f"{field} holds no value in {self.name}.", field)
                made = pandas_series(field, [columns.fields[field][row] for row in rows])
                made.index = pandas_series("step", [columns.steps[row] for row in rows])
                made.index.name, made.name = "step", field
                return cast("pandas.Series[Any]", made)
        raise MetricNotFoundError(field, self.field_names(), self.name)

    def field_names(self) -> list[str]:
        """Every field of every series, derived ones too."""
        return list(dict.fromkeys(name for s in self.series_names() for name in self.columns(s).fields))

    def require_rows(self) -> None:
        """Raise when nothing could be read.

        Raises
        ------
        SourceError
            With the first reason.
        """
        if self.series_names():
            return
        skipped = [notice for notice in self.notices if notice.code == "skipped-file"]
        if skipped:
            first = skipped[0]
            raise SourceError(
                f"{self.path}: none of {len(skipped)} files can be read. {first.path}: {first.message}.",
                self.path,
            )
        raise SourceError(f"{self.path}: its files hold no record.", self.path)


def _needed(wanted: Sequence[str] | None) -> frozenset[str] | None:
    """Name every field to read: those wanted, what derived ones are made of, what tells a trap value."""
    if wanted is None or any(name in ATTENTION for name in wanted):
        return None  # a metric without its layer: only the data tell which layer is the primary one
    needed = [*wanted, *derived.inputs(wanted)]
    for name in wanted:
        needed += doubts.support(name)
    return frozenset(needed)
