import re

from hypothesis import given
from hypothesis import strategies as st

from statkit.analysis.verification import count_numbers, differences

REPORT = """# Title

## One

| loss | 0.5 | 1,200 | -1.5e-07 |

## Two

<td>7</td><td>0.25</td>"""


def found(report, data=REPORT, **more):
    return [(m.kind, m.where, m.line, m.report, m.data) for m in differences(report, data, **more)]


def test_equal_texts_have_no_difference():
    assert found(REPORT) == []


def test_a_number_is_named_with_its_place():
    assert found(REPORT.replace("0.5", "0.6")) == [("number", "One", 5, "0.6", "0.5")]
    assert found(REPORT.replace("1,200", "1,300")) == [("number", "One", 5, "1,300", "1,200")]
    assert found(REPORT.replace("-1.5e-07", "1.5e-07")) == [("number", "One", 5, "1.5e-07", "-1.5e-07")]


def test_html_headings_name_the_place_too():
    page = REPORT.replace("## Two", "<h2>Two</h2>")
    assert found(page.replace("0.25", "0.35"), page, first_line=11) == [("number", "Two", 19, "0.35", "0.25")]


def test_several_numbers_of_a_line_are_told_one_by_one():
    assert [each[3:] for each in found(REPORT.replace("0.5", "0.7").replace("1,200", "1,201"))] == [
        ("0.7", "0.5"),
        ("1,201", "1,200"),
    ]


def test_a_word_is_told_as_its_line():
    assert found(REPORT.replace("loss", "gain")) == [
        ("text", "One", 5, "| gain | 0.5 | 1,200 | -1.5e-07 |", "| loss | 0.5 | 1,200 | -1.5e-07 |")
    ]


def test_lines_that_are_missing_or_added_are_told():
    lines = REPORT.split("\n")
    assert found("\n".join(lines[:4] + lines[5:]))[0][3:] == (None, lines[4])
    assert found("\n".join([*lines[:4], "new", *lines[4:]]))[0][:4] == ("text", "One", 5, "new")


def test_long_lines_are_shortened():
    assert all(len(each[3]) <= 160 for each in found(REPORT.replace("loss", "x" * 999)))


def test_numbers_are_counted():
    assert count_numbers("a 1 b 2,000.5 c -3e-5 | 12 %") == 4


@given(st.data())
def test_every_changed_digit_is_found(data):
    places = [match.start() for match in re.finditer(r"\d", REPORT)]
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != REPORT[place]]))
    assert len(found(REPORT[:place] + digit + REPORT[place + 1 :])) == 1
