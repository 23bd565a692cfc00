from pathlib import Path
from runpy import run_path

import pytest

Directory = run_path(str(Path(__file__).parents[1] / "sources" / "run_files.py"))["Directory"]


@pytest.fixture
def directory(tmp_path):
    path = tmp_path / "run"
    path.mkdir()
    return Directory(path)
