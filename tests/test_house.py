"""The house: what loads what, what installs what, and that no check hides behind a skip."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
HEAVY = {"numpy", "pandas", "polars", "matplotlib", "seaborn", "scipy", "torch"}

# --- the light world stays light ---------------------------------------------------------------------


def loaded_by(script: str, *arguments: str) -> set[str]:
    """Name the top-level modules that a script leaves loaded; what it prints itself is dropped."""
    script += (
        "\nimport json, sys\nprint('\\n' + json.dumps(sorted({n.partition('.')[0] for n in sys.modules})))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, encoding="utf-8", timeout=60
    )
    assert finished.returncode == 0, finished.stderr
    return set(json.loads(finished.stdout.splitlines()[-1]))


COMMAND = "import sys\nfrom statkit.cli.app import run\nassert run(sys.argv[1:]) == 0"


@pytest.fixture(scope="module")
def two_hundred_files(tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("run")
    for step in range(500, 100_500, 500):
        values = {"step_current": step, "quality_ki_value": 0.6 + step / 1e6, "quality_lr_value": 0.54}
        (directory / f"Statistik_{step}.json").write_text(json.dumps(values))
    assert len(list(directory.iterdir())) == 200
    return directory


def test_the_probe_sees_what_is_loaded():
    assert loaded_by("import numpy") >= {"numpy", "sys"}


def test_import_statkit_loads_nothing_heavy():
    assert not loaded_by("import statkit") & (HEAVY | {"rich", "typer", "orjson"})


def test_help_loads_nothing_heavy():
    assert not loaded_by(COMMAND, "--help") & (HEAVY | {"rich"})


def test_best_of_two_hundred_files_loads_nothing_heavy(two_hundred_files):
    assert not loaded_by(COMMAND, "best", str(two_hundred_files)) & (HEAVY | {"rich"})


def test_the_writers_load_nothing_heavy():
    assert not loaded_by("import statkit.writers") & (HEAVY | {"rich", "typer"})


def test_a_frame_loads_only_the_library_asked_for(two_hundred_files):
    script = "import sys, statkit\nassert len(statkit.load(sys.argv[1]).frame(engine=sys.argv[2])) == 200"
    assert not loaded_by(script, str(two_hundred_files), "polars") & (HEAVY - {"polars", "numpy"})
    assert not loaded_by(script, str(two_hundred_files), "pandas") & (HEAVY - {"pandas", "numpy"})


# --- what an installation brings ---------------------------------------------------------------------


def brought_by(requirements: list[str], extra: str = "") -> set[str]:
    """Follow requirements through the metadata of what is installed here; extras only where asked."""
    found: set[str] = set()
    waiting = [Requirement(each) for each in requirements]
    while waiting:
        each = waiting.pop()
        if each.marker and not each.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(each.name)
        if name in found:
            continue
        found.add(name)
        try:
            below = requires(name) or []
        except PackageNotFoundError:
            continue
        waiting += [Requirement(one) for one in below if "extra ==" not in one]
    return found


def test_a_plain_installation_brings_no_training_server_or_cloud_package():
    brought = brought_by(PROJECT["dependencies"])
    assert {"numpy", "orjson", "pandas", "polars", "typer"} <= brought
    training = {"torch", "torchvision", "lightning", "scikit-image", "tensorboard", "scipy"}
    servers = {"starlette", "fastapi", "uvicorn", "flask", "dask", "distributed"}
    clouds = {"boto3", "s3fs", "fsspec", "obstore", "pyarrow"}
    assert not brought & (training | servers | clouds)
    assert len(brought) < 40


def test_the_metadata_says_the_same():
    plain = {Requirement(each).name for each in requires("statkit") or [] if "extra ==" not in each}
    assert plain == {Requirement(each).name for each in PROJECT["dependencies"]}


def test_the_followed_metadata_would_show_an_unwanted_package():
    assert {"torch", "scikit-image"} <= brought_by(PROJECT["optional-dependencies"]["train"])


@pytest.mark.slow
def test_the_wheel_installs_alone_and_answers(tmp_path):
    def run(*command: str | Path, **more) -> str:
        finished = subprocess.run(
            [*map(str, command)], capture_output=True, encoding="utf-8", timeout=600, cwd=tmp_path, **more
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT)
    (wheel,) = tmp_path.glob("statkit-*.whl")
    kept = {path.relative_to(ROOT).as_posix() for path in (ROOT / "statkit").glob("*/static/*")}
    assert {"statkit/server/static/monitoring.html", "statkit/server/static/annotorious.LICENSE"} <= kept
    assert kept <= set(zipfile.ZipFile(wheel).namelist())
    run(sys.executable, "-m", "venv", tmp_path / "fresh")
    python = tmp_path / "fresh" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", wheel)
    installed = json.loads(run(python, "-m", "pip", "list", "--format", "json"))
    names = {canonicalize_name(each["name"]) for each in installed} - {"pip", "setuptools"}
    assert names <= {"statkit", *brought_by(PROJECT["dependencies"])}
    statkit = tmp_path / "fresh" / "bin" / "statkit"
    answer = json.loads(run(statkit, "best", ROOT / "examples" / "runs" / "coarse" / "seed-0", "--json"))
    assert answer["metric"] == "quality_ki_value"
    for command, extra in (("serve", "serve"), ("pathology", "pathology")):
        asked = [statkit, command, ROOT / "examples" / "runs" / "dae_kan"]
        refused = subprocess.run(asked, capture_output=True, encoding="utf-8", timeout=60, cwd=tmp_path)
        assert refused.returncode == 2
        assert f"pip install 'statkit[{extra}]'" in refused.stderr
    for command in ("trend", "compare", "show", "list"):
        assert run(statkit, command, ROOT / "examples" / "runs" / "coarse")
    run(python, "-c", f"import statkit; statkit.load({str(ROOT / 'examples/runs/coarse/seed-0')!r}).frame()")


@pytest.mark.slow
@pytest.mark.parametrize("extra", sorted(set(PROJECT["optional-dependencies"]) - {"dev", "pyjq"}))
def test_each_extra_resolves_alone(extra, tmp_path):
    """Not pyjq, which asking what it needs would build, nor dev, the sum of three others."""
    target = f"{ROOT}[{extra}]"
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
    command += ["--constraint", str(ROOT / "constraints.txt"), "--report", str(report), target]
    finished = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=600)
    assert finished.returncode == 0, finished.stderr
    names = {
        canonicalize_name(each["metadata"]["name"]) for each in json.loads(report.read_text())["install"]
    }
    wanted = {canonicalize_name(Requirement(each).name) for each in PROJECT["optional-dependencies"][extra]}
    assert wanted | {"statkit"} <= names
    assert ("torch" in names) == (extra in {"frameworks", "oracles", "train"})


# --- no check hides behind a skip --------------------------------------------------------------------

SKIPS = """
import pytest

@pytest.mark.skipif(True, reason="needs root")
def test_allowed(): ...

@pytest.mark.skipif(True, reason="not today")
def test_forbidden(): ...

def test_forbidden_inside():
    pytest.importorskip("no_such_module")

@pytest.mark.xfail(reason="known")
def test_expected_failure():
    assert False
"""
SKIPPED_MODULE = "import pytest\npytest.skip('all of it', allow_module_level=True)\n"


ALL = {"test_skips.py::test_forbidden", "test_skips.py::test_forbidden_inside", "test_module.py"}


@pytest.mark.parametrize(("ci", "fails"), [("true", ALL), ("", set())])
def test_a_skip_fails_where_ci_is_set(tmp_path, ci, fails):
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_skips.py").write_text(SKIPS)
    (tmp_path / "test_module.py").write_text(SKIPPED_MODULE)
    command = [sys.executable, "-m", "pytest", "-rfEsx", "-p", "no:cacheprovider", "--rootdir", "."]
    finished = subprocess.run(
        [*command, "--continue-on-collection-errors"],
        cwd=tmp_path,
        env={**os.environ, "CI": ci},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    said = [line.split() for line in finished.stdout.splitlines()]
    assert {line[1] for line in said if line and line[0] in ("FAILED", "ERROR")} == fails
    assert sum(line[:1] == ["SKIPPED"] for line in said) == (1 if ci else 4)
    assert sum(line[:1] == ["XFAIL"] for line in said) == 1
    assert finished.returncode == (1 if ci else 0)
