import json
import math
import random
from pathlib import Path
from runpy import run_path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.errors import MalformedFileError, SourceError, TruncatedFileError
from statkit.json_text import MAX_LEVELS, dumps, loads

SUITE = run_path(str(Path(__file__).with_name("json_suite.py")))

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("name", SUITE["ACCEPTED"])
def test_what_the_rfc_accepts_is_read_as_the_standard_library_reads_it(name):
    data = SUITE["ACCEPTED"][name]
    assert loads(data) == json.loads(data)


@pytest.mark.parametrize("name", SUITE["REFUSED"])
def test_what_the_rfc_refuses_is_refused(name):
    with pytest.raises((MalformedFileError, TruncatedFileError)):
        loads(SUITE["REFUSED"][name])


def test_the_lists_are_as_long_as_the_suite():
    assert len(SUITE["ACCEPTED"]) >= 95
    assert len(SUITE["REFUSED"]) + len(SUITE["DOCUMENTED"]) >= 188


@pytest.mark.parametrize("name", SUITE["DOCUMENTED"])
def test_bare_non_finite_tokens_are_read(name):
    (value,) = loads(SUITE["DOCUMENTED"][name])
    assert not math.isfinite(value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_unicode_encoding_is_read(encoding):
    assert loads('{"schicht": "größe 😀", "a": 1.5}'.encode(encoding)) == {"schicht": "größe 😀", "a": 1.5}


def test_bytes_that_are_no_text_and_lone_surrogates_become_the_replacement_character():
    assert loads(b'{"a": "x\xffy", "b": 1}') == {"a": "x\ufffdy", "b": 1}
    assert loads(b'["\\ud800", "\\udc00x", "\\ud800\\ud800", "\\ud83d\\ude00", "\\\\ud800"]') == [
        "\ufffd",
        "\ufffdx",
        "\ufffd\ufffd",
        "😀",
        "\\ud800",
    ]


@pytest.mark.parametrize(
    "number",
    [2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**19, -(10**19), 10**4000],
)
@pytest.mark.parametrize("shape", ["%d", "[%d]", '{"a": %d}', '{"a":%d,"b":0.5}', "[0.5 ,%d\n]"])
def test_integers_are_exact_at_any_size(number, shape):
    found = loads((shape % number).encode())
    assert found == json.loads(shape % number)
    assert type(found) is not float


def test_integers_that_python_does_not_convert_are_infinity():
    assert loads(b'{"a": 1' + b"0" * 6000 + b', "b": -1' + b"0" * 6000 + b"}") == {
        "a": math.inf,
        "b": -math.inf,
    }


def test_a_long_fraction_does_not_leave_the_fast_path():
    assert loads(b'{"a": 0.00040854327380657196123, "b": 1e-3}') == {
        "a": 0.00040854327380657196123,
        "b": 1e-3,
    }


def test_big_integers_are_found_across_the_windows_of_a_large_document():
    filler = b'{"pad": "' + b"x" * ((1 << 20) - 20) + b'", "n": 12345678901234567890123}'
    assert loads(filler)["n"] == 12345678901234567890123


def test_of_duplicate_keys_the_last_wins():
    assert loads(b'{"a": 1, "a": 2}') == loads(b'{"a": NaN, "a": 2}') == {"a": 2}


def outcome(document):
    try:
        return "cut" if "<too deep>" in dumps(loads(document)) else "whole"
    except SourceError as error:
        return str(error)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b"[NaN,", b'{"a":['])
@pytest.mark.parametrize("depth", [950, 5_000, 100_000])
def test_deep_nesting_is_read_or_refused_and_nothing_else(opening, depth):
    closing = {b"[": b"]", b'{"a":': b"}", b"[NaN,": b"]", b'{"a":[': b"]}"}[opening]
    for document in (opening * depth, opening * depth + b"1" + closing * depth):
        assert outcome(document) in ("nested too deep", f"ends in the middle (byte {len(document):,})", "cut")


TORN = json.dumps(
    {
        "a": -1.5e-7,
        "b": [True, False, None],
        "c": {"d": "x\n\\é😀", "e": 12},
        "f": [],
        "n": math.nan,
        "i": -math.inf,
    },
    indent=2,
    ensure_ascii=True,
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_document_torn_at_any_byte_is_truncated_not_malformed(encoding):
    text = TORN.replace("\\u00e9", "é")
    data = text.encode(encoding)
    whole = loads(data)
    assert whole["c"] == {"d": "x\n\\é😀", "e": 12}
    for size in range(len(data)):
        with pytest.raises(TruncatedFileError):
            loads(data[:size])


@pytest.mark.parametrize("size", range(12))
def test_zeros_are_an_empty_file(size):
    with pytest.raises(TruncatedFileError, match="nothing but blanks" if size else "empty file"):
        loads(b"\0" * size)


@given(st.binary(max_size=40))
def test_any_bytes_give_a_value_or_a_source_error(data):
    refuses_no_more_than_the_standard_library(data)


def refuses_no_more_than_the_standard_library(data):
    try:
        loads(data)
    except SourceError:
        assert not is_json(data)


def is_json(data):
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


@given(VALUES)
def test_what_is_written_is_strict_json_and_reads_back(value):
    def shown(item):
        if isinstance(item, float) and not math.isfinite(item):
            return "NaN" if item != item else "Infinity" if item > 0 else "-Infinity"
        if isinstance(item, dict):
            return {key: shown(inner) for key, inner in item.items()}
        return [shown(inner) for inner in item] if isinstance(item, list) else item

    def refuse(token):
        raise AssertionError(token)

    for indent in (False, True):
        text = dumps(value, indent=indent)
        assert json.loads(text, parse_constant=refuse) == shown(value)
        text.encode()


@given(VALUES)
def test_what_the_standard_library_writes_is_read_back_bare_tokens_included(value):
    assert repr(loads(json.dumps(value).encode())) == repr(json.loads(json.dumps(value)))


def test_names_of_files_that_are_no_text_can_be_written():
    assert dumps({"file": "a\udcff.json", "n": 2**70}) == '{"file":"a\ufffd.json","n":1180591620717411303424}'


def test_levels_beyond_the_most_are_cut_when_written():
    value = "leaf"
    for _ in range(MAX_LEVELS + 3):
        value = [value]
    assert dumps(value).count("[") == MAX_LEVELS
    assert "<too deep>" in dumps(value)


def test_parsing_damaged_documents_never_crashes():
    source = random.Random(0)
    good = TORN.encode()
    for _ in range(500):
        data = bytearray(good)
        for _ in range(source.randrange(1, 4)):
            data[source.randrange(len(data))] = source.randrange(256)
        refuses_no_more_than_the_standard_library(bytes(data))
