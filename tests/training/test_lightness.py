"""What the training's process loads."""

import subprocess
import sys
from pathlib import Path

import pytest

import statkit.training

ROOT = Path(__file__).parents[2]


def loaded(statement):
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); {statement}; print(*sys.modules)"
    command = [sys.executable, "-W", "ignore", "-c", script]
    return {
        name.partition(".")[0] for name in subprocess.check_output(command, text=True, timeout=120).split()
    }


def test_the_package_alone_is_light():
    assert not loaded("import statkit.training") & {"torch", "numpy", "pandas", "polars", "matplotlib"}


def test_the_analyzer_loads_neither_frames_nor_plotting():
    found = loaded("from statkit.training import AutomaticAnalyzer; from statkit.views.panels import Panels")
    assert "torch" in found
    assert not found & {
        "pandas",
        "polars",
        "matplotlib",
        "seaborn",
        "skimage",
        "lightning",
        "wandb",
        "tensorboard",
    }


def test_what_is_not_there_is_told():
    with pytest.raises(AttributeError, match="no attribute 'Nothing'; it has AutomaticAnalyzer"):
        statkit.training.Nothing  # noqa: B018
    assert "AutomaticAnalyzer" in dir(statkit.training)
