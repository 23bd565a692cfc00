import collections
import datetime
import decimal
import enum
import fractions
import json
import math
import pathlib
import sys
import threading
import types
import uuid
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statkit.writers import BatchMetricsWriter
from statkit.writers.plain import MOST_ELEMENTS, plain, text_of, to_bytes


def strict(data):
    def refuse(name):
        raise AssertionError(f"bare {name}")

    return json.loads(data, parse_constant=refuse)


def written(value):
    return strict(to_bytes(plain({"v": value}), indent=True))["v"]


class FakeTensor:
    """The shape of a torch tensor: its scalars come out by ``item``, its arrays by ``tolist``."""

    dtype = types.SimpleNamespace()

    def __init__(self, content, shape=()):
        self.content, self.shape = content, shape

    def item(self):
        return self.content

    def tolist(self):
        return self.content

    def __str__(self):
        return f"tensor({self.content})"


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@dataclass
class Config:
    lr: float
    inner: dict


Point = collections.namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.float64(0.1), 0.1),
        (np.float32(0.1), float(np.float32(0.1))),
        (np.float16(0.5), 0.5),
        (np.longdouble(0.25), 0.25),
        (np.int64(2**62), 2**62),
        (np.bool_(True), True),
        (np.str_("x"), "x"),
        (np.array(3.5), 3.5),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.datetime64("2026-02-06T08:26"), "2026-02-06T08:26"),
        (pd.Series([1.5, 2.5]), [1.5, 2.5]),
        (FakeTensor(0.5), 0.5),
        (FakeTensor([0.5, 1.5], (2,)), [0.5, 1.5]),
        (decimal.Decimal("0.5"), 0.5),
        (fractions.Fraction(1, 4), 0.25),
        (2**70, 2**70),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (True, True),
        (None, None),
        ((1, 2), [1, 2]),
        (Point(1, 2), [1, 2]),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset({"b", "a"}), ["a", "b"]),
        (collections.deque([1, 2]), [1, 2]),
        (range(3), [0, 1, 2]),
        ({"a": 1}.keys(), ["a"]),
        (b"text", "text"),
        (b"\xff", "\\xff"),
        (pathlib.Path("a/b"), "a/b"),
        (datetime.date(2026, 2, 6), "2026-02-06"),
        (datetime.datetime(2026, 2, 6, tzinfo=datetime.UTC), "2026-02-06T00:00:00+00:00"),
        (datetime.timedelta(minutes=1), 60.0),
        (uuid.UUID(int=0), str(uuid.UUID(int=0))),
        (Config(0.1, {"b": (1,)}), {"lr": 0.1, "inner": {"b": [1]}}),
        (types.MappingProxyType({"a": 1}), {"a": 1}),
        (collections.OrderedDict(a=1), {"a": 1}),
        ("\ud800", "\ufffd"),
        (1 + 2j, "(1+2j)"),
    ],
)
def test_each_kind_of_value(given, expected):
    found = written(given)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (math.nan, "NaN"),
        (np.float32("nan"), "NaN"),
        (np.array(-np.inf), "-Infinity"),
        (FakeTensor(math.inf), "Infinity"),
        (decimal.Decimal("NaN"), "NaN"),
        pytest.param(10**6000, "Infinity", id="huge"),
        pytest.param(-(10**6000), "-Infinity", id="-huge"),
    ],
)
def test_what_is_not_finite_is_null_and_named(given, name):
    assert strict(to_bytes(plain({"a": {"v": given}}), indent=False)) == {
        "a": {"v": None},
        "non_finite": {"a.v": name},
    }


def test_a_list_inside_is_named_by_its_place():
    assert plain({"a": [1.0, [math.nan]]})["non_finite"] == {"a.1.0": "NaN"}


def test_a_map_of_names_that_is_there_is_completed():
    given = {"a": None, "b": math.inf, "non_finite": {"a": "NaN"}}
    assert plain(given)["non_finite"] == {"a": "NaN", "b": "Infinity"}


def test_another_field_of_that_name_is_kept_beside():
    found = plain({"b": math.nan, "non_finite": 7})
    assert found == {"b": None, "non_finite": {"b": "NaN"}, "non_finite#2": 7}


def test_keys_become_text_and_none_is_lost():
    given = {1: "a", "1": "b", b"k": "c", None: "d", False: "x", 2.5: "e", Colour.RED: "f", (1, 2): "g"}
    assert plain({"v": given})["v"] == {
        "1": "a",
        "1#2": "b",
        "k": "c",
        "null": "d",
        "false": "x",
        "2.5": "e",
        "red": "f",
        "(1, 2)": "g",
    }


def test_cycles_and_depth():
    cycle = {"a": 1}
    cycle["self"] = cycle
    assert plain(cycle) == {"a": 1, "self": "<cycle>"}
    shared = [1]
    assert plain({"x": shared, "y": shared}) == {"x": [1], "y": [1]}
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert "<too deep>" in json.dumps(plain({"v": deep}))


def test_a_large_array_is_named():
    found = written(np.zeros((MOST_ELEMENTS + 1,)))
    assert found == f"<ndarray of shape ({MOST_ELEMENTS + 1},), too large to write>"


class Hostile:
    def __getattr__(self, name):
        raise RuntimeError(name)

    def __str__(self):
        raise RuntimeError

    __repr__ = __str__


class Lying:
    dtype = shape = property(lambda self: 1 / 0)

    def __float__(self):
        raise MemoryError


class BrokenMapping(collections.abc.Mapping):
    def __getitem__(self, key):
        raise OSError

    def __iter__(self):
        return iter("ab")

    def __len__(self):
        return 2


@pytest.mark.parametrize("make", [Hostile, Lying, BrokenMapping, object, lambda: type, lambda: iter([1])])
def test_odd_objects_become_text(make):
    assert isinstance(written(make()), str)
    assert isinstance(written({Hostile(): 1}), dict)


def test_text_of_an_object_is_cut():
    assert len(text_of(["x" * 10_000])) == 1000


odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([19, 309, 4200, 4400]).map(lambda digits: 10**digits)
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.complex_numbers()
    | st.decimals(allow_nan=True)
    | st.datetimes()
    | st.floats(width=32).map(np.float32)
    | st.lists(st.floats(), max_size=3).map(np.array)
    | st.builds(object),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text() | st.integers() | st.binary() | st.none(), inner, max_size=4)
        | st.sets(st.integers() | st.text(), max_size=4)
        | st.tuples(inner, inner)
    ),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text() | st.integers(), odd, max_size=5))
def test_whatever_is_given_the_text_is_strict_json(values):
    for indent in (False, True):
        found = strict(to_bytes(plain(values), indent=indent))
        assert len(found) >= len(values)


@settings(max_examples=60, deadline=None)
@given(values=st.dictionaries(st.text(), odd, max_size=5))
def test_whatever_is_appended_is_one_line_of_strict_json(values, tmp_path_factory):
    directory = tmp_path_factory.mktemp("run")
    writer = BatchMetricsWriter(directory, echo=pytest.fail)
    writer.append(values)
    lines = (directory / "batch_metrics.jsonl").read_bytes().split(b"\n")
    assert len(lines) == 2
    found, expected = strict(lines[0]), strict(to_bytes(plain(values), indent=False))
    if "timestamp" not in expected:
        assert type(found.pop("timestamp")) is float
    assert found == expected


def test_a_record_changed_by_another_thread(tmp_path):
    record = {f"m{number}": float(number) for number in range(50)} | {"map": {}, "list": [], "set": set()}
    stop = threading.Event()

    def mutate():
        serial = 0
        while not stop.is_set():
            serial += 1
            record[f"k{serial % 97}"] = math.nan if serial % 2 else np.float64(serial)
            record.pop(f"k{(serial * 31) % 97}", None)
            for container, change in (("map", {serial % 50: serial}), ("set", {serial % 50})):
                record[container].update(change)
                if serial % 200 == 0:
                    record[container].clear()
            record["list"].append(serial)
            del record["list"][:-20]

    thread = threading.Thread(target=mutate)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread.start()
    lines = []
    writer = BatchMetricsWriter(tmp_path, echo=lines.append)
    try:
        for _ in range(400):
            strict(to_bytes(plain(record), indent=True))
            writer.append(record)
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(interval)
    assert lines == []
    found = (tmp_path / "batch_metrics.jsonl").read_bytes().splitlines()
    assert len(found) == 400
    for line in found:
        strict(line)
