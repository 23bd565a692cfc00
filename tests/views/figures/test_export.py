import os
import subprocess
import sys
from pathlib import Path
from runpy import run_path

import matplotlib
import pytest

from statkit.analysis.plotted.samples import SampleFigure, SamplePanel, sample
from statkit.errors import UsageError
from statkit.views.figures.export import format_of
from statkit.views.figures.gallery import draw

ROOT = Path(__file__).parents[3]
MADE = run_path(str(Path(__file__).with_name("made.py")))
trends, group = MADE["trends"], MADE["group"]


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_the_same_figure_is_the_same_bytes_whatever_came_between(form):
    first = draw(trends()).to_bytes(form)
    draw(trends({"n": [group("base")]})).to_bytes("svg")
    plot = draw(trends())
    assert plot.to_bytes(form) == first
    plot.to_bytes("pdf")
    assert plot.to_bytes(form) == first


SCRIPT = """
import sys, statkit
plot = statkit.plot(sys.argv[1], ["quality_ki_value", "validation_loss_value"], smooth="0.6")
for form in ("png", "svg", "pdf"):
    plot.save("f." + form)
assert "matplotlib.pyplot" not in sys.modules and "seaborn" not in sys.modules
"""


def test_another_process_elsewhere_at_another_time_gives_the_same_bytes(tmp_path):
    found = []
    for place, more in (("a", {}), ("b/c", {"TZ": "Asia/Tokyo", "HOME": "/nowhere", "PYTHONHASHSEED": "7"})):
        (tmp_path / place).mkdir(parents=True)
        subprocess.run(
            [sys.executable, "-W", "error", "-c", SCRIPT, ROOT / "examples" / "runs" / "coarse" / "seed-0"],
            check=True,
            cwd=tmp_path / place,
            env={**os.environ, **more},
        )
        found.append([(tmp_path / place / f"f.{form}").read_bytes() for form in ("png", "svg", "pdf")])
    assert found[0] == found[1]
    for data in found[0]:
        assert str(ROOT).encode() not in data
        assert b"Date" not in data


@pytest.mark.parametrize(
    "settings",
    [
        {"text.usetex": True},
        {"font.size": 30.0, "axes.grid": False, "savefig.bbox": "tight", "savefig.transparent": True},
        {"path.sketch": (1.0, 100.0, 2.0), "svg.fonttype": "none", "axes.facecolor": "black"},
        {"figure.dpi": 17.0, "savefig.dpi": 33.0, "figure.constrained_layout.use": True},
    ],
)
def test_a_users_settings_change_nothing_and_stay(settings):
    plain = [draw(trends()).to_bytes(form) for form in ("png", "svg")]
    with matplotlib.rc_context(settings):
        before = dict(matplotlib.rcParams)
        plot = draw(trends())
        assert [plot.to_bytes(form) for form in ("png", "svg")] == plain
        assert dict(matplotlib.rcParams) == before


def test_seaborn_leaves_a_users_settings_alone():
    figure = SampleFigure(
        log=False,
        panels=(
            SamplePanel(
                metric="m",
                unit=None,
                direction=None,
                samples=(sample("a", None, [[float(k) for k in range(80)]]),),
            ),
        ),
    )
    with matplotlib.rc_context({"lines.linewidth": 7.0}):
        before = dict(matplotlib.rcParams)
        first = draw(figure).to_bytes()
        assert dict(matplotlib.rcParams) == before
    assert draw(figure).to_bytes() == first


def test_the_format_is_named_or_ends_the_name():
    assert format_of(None, "a.b/FIGURE.PDF") == "pdf"
    assert format_of("svg", "a.png") == "svg"
    for name, path in ((None, "figure"), (None, None), (None, "a.jpg"), ("jpg", None)):
        with pytest.raises(UsageError, match="png"):
            format_of(name, path)


def test_save_writes_the_bytes_and_gives_the_path(tmp_path):
    plot = draw(trends())
    path = tmp_path / "a.svg"
    assert plot.save(path) == str(path)
    assert path.read_bytes() == plot.to_bytes("svg")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.svg"]


def test_a_notebook_gets_both_forms():
    plot = draw(trends())
    assert plot._repr_png_().startswith(b"\x89PNG")
    assert plot._repr_svg_().startswith("<?xml")
    assert repr(plot) == "<Plot: 1 panel>"
