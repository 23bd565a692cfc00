"""Three roads through a snapshot, and they meet: two parsers that take some fields, and the whole reading."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from statkit.sources import projection
from statkit.sources.projection import ABSENT, Roots, projector
from statkit.sources.run_files import scan_directory
from statkit.sources.statistik import StatistikSource

ROADS = {"msgspec": -1, "orjson": 1 << 60}

NAMES = (
    *("step_current", "quality_ki_value", "total_loss_value", "epoch_num", "epoch", "last_update_time"),
    *("a", "b", "a.b", "a.b.c", "b.a", "", ".", "a.", ".a", "é", 'quo"te', "back\\slash", "new\nline"),
    *("step", "label", "non_finite", "losses", "batch_metrics", "\ufffd", "x\ufffd", "x"),
)
FIELDS = (*NAMES, "a.b.c.d", "losses.total", "a.a", "b.b", "nowhere", "nowhere.at.all", "x.x", "x.\ufffd")

NUMBERS = st.sampled_from(
    [
        *("0", "-0", "0.0", "-0.0", "1", "7500", "7500.0", "0.1", "1e5", "1E-7", "5e-324", "1e308"),
        *("1e400", "-1e400", "9223372036854775807", "9223372036854775808", "18446744073709551615"),
        *("18446744073709551616", "-9223372036854775808", "-9223372036854775809", "1" + "0" * 40),
        *("9223372036854775808.0", "123456789012345678.9", "0.1234567890123456789012345", "1e22"),
        *("NaN", "Infinity", "-Infinity", "1770368390.25", "01", "1.", "+1", ".5", "1e"),
    ]
)
STRINGS = st.sampled_from(
    [
        *('""', '"text"', '"0.25"', '"NaN"', '"2026-02-06T08:26:30"', '"\\u00e9"', '"\\ud83d\\ude00"'),
        *('"\\ud800"', '"a\\tb"', '"a\tb"', '"\\q"', '"tensor(0.5)"'),
    ]
)
LEAVES = st.one_of(NUMBERS, STRINGS, st.sampled_from(["null", "true", "false", "{}", "[]"]))


def key(name):
    return json.dumps(name, ensure_ascii=False)


KEYS = st.one_of(
    st.sampled_from(NAMES).map(key),
    st.sampled_from(NAMES).map(json.dumps),
    st.sampled_from(['"\\u0061"', '"\\ud800"', '"x\\udc00"']),
)


def members(values):
    """Members of an object in any order; keys may come twice."""
    return st.lists(st.tuples(KEYS, values), max_size=4).map(
        lambda pairs: "{" + ", ".join(f"{name}: {value}" for name, value in pairs) + "}"
    )


VALUES = st.recursive(
    LEAVES,
    lambda inner: members(inner) | st.lists(inner, max_size=3).map(lambda each: "[" + ",".join(each) + "]"),
    max_leaves=6,
)
MARKS = st.builds(
    lambda where, mark: '"non_finite": {' + f"{key(where)}: {key(mark)}" + "}",
    st.sampled_from(FIELDS),
    st.sampled_from(["NaN", "Infinity", "-Infinity", "other"]),
)
MEMBERS = st.one_of(
    st.tuples(KEYS, VALUES).map(": ".join), MARKS, st.just('"step_current": 5'), st.just('"a": {"b": 1}')
)
ROOTS = st.sampled_from(
    ['"text"', "[]", "7", "null", "", " ", "{", '{"a": 1', '{"a": 1} x', '{"a": 1}\0', "{,}"]
)
TEXTS = st.one_of(st.lists(MEMBERS, max_size=7).map(lambda each: "{" + ", ".join(each) + "}"), ROOTS)
ENCODINGS = st.sampled_from(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1"])
DAMAGE = st.sampled_from([b""] * 8 + [b"\xff", b"\xed\xa0\x80", b"\xc3"])


def encoded(text, encoding, damage):
    data = text.encode(encoding, "replace")
    place = data.find(b'": "') + 4
    return data if place < 4 else data[:place] + damage + data[place:]


FILES = st.lists(st.builds(encoded, TEXTS, ENCODINGS, DAMAGE), min_size=1, max_size=5)
FILE_NAMES = (
    *("Statistik_10.json", "Statistik_9.json", "Statistik_10_final.json"),
    *("vsr_training_data_2026-02-06T08-26-30.json", "metrics/Statistik_200.json"),
)


def group_of(place, contents):
    for name, data in zip(FILE_NAMES, contents, strict=False):
        target = Path(place, name)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)
    (group,) = [group for source, group in scan_directory(place).claimed if source.name == "statistik"] or [
        None
    ]
    return group


def plain(columns, fields):
    """All that columns say of some fields, comparable: NaN is itself, 1 is not 1.0 and not True."""
    return {
        "rows": list(columns.provenance["file"]),
        "keys": {name: list(map(repr, column)) for name, column in columns.keys.items() if len(column)},
        "fields": {name: list(map(repr, columns.fields[name])) for name in fields if name in columns.fields},
        "notices": sorted(map(repr, columns.notices)),
        "files": columns.files,
    }


@pytest.fixture(params=ROADS)
def road(request, monkeypatch):
    monkeypatch.setattr(projection, "WORTH_ITS_IMPORT", ROADS[request.param])
    return request.param


@pytest.mark.usefixtures("road")
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILES, st.lists(st.sampled_from(FIELDS), max_size=5, unique=True))
@example([b'{"step_current": 1, "quo\\"te": 3}'], ['quo"te'])
@example(
    [b'{"step_current": 1, "a": {"b": 1}, "a.b": 2}', b'{"step_current": 1, "a.b": 2, "a": {"b": 1}}'],
    ["a.b"],
)
@example([b'{"step_current": 1, "x\xff": 3}'], ["x\ufffd"])
@example(
    [b'{"step_current": 1, "x": 1e400}', b'{"step_current": 18446744073709551616}'], ["x", "step_current"]
)
@example([b'{"step_current": 1, "a": null, "non_finite": {"a": "NaN"}}'], ["a", "non_finite"])
@example([b'{"step_current": 1, "a": ' + b"[" * 1010 + b"]" * 1010 + b"}"], ["b"])
@example([b'{"step_current": 1, "a": ' + b'{"b":' * 150 + b"1" + b"}" * 150 + b"}"], ["a" + ".b" * 99])
def test_all_roads_meet(contents, fields):
    meet(contents, fields)


@pytest.mark.slow
@pytest.mark.usefixtures("road")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILES, st.lists(st.sampled_from(FIELDS), max_size=5, unique=True))
def test_all_roads_meet_at_length(contents, fields):
    meet(contents, fields)


def meet(contents, fields):
    source = StatistikSource()
    with tempfile.TemporaryDirectory() as place:
        group = group_of(place, contents)
        if group is not None:
            assert plain(source.read(group, fields), fields) == plain(source.read(group), fields)


def test_the_volume_decides_who_parses(monkeypatch):
    asked = []
    monkeypatch.setattr(projection, "_with_msgspec", lambda names: asked.append("msgspec"))
    monkeypatch.setattr(projection, "_with_orjson", lambda names: asked.append("orjson"))
    projector(["a"], projection.WORTH_ITS_IMPORT)
    projector(["a"], projection.WORTH_ITS_IMPORT + 1)
    projector(['a"b'], projection.WORTH_ITS_IMPORT + 1)  # msgspec takes no such name
    assert asked == ["orjson", "msgspec", "orjson"]


@pytest.mark.usefixtures("road")
def test_what_is_asked_and_nothing_else():
    take = projector(["a", "b", "c"], 1)
    assert take(b'{"d": [1, 2], "b": null, "a": {"x": 1}}') == ({"x": 1}, None, ABSENT)


@pytest.mark.usefixtures("road")
@pytest.mark.parametrize(
    "data", [b"", b"[]", b"null", b'{"a": NaN}', b'{"b": NaN}', b'{"a": 1', b"\xef\xbb\xbf{}"]
)
def test_what_is_not_strict_is_refused(data):
    take = projector(["a"], 1)
    with pytest.raises(ValueError, match=r".+"):
        take(data)


def test_roots():
    roots = Roots(["a.b.c", "a"], ["step"])
    assert roots.names == ["a.b.c", "a.b", "a", "step"]
    table = roots.table(
        [(ABSENT, ABSENT, {"b": {"c": 1}}, 2), (3, ABSENT, ABSENT, ABSENT), (ABSENT, {"c": 4}, 5, 6)]
    )
    assert roots.columns(table) == {"a.b.c": [1, 3, 4], "a": [None, None, 5]}
    assert roots.ambiguous(table) == {2}
