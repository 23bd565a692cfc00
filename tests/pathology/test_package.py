"""The door of the package: light, and every name has a docstring."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import statkit.pathology

ROOT = Path(__file__).parents[2]


def test_the_names_are_there_and_say_what_they_do():
    assert statkit.pathology.__all__ == sorted(statkit.pathology.__all__)
    assert dir(statkit.pathology) == statkit.pathology.__all__
    for name in statkit.pathology.__all__:
        assert "Returns" in getattr(statkit.pathology, name).__doc__


def test_another_name_is_told():
    with pytest.raises(AttributeError, match="no attribute 'Nothing'; it has create_pathologist"):
        statkit.pathology.Nothing  # noqa: B018


def test_it_is_light():
    script = "import sys, statkit.pathology; print(*{name.partition('.')[0] for name in sys.modules})"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.check_output([sys.executable, "-c", script], text=True, env=environment).split()
    assert not {"numpy", "scipy", "skimage", "shapely", "torch", "pandas"} & set(found)


def test_the_report_of_a_training_loads_no_image_library(tmp_path):
    run = ROOT / "examples" / "runs" / "dae_kan"
    script = (
        "import sys; from statkit.api.reporting import report; "
        f"text = str(report({str(run)!r})); assert 'images kept' in text; "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.check_output([sys.executable, "-c", script], text=True, env=environment).split()
    assert not {"scipy", "skimage", "shapely", "torch"} & set(found)
