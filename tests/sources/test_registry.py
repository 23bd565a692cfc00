"""Whether a package brings a source is seen without importing what finds packages, and never overlooked."""

import importlib.metadata
import json
import sys
import zipfile

import pytest

from statkit.data.load import load
from statkit.records import Columns
from statkit.sources import listing, registry

PLUGIN = "[statkit.sources]\nmine = plugin_of_mine:Mine\n"
OTHER = "[console_scripts]\nmine = plugin_of_mine:main\n"


def directory(path, *inside):
    def make(place, text):
        target = place.joinpath(*inside)
        target.mkdir(parents=True)
        (target / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1\n")
        (target / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1\n")
        (target / "entry_points.txt").write_text(text)
        return place / path

    return make


def archive(path, inside):
    def make(place, text):
        with zipfile.ZipFile(place / path, "w") as made:
            made.writestr(f"{inside}/METADATA", "Metadata-Version: 2.1\nName: mine\nVersion: 1\n")
            made.writestr(f"{inside}/PKG-INFO", "Metadata-Version: 2.1\nName: mine\nVersion: 1\n")
            made.writestr(f"{inside}/entry_points.txt", text)
        return place / path

    return make


SHAPES = {
    "dist-info": directory("", "mine-1.dist-info"),
    "another case": directory("", "Mine-1.Dist-Info"),
    "egg-info": directory("", "mine.egg-info"),
    "egg": directory("mine-1.egg", "mine-1.egg", "EGG-INFO"),
    "zip": archive("mine.zip", "mine-1.dist-info"),
    "zipped egg": archive("mine-1.egg", "EGG-INFO"),
}


@pytest.fixture
def path(monkeypatch):
    """An import path where no package brings a source, to add to."""
    found = []
    monkeypatch.setattr(sys, "path", found)
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_found_in_every_shape_in_which_python_finds_it(path, tmp_path, shape):
    path.append(str(SHAPES[shape](tmp_path, PLUGIN)))
    assert [point.name for point in importlib.metadata.entry_points(group="statkit.sources")] == ["mine"]
    assert registry._advertised()


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if "zip" not in shape])
def test_absent_is_absent(path, tmp_path, shape):
    path.append(str(SHAPES[shape](tmp_path, OTHER)))
    path.append(str(tmp_path / "no such place"))
    (tmp_path / "empty.dist-info").mkdir()
    (tmp_path / "a-file.egg-info").write_text("Name: mine")
    (tmp_path / "mine.txt").write_text(PLUGIN)
    assert not registry._advertised()


def test_the_working_directory_is_on_the_path_too(path, tmp_path, monkeypatch):
    SHAPES["dist-info"](tmp_path, PLUGIN)
    path.append("")
    monkeypatch.chdir(tmp_path)
    assert registry._advertised()


class Mine:
    """Takes snapshots of one value away, or does not."""

    name = "mine"
    series = "scalars"
    willing = True

    def claims(self, group, head):
        return self.willing and group.family == "noted-#.json"

    def read(self, group, fields=None):
        names = [file.name for file in group.files]
        rows = len(names)
        return Columns(
            {"series": ["scalars"] * rows, "step": list(range(rows))},
            {"seen": [1.0] * rows},
            {"format": ["mine"] * rows, "file": names, "row": [0] * rows},
        )

    def documents(self, group, files=None):
        return iter(())


@pytest.fixture
def run(tmp_path):
    place = tmp_path / "run"
    place.mkdir()
    for step in range(20):
        (place / f"Statistik_{step}.json").write_text(json.dumps({"quality_ki_value": step / 40}))
        (place / f"noted-{step}.json").write_text(json.dumps({"seen": step}))
    return place


def formats(run):
    loaded = load(run)
    loaded.columns("validation", ["quality_ki_value"])
    return loaded.formats


@pytest.fixture
def installed(monkeypatch):
    """What is installed, to change."""
    found = []
    monkeypatch.setattr(registry, "_plugins", found)
    monkeypatch.setattr(listing, "RESTED_NS", 0)
    return found


def test_a_new_package_is_asked_where_the_cache_knew_the_directory(run, installed):
    assert formats(run) == formats(run) == ["statistik"]
    installed.append(Mine())
    assert formats(run) == formats(run) == ["statistik", "mine"]
    installed.clear()
    assert formats(run) == ["statistik"]


def test_a_package_that_changes_its_mind_is_asked_again(run, installed):
    mine = Mine()
    mine.willing = False
    installed.append(mine)
    assert formats(run) == formats(run) == ["statistik"]
    mine.willing = True
    assert formats(run) == ["statistik", "mine"]
