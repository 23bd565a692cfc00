"""docs/cli.md is what the commands say, no command is undocumented, and every example runs."""

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _load_generator():
    spec = importlib.util.spec_from_file_location("generate_cli", ROOT / "docs" / "generate_cli.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generator = _load_generator()
COMMANDS = generator.commands()


def test_the_reference_is_not_stale():
    stale = "docs/cli.md is not what the commands say: run make cli"
    assert (ROOT / "docs" / "cli.md").read_text("utf-8") == generator.render(), stale


@pytest.mark.parametrize("name", COMMANDS)
def test_the_readme_names_every_command(name):
    assert f"`statkit {name}" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(name):
    command = COMMANDS[name]
    assert re.match(r"[A-Z].+[.?] ?", generator.about(command))
    silent = [each.name for each in command.params if not each.help and each.name != "help"]
    assert not silent, f"statkit {name}: no help for {silent}"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_in_the_help_runs(name, workplace, environment):
    line = generator.example(COMMANDS[name])
    assert line.startswith(f"statkit {name} ")
    finished = subprocess.run(
        ["bash", "-c", line],
        cwd=workplace,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.strip()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_that_is_printed_holds_the_example(name, workplace, environment):
    finished = subprocess.run(
        ["statkit", name, "--help"], cwd=workplace, env=environment, capture_output=True, encoding="utf-8"
    )
    assert finished.returncode == 0
    assert generator.example(COMMANDS[name]) in " ".join(finished.stdout.split())
