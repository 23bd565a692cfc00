"""Chunks of records in, compact columns out: the rows of a huge file, never all of them as dicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from statkit import json_text
from statkit.errors import SourceError
from statkit.records import Coded, Columns
from statkit.sources.batch_keys import KEY_FIELDS, keys_of
from statkit.sources.builder import ColumnsBuilder
from statkit.sources.decoding import MARKS, Decoder, Field
from statkit.sources.growing import Growing
from statkit.sources.key_columns import key_columns
from statkit.sources.windows import Place

#: After so many chunks that the fast road could not read, and more than it could, it is not tried again.
_PATIENCE: Final = 4


class Stretch(NamedTuple):
    """Where the records of one chunk are.

    Attributes
    ----------
    place : Place
        Its bytes.
    row : int
        The number of its first record.
    """

    place: Place
    row: int


class Gathering:
    """Columns of batch records under construction.

    Parameters
    ----------
    format : str
        The source's name, for the provenance.
    fields : sequence of str or None
        The fields to keep; None keeps all.
    volume : int
        Bytes of text that will come, more or less.

    Attributes
    ----------
    count, odd : int
        How many records were taken, and how many elements were no objects.
    stretches : list of Stretch
        The chunks taken, in order.
    """

    def __init__(self, format: str, fields: Sequence[str] | None, volume: int = 0) -> None:
        self.count = 0
        self.odd = 0
        self.stretches: list[Stretch] = []
        self._format = format
        self._wanted = None if fields is None else list(dict.fromkeys(fields))
        self._keys: dict[str, Growing] = {}
        self._fields: dict[str, Growing] = {}
        self._roots: dict[str, None] = {}
        self._decoder: Decoder | None = None
        self._refused = self._read = 0
        self._volume = volume
        self._expected = 0
        if self._wanted is not None and not any("." in name or "\ufffd" in name for name in self._wanted):
            self._prepare((*self._wanted, *KEY_FIELDS, MARKS), alone=False)

    def take(self, text: memoryview, place: Place) -> bool:
        """Take ``[…]``, the JSON text of some records; tell whether it is such a list."""
        return self._taken(text, place, lines=False) or self._add_parsed(bytes(text), place)

    def take_lines(self, text: bytes, place: Place) -> bool:
        """Take lines of which each that is not blank is a record; False, and nothing taken, otherwise."""
        return self._taken(text, place, lines=True)

    def _taken(self, text: memoryview | bytes, place: Place, *, lines: bool) -> bool:
        found = None if self._decoder is None else self._decoder.fields(text, lines=lines)
        if found is None:
            return False
        self._read += 1
        self._begin(place, found[0], len(text))
        self._add(*found)
        return True

    def take_records(self, records: Sequence[Mapping[str, Any]], place: Place) -> None:
        """Take records that were parsed already."""
        self._begin(place, len(records), place.stop - place.start)
        builder = ColumnsBuilder(self._format, self._wanted)
        for record in records:
            builder.add(keys_of(record), record, "")
        part = builder.build("")
        del part.keys["series"]
        for made, growing in ((part.keys, self._keys), (part.fields, self._fields)):
            for name, column in made.items():
                self._extend(growing, name, Field(column, set(map(type, column))))
        self.count += len(records)
        self._learn(records)

    def columns(self, series: str, file: str) -> Columns:
        """Finish: the columns of all records, as those of one file."""
        count = self.count
        keys: dict[str, Sequence[Any]] = {"series": Coded.same(series, count)}
        return Columns(
            keys | _finished(self._keys, count),
            _finished(self._fields, count),
            {
                "format": Coded.same(self._format, count),
                "file": Coded.same(file, count),
                "row": range(count),
            },
        )

    def _prepare(self, names: Iterable[str], *, alone: bool) -> None:
        try:
            self._decoder = Decoder(dict.fromkeys(names), alone=alone)
        except (ValueError, TypeError):  # a name that would need an escape
            self._decoder = None

    def _begin(self, place: Place, count: int, length: int) -> None:
        """Note where a chunk stands; reckon from the first how many rows will come, one in a hundred more."""
        self.stretches.append(Stretch(place, self.count))
        if not self._expected and length:
            self._expected = int(1.01 * count * self._volume / length)

    def _add(self, count: int, found: Mapping[str, Field]) -> None:
        for key, field in key_columns(found, count).items():
            self._extend(self._keys, key, field)
        for name in self._wanted if self._wanted is not None else found:
            if name in found:
                self._extend(self._fields, name, found[name])
        self.count += count

    def _extend(self, columns: dict[str, Growing], name: str, field: Field) -> None:
        column = columns.get(name)
        if column is None:
            column = columns[name] = Growing(self._expected)
        column.pad(self.count)
        column.extend(field.values, field.kinds)

    def _add_parsed(self, data: bytes, place: Place) -> bool:
        """Take the tolerant road: every record becomes a dict for a moment."""
        try:
            elements = json_text.loads(data)
        except SourceError:
            return False
        records = [element for element in elements if type(element) is dict]
        self.odd += len(elements) - len(records)
        self.take_records(records, place)
        return True

    def _learn(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Where all fields are wanted, ask for those the records have; give up on what is never read."""
        self._refused += self._decoder is not None
        if self._refused >= _PATIENCE and self._refused > self._read:
            self._decoder = None
        elif self._wanted is None:
            known = len(self._roots)
            self._roots.update(dict.fromkeys(name for record in records for name in record))
            if len(self._roots) > known:
                self._prepare((*self._roots, MARKS), alone=True)


def _finished(columns: Mapping[str, Growing], count: int) -> dict[str, Sequence[Any]]:
    for column in columns.values():
        column.pad(count)
    return {name: column.column() for name, column in columns.items()}
