import numpy as np
import pytest

from statkit.views.sheet import Sheet, fitted, speakable, width_of


@pytest.fixture
def sheet():
    return Sheet(200, 100)


def inked(pixels):
    """Rows and columns of what is not white: first and last of each."""
    rows, columns = np.nonzero((pixels < 250).any(axis=2))
    return rows.min(), rows.max(), columns.min(), columns.max()


def test_an_empty_sheet_is_white(sheet):
    assert sheet.pixels().shape == (100, 200, 3)
    assert (sheet.pixels() == 255).all()


def test_images_lie_where_they_were_placed(sheet):
    image = np.random.default_rng(0).integers(0, 200, (5, 7, 3), dtype=np.uint8)
    sheet.image(10, 20, image)
    np.testing.assert_array_equal(sheet.pixels()[20:25, 10:17], image)
    assert inked(sheet.pixels()) == (20, 24, 10, 16)


def test_lines_and_areas_count_from_the_top(sheet):
    sheet.rectangle(50, 30, 20, 10, colour="#000000")
    assert inked(sheet.pixels()) == (30, 39, 50, 69)


def test_a_gap_breaks_a_line(sheet):
    sheet.line([(10, 50), (60, 50), (np.nan, np.nan), (120, 50), (150, 50)], colour="#000000")
    row = (sheet.pixels()[49:51] < 200).any(axis=(0, 2))
    assert row[20:55].all()
    assert not row[65:115].any()


@pytest.mark.parametrize(
    ("align", "first", "last"), [("left", 100, 135), ("center", 83, 118), ("right", 65, 100)]
)
def test_text_is_aligned_on_its_place(sheet, align, first, last):
    sheet.text(100, 50, "HHHH", size=9, colour="#000000", align=align)
    top, bottom, left, right = inked(sheet.pixels())
    assert bottom == 49
    assert top > 38
    assert abs(left - first) < 5
    assert abs(right - last) < 5


def test_clear_leaves_nothing(sheet):
    sheet.text(10, 50, "text", size=9, colour="#000000")
    sheet.image(0, 0, np.zeros((3, 3, 3), dtype=np.uint8))
    sheet.dot(20, 20, 4, colour="#000000")
    sheet.clear()
    assert (sheet.pixels() == 255).all()


@pytest.mark.parametrize(
    "text", ["W" * 200, "a", "", "$\\frac{a}{b}$" * 30, "\N{REPLACEMENT CHARACTER}" * 50]
)
@pytest.mark.parametrize("most", [5, 20, 77.5, 300])
def test_fitted_text_is_never_wider(text, most):
    short = fitted(text, 9, True, most)
    assert width_of(short, 9, True) <= most or short == "…"
    assert short == text or "…" in short


def test_a_cut_line_keeps_both_ends():
    short = fitted("attention_of_the_first_layer_384", 9, False, 100)
    assert short.startswith("att")
    assert short.endswith("84")


def test_what_no_font_shows_is_replaced_and_controls_are_named():
    assert speakable("µm² − 名\x1b[31m\n") == "µm² − \N{REPLACEMENT CHARACTER}\\x1b[31m\\n"
    assert speakable("\U0001f600\u202e") in (
        "\N{REPLACEMENT CHARACTER}\\u202e",
        "\U0001f600\\u202e",
    )
