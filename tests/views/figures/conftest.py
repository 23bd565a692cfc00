"""What every figure must hold to."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from statkit.views.figures.style import STYLES, settled


def texts(plot):
    """Every text that is really drawn, with its box in pixels."""
    drawn = []
    draw = Text.draw

    def noted(text, renderer, *more):
        if text.get_visible() and text.get_text().strip():
            drawn.append(text)
        return draw(text, renderer, *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", noted)
        canvas = FigureCanvasAgg(plot.figure)
        plot.figure.set_dpi(100)
        with settled(STYLES["screen"]):
            canvas.draw()
    renderer = canvas.get_renderer()
    return [(each.get_text(), each.get_window_extent(renderer)) for each in dict.fromkeys(drawn)]


@pytest.fixture
def holds():
    """Check that no text leaves the figure, no two texts overlap, and no legend covers a panel."""

    def check(plot):
        found = texts(plot)
        width, height = plot.figure.bbox.width, plot.figure.bbox.height
        for text, box in found:
            inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1
            assert inside, f"{text!r} leaves the figure: {box} in {width} x {height}"
        for place, (text, box) in enumerate(found):
            for other, second in found[place + 1 :]:
                across = min(box.x1, second.x1) - max(box.x0, second.x0)
                down = min(box.y1, second.y1) - max(box.y0, second.y0)
                assert across <= 1.5 or down <= 1.5, f"{text!r} and {other!r} overlap"
        for legend in plot.figure.legends:
            shape = legend.get_window_extent(plot.figure.canvas.get_renderer())
            assert shape.x1 <= width + 1
            for axes in plot.axes:
                assert not shape.overlaps(axes.get_window_extent())
        return found

    return check
