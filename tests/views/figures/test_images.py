"""Main figures beside pictures that a person has looked at; ``STATKIT_BASELINES=1`` writes them anew."""

import os
from pathlib import Path
from runpy import run_path

import numpy as np
import pytest
from PIL import Image

from statkit.api.plotting import plot

ROOT = Path(__file__).parents[3]
BASELINES = Path(__file__).with_name("baselines")
MADE = run_path(str(Path(__file__).with_name("made.py")))
RUNS = ROOT / "examples" / "runs"
GROUPS = {"coarse": str(RUNS / "coarse" / "*"), "full": str(RUNS / "full" / "*")}
ONE = str(RUNS / "coarse" / "seed-0")

FIGURES = {
    "trend": lambda: plot(ONE, ["quality_ki_value", "validation_loss_value"], smooth="0.6", size=(5, 4)),
    "groups": lambda: plot(GROUPS, size=(5, 2.6)),
    "phases": lambda: plot(str(RUNS / "dae_kan"), ["loss", "ssim"], smooth="0.9", log=True, size=(5, 4)),
    "losses": lambda: plot(ONE, kind="losses", size=(5, 2.8)),
    "layers": lambda: plot(ONE, kind="layers", size=(5, 2.8)),
    "correlation": lambda: plot(ONE, kind="correlation", size=(5, 3.6)),
    "distribution": lambda: plot(GROUPS, kind="distribution", size=(5, 2.6)),
}

#: Share of pixels that may be of another colour: text of another version of the font moves by as much.
TOLERANCE = 0.004


def differing(name, picture):
    """Give the share of pixels that differ from the kept ones by more than a shade."""
    with Image.open(BASELINES / f"{name}.png") as kept:
        assert kept.size == picture.shape[1::-1]
        return float((np.abs(np.asarray(kept.convert("RGB")) - picture).max(axis=2) > 60).mean())


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_looks_as_it_did(name):
    picture = MADE["pixels"](FIGURES[name]())
    if os.environ.get("STATKIT_BASELINES"):
        shown = Image.fromarray(picture.astype(np.uint8))
        shown.quantize(256).save(BASELINES / f"{name}.png", optimize=True)
    assert differing(name, picture) < TOLERANCE


def test_the_comparison_sees_another_smoothing():
    other = plot(ONE, ["quality_ki_value", "validation_loss_value"], smooth="0.3", size=(5, 4))
    assert differing("trend", MADE["pixels"](other)) > TOLERANCE


def test_the_comparison_sees_a_missing_band():
    assert differing("groups", MADE["pixels"](plot(GROUPS, size=(5, 2.6), band="none"))) > TOLERANCE
