import io

import pytest
from PIL import Image

from statkit.views import grid
from statkit.views.picture import HEIGHT, WIDTH, rendered


@pytest.mark.parametrize("height", [HEIGHT, 400])
def test_a_picture_has_the_height_that_was_asked_for(height):
    with Image.open(io.BytesIO(rendered(lambda sheet: None, height))) as read:
        assert read.size == (WIDTH, height)


def test_an_error_leaves_an_empty_sheet():
    def broken(sheet):
        grid.foot(sheet, "words")
        raise RuntimeError("no")

    empty = rendered(lambda sheet: None)
    with pytest.raises(RuntimeError):
        rendered(broken)
    assert rendered(lambda sheet: None) == empty


def test_heading_cells_and_foot_stay_on_the_sheet():
    words = "x" * 2000

    def compose(sheet):
        grid.heading(sheet, words, words, words)
        for place in range(6):
            box = grid.cell(sheet, place % 3, place // 3, words, words)
            grid.blank(sheet, box, words)
        grid.foot(sheet, words)

    with Image.open(io.BytesIO(rendered(compose))) as read:
        grey = read.convert("L").point(lambda level: 255 if level < 255 else 0)
    left, top, right, bottom = grey.getbbox()
    assert left >= grid.MARGIN - 2
    assert right <= WIDTH - grid.MARGIN + 2
    assert top > 0
    assert bottom < HEIGHT
