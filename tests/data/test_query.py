"""jq filters, by each library that imports."""

import math
import subprocess
import sys
from importlib.util import find_spec

import pytest

from statkit.data.query import Query, render
from statkit.errors import QueryError

BACKENDS = [name for name in ("jq", "pyjq") if find_spec(name)]
DOCUMENT = {
    "a": 1,
    "b": {"c": [1, 2.5, None], "Final Fusion": 3},
    "t": "x",
    "ok": True,
    "nan": math.nan,
    "inf": math.inf,
}


@pytest.fixture(params=BACKENDS)
def ask(request):
    return lambda text, document=DOCUMENT: list(Query(text, request.param)(document))


def test_jq_itself_is_installed():
    assert "jq" in BACKENDS


@pytest.mark.parametrize(
    ("text", "results"),
    [
        (".a", [1]),
        (".b.c", [[1, 2.5, None]]),
        (".nowhere", [None]),
        (".nowhere.deeper", [None]),
        (".a + 1", [2]),
        (".b.c[]", [1, 2.5, None]),
        ("first(empty)", []),
        ("empty", []),
        (".nan", [None]),
        (".inf", [sys.float_info.max]),
        (".nan, .a", [None, 1]),
        ('.b["Final Fusion"]', [3]),
        ("select(.a > 5)", []),
        ("{t, a}", [{"t": "x", "a": 1}]),
        ("[.b.c[] | numbers] | add", [3.5]),
        ('try error("x") catch .', ["x"]),
        (".ok | not", [False]),
        ("  .a  ", [1]),
        ("[limit(2; repeat(1))]", [[1, 1]]),
    ],
)
def test_both_libraries_give_the_same(ask, text, results):
    assert ask(text) == results


@pytest.mark.parametrize("text", ["@@", ".a |", "{", "nofunction(1)", "$nowhere", "if . then 1"])
def test_what_does_not_compile_is_one_line(ask, text):
    with pytest.raises(QueryError) as caught:
        ask(text)
    assert "\n" not in str(caught.value)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", [".a.b", ".t.b", ".ok.b", ".b.c.d", '.a | error("boom")', ".t + 1"])
def test_what_fails_on_a_record_is_an_error(ask, text):
    with pytest.raises(QueryError, match="query"):
        ask(text)


@pytest.mark.parametrize("number", [2**53 + 1, 2**64 + 1, 10**30 + 1, -(2**63) - 1])
def test_a_simple_path_keeps_big_integers_exact(number):
    assert list(Query(".n")({"n": number})) == [number]
    assert list(Query(".m.n")({"m": {"n": [number]}})) == [[number]]


def test_other_filters_show_big_integers_as_integers():
    assert list(Query(".n, .a")({"n": 2**60, "a": 1})) == [2**60, 1]
    assert list(map(type, Query("[.n][0]")({"n": 2**53 + 2}))) == [int]


@pytest.mark.parametrize("text", ["pick(.a)", "input", "[inputs]", "debug", '{("x"): 1}', "{(1): 2}", "abs"])
def test_what_one_library_cannot_do_goes_to_the_other_and_never_kills(text):
    script = (
        "import sys\nfrom statkit.data.query import Query\nfrom statkit.errors import QueryError\n"
        "try:\n    print(list(Query(sys.argv[1])({'a': 1})))\nexcept QueryError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, text], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1


def test_a_record_nested_too_deep_is_an_error(ask):
    deep = 1
    for _ in range(950):
        deep = [deep]
    with pytest.raises(QueryError, match="deeper"):
        ask(".", {"a": deep})


@pytest.mark.parametrize(
    ("value", "options", "text"),
    [
        ("x", {}, '"x"'),
        ("x", {"raw": True}, "x"),
        ([1, {"a": "ä"}], {"compact": True}, '[1,{"a":"ä"}]'),
        ([1], {}, "[\n  1\n]"),
        (math.nan, {}, "null"),
        ([math.inf], {"compact": True}, "[1.7976931348623157e+308]"),
        (None, {"raw": True}, "null"),
    ],
)
def test_results_are_written_as_jq_writes_them(value, options, text):
    assert render(value, **options) == text
