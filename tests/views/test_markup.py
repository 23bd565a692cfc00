import pytest

from statkit.views.markup import latex, markdown
from statkit.views.numbers import NumberFormat, p_value, plain
from statkit.views.table import Table, numbers, words

TABLE = Table(
    [words("run", ["a|b*_<script>", "c"]), numbers("value", [0.5, 0.25], "fraction")],
    "title & co",
    ["100 % note"],
    frozenset({0}),
)


def test_markdown_is_a_table_with_inert_names():
    lines = markdown([TABLE]).splitlines()
    assert lines[0] == "**title \\& co**"
    assert lines[3] == "| --- | ---: |"
    assert lines[4] == "| **a\\|b\\*\\_\\<script\\>** | **50.00 %** |"
    assert lines[5] == "| c | 25.00 % |"


def test_latex_escapes_what_it_would_run():
    text = latex([TABLE])
    assert r"\textbf{a|b*\_<script>} & \textbf{50.00 \%}" in text
    assert text.startswith("% title & co")
    assert text.count(r"\begin{tabular}{lr}") == 1


@pytest.mark.parametrize(
    ("values", "unit", "expected"),
    [
        ([0.5, 0.25], "fraction", ["50.00 %", "25.00 %"]),
        ([500, 1000], None, ["500", "1000"]),
        ([12345, None], None, ["12,345", "–"]),
        ([0.00001, 0.00002], None, ["1.0000e-05", "2.0000e-05"]),
        ([1.5, float("nan"), float("-inf")], None, ["1.5000", "NaN", "-inf"]),
        ([], None, []),
    ],
)
def test_numbers_share_their_decimals(values, unit, expected):
    write = NumberFormat(values, unit)
    assert [write(value) for value in values] == expected


def test_precision_sets_decimals():
    assert NumberFormat([0.123456], None, 2)(0.123456) == "0.12"
    assert NumberFormat([0.123456], "fraction", 1)(0.123456) == "12.3 %"


def test_a_p_value_is_never_zero():
    assert [p_value(p) for p in (0.0, 0.00012, 0.0123, 1.0, None)] == [
        "<0.0001",
        "0.0001",
        "0.012",
        "1.000",
        "–",
    ]


def test_plain_values():
    assert [plain(v) for v in (None, True, 0.1, 1707213600.123, ["a", 1], "x")] == [
        "–",
        "yes",
        "0.1",
        "1707213600.123",
        "a, 1",
        "x",
    ]
