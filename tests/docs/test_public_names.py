"""The public door: ``__all__`` is what resolves, every name is documented, every example runs."""

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import statkit
import statkit.writers

ROOT = Path(__file__).parents[2]
DOORS = (statkit, statkit.writers)
NAMES = [(door, name) for door in DOORS for name in door.__all__]


def modules() -> list[str]:
    return [found.name for found in pkgutil.walk_packages(statkit.__path__, "statkit.")]


def test_names_are_few_sorted_and_no_more_than_fifteen():
    assert list(statkit.__all__) == sorted(set(statkit.__all__))
    assert len(statkit.__all__) <= 15


def test_all_is_what_resolves():
    assert sorted(statkit.__all__) == dir(statkit)
    assert {"__version__", *statkit._HOMES} == set(statkit.__all__)


@pytest.mark.parametrize(("door", "name"), NAMES, ids=lambda each: getattr(each, "__name__", each))
def test_a_public_name_resolves_and_has_a_docstring(door, name):
    value = getattr(door, name)
    if name != "__version__":
        assert value.__module__.startswith("statkit.")
        assert len(inspect.getdoc(value).splitlines()[0]) > 10


def test_an_unknown_name_says_which_there_are():
    with pytest.raises(AttributeError, match=r"no attribute 'bset'; it has .*best"):
        statkit.bset  # noqa: B018


@pytest.mark.parametrize(("door", "name"), NAMES, ids=lambda each: getattr(each, "__name__", each))
def test_the_library_reference_has_every_public_name(door, name):
    page = (ROOT / "docs" / "library.md").read_text("utf-8")
    assert name == "__version__" or f" {door.__name__}.{name}\n" in page


def test_every_module_says_what_it_is_for():
    silent = [name for name in modules() if not (importlib.import_module(name).__doc__ or "").strip()]
    assert not silent


EXAMPLES = [
    name
    for name in ["statkit", *modules()]
    if any(each.examples for each in doctest.DocTestFinder().find(importlib.import_module(name)))
]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_in_docstrings_run(name, workplace, environment):
    script = f"import doctest, importlib, sys; m = importlib.import_module({name!r}); "
    script += (
        "sys.exit(doctest.testmod(m, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).failed)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script], cwd=workplace, env=environment, capture_output=True, encoding="utf-8"
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_the_door_itself_has_an_example():
    assert "statkit" in EXAMPLES
