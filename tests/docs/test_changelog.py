"""The changelog, the package and its metadata agree on the version."""

import re
from importlib.metadata import version
from pathlib import Path

import statkit

CHANGELOG = (Path(__file__).parents[2] / "CHANGELOG.md").read_text("utf-8")
HEADINGS = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)


def test_one_version_everywhere():
    assert statkit.__version__ == version("statkit")
    assert re.fullmatch(r"\d+\.\d+\.\d+", statkit.__version__)


def test_the_newest_heading_is_this_version_or_says_what_is_not_yet_out():
    numbered = [heading for heading in HEADINGS if heading != "Unreleased"]
    assert numbered[0].split()[0] == statkit.__version__
    assert "Unreleased" not in HEADINGS[1:]


def test_versions_fall():
    numbers = [
        tuple(map(int, found.split("."))) for found in re.findall(r"^## (\d+\.\d+\.\d+)", CHANGELOG, re.M)
    ]
    assert numbers == sorted(numbers, reverse=True)
