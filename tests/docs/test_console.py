"""The commands on the pages about trainings run, in the page's order, and print what the pages say.

Blocks of kind ``console`` are read as those of README.md: ``...`` stands for any lines.
"""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("pathology.md", "training.md", "troubleshooting.md")


def _load_reader():
    spec = importlib.util.spec_from_file_location("refresh_readme", ROOT / "docs" / "refresh_readme.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


reader = _load_reader()


def blocks_of(page):
    return reader.blocks((ROOT / "docs" / page).read_text("utf-8"), "console")


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_print_what_it_says(page, workplace, environment):
    """In one directory, so that a later command may look at what an earlier one left."""
    unset = {name: value for name, value in environment.items() if not name.startswith("WANDB_")}
    here = {**unset, "HOME": str(workplace), "OMP_NUM_THREADS": "1"}  # a home without a login
    for block in blocks_of(page):
        for each in reader.commands(block.text):
            code, printed = reader.run(each.line, workplace, here)
            shown = "\n".join([each.written, *printed])
            assert reader.matches(each.said, printed), f"{page}:{block.line}; in truth:\n{shown}"
            assert code == 0, f"{page}:{block.line}, ended with {code}:\n{shown}"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_commands_to_run(page):
    assert sum(len(reader.commands(block.text)) for block in blocks_of(page)) >= 3
